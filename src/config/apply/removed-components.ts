// What a reload takes away. A file that was cut while it was written, or mounted empty, is a valid configuration of less:
// it must not make OpenK forget what it watches without a word.
import { counted } from '../../core/counted.ts';
import type { ComponentDefinition, SystemDefinition } from '../../core/definition.ts';
import type { Fault } from '../fault.ts';
import type { LoadedConfig } from '../read-config.ts';

/** Ids in the warning and in the fault; the count says the rest. */
const NAMED = 5;

/** Ids that only the first one has, without its root, in their order. */
export function removedComponents(before: SystemDefinition, after: SystemDefinition): string[] {
  // Mostly everything is where it was.
  const isThere = (known: ComponentDefinition, index: number) =>
    after.components[index] === known || after.components[index]?.id === known.id;
  if (before.components.every(isThere)) return [];
  const kept = new Set(after.components.map(({ id }) => id));
  return watchedIds(before).filter((id) => !kept.has(id));
}

/**
 * The fault of a file that takes away more than `maxShare` of the components.
 * @param maxShare Of the running configuration: a file that is cut may have lost its own.
 */
export function checkRemovedShare(running: SystemDefinition, next: LoadedConfig, maxShare: number): readonly Fault[] {
  const removed = removedComponents(running, next.system);
  if (removed.length === 0) return [];
  const total = watchedIds(running).length;
  if (removed.length <= maxShare * total) return [];
  const message =
    `takes away ${removed.length} of ${counted(total, 'component')} (${nameSome(removed)}), more than the share of ${maxShare} that may go ` +
    'in one reload: if that is meant, raise limits.max_removed_share in a reload before, or restart';
  return [{ file: next.file, path: 'limits.max_removed_share', message }];
}

/** `a, b, c, d, e and 12 more` */
export function nameSome(ids: readonly string[]): string {
  const named = ids.slice(0, NAMED).join(', ');
  return ids.length <= NAMED ? named : `${named} and ${ids.length - NAMED} more`;
}

function watchedIds({ rootId, components }: SystemDefinition): string[] {
  return components.map(({ id }) => id).filter((id) => id !== rootId);
}
