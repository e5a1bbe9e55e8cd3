// The filters `label` and `parent`, as all methods have them.
import { type LabelPredicate, parseLabelSelector } from '../core/label-selector.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { refusal } from '../errors/to-connect.ts';

/** Whether all of the selectors hold. @throws INVALID_LABEL_SELECTOR */
export function parseLabels(label: readonly string[]): LabelPredicate {
  const predicates = label.map((selector, index) => {
    const predicate = parseLabelSelector(selector);
    if (predicate === undefined) throw refusal('INVALID_LABEL_SELECTOR', { index, selector });
    return predicate;
  });
  return (labels) => predicates.every((matches) => matches(labels));
}

/** Direct members of `parent`, or all where it is empty, in order. @throws COMPONENT_NOT_FOUND */
export function candidateIds(reader: HealthReader, parent: string): readonly string[] {
  if (parent === '') return reader.ids();
  if (reader.definition(parent) === undefined) throw refusal('COMPONENT_NOT_FOUND', { components: [parent] });
  return reader.memberIds(parent);
}
