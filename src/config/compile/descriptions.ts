// Components as the API describes them. That is seldom, and then they are filled again: there may be very many, and to keep each twice takes
// more than all that is known of it.
import type { Component, Config } from '../../../gen/openk/config/v1/config_pb.ts';
import type { ComponentDefinition } from '../../core/definition.ts';
import { onFirstUse } from '../../core/on-first-use.ts';
import { atOnce } from '../../core/steps.ts';
import { fillComponent } from './defaults.ts';
import { createRootGroup } from './definitions.ts';
import { redactComponent, type ShownComponent } from './redact.ts';
import { fromWritten, saidBy, type WrittenComponent } from './written-component.ts';

interface Beside {
  /** Components that are in no file, filled. */
  readonly ofSources: readonly Component[];
  /** Ids of those whose slo says what it excludes. */
  readonly exclusions: ReadonlySet<string>;
  readonly rootId: string;
  /** Whether the slo of the root says what it excludes, if only that it is nothing. */
  readonly excludesNothing: boolean;
}

/**
 * @param components those of the file; undefined where the definition says all
 * @param definitions of the whole configuration: the root, those of the file, those of sources
 */
export function descriptionsOf(
  components: readonly (WrittenComponent | undefined)[],
  definitions: readonly ComponentDefinition[],
  { root, defaults }: Pick<Config, 'root' | 'defaults'>,
  { ofSources, exclusions, rootId, excludesNothing }: Beside,
): (id: string) => ShownComponent | undefined {
  /** By component of the file: the root is in front of them, and behind each what its places see. */
  const own = onFirstUse(() => definitions.filter(({ place }) => place === undefined).slice(1, 1 + components.length));
  const indexById = onFirstUse(() => new Map(own().map(({ id }, index) => [id, index])));
  const saidAt = (index: number) => components[index] ?? saidBy(own()[index]!);
  const find = (id: string): Component | undefined => {
    const index = indexById().get(id);
    const component = index === undefined ? undefined : saidAt(index);
    if (component !== undefined) return fillComponent(fromWritten(component), defaults, exclusions.has(id));
    if (id !== rootId) return ofSources.find((other) => other.id === id);
    // It may have all there are as its members.
    return atOnce(
      createRootGroup(
        { root, components: [...components.map((_, index) => saidAt(index)), ...ofSources] },
        excludesNothing,
      ),
    );
  };
  return (id) => {
    const shown = find(id);
    return shown && redactComponent(shown);
  };
}
