// What a reload takes away. A file that was cut while it was written, or mounted empty, is a valid configuration of less:
// it must not make OpenK forget what it watches without a word.
import { counted } from '../../core/counted.ts';
import type { SystemDefinition } from '../../core/definition.ts';
import type { Fault } from '../fault.ts';
import type { LoadedConfig } from '../read-config.ts';

/** Ids in the warning and in the fault; the count says the rest. */
const NAMED = 5;

/**
 * The fault of a file that takes away more than `maxShare` of the components.
 * @param removed ids
 * @param maxShare Of the running configuration: a file that is cut may have lost its own.
 */
export function checkRemovedShare(
  running: SystemDefinition,
  removed: readonly string[],
  next: LoadedConfig,
  maxShare: number,
): readonly Fault[] {
  // Without its root.
  const total = running.components.length - 1;
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
