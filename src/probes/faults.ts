// What `create` of every kind does with the faults that its `check` finds.
import type { ProbeFault } from './probe.ts';

/** @throws {Error} that lists the faults, when there are any */
export function assertNoFaults(kind: string, faults: readonly ProbeFault[]): void {
  if (faults.length === 0) return;
  const list = faults.map(({ path, message }) => `${[kind, ...path].join('.')} ${message}`);
  throw new Error(list.join('; '));
}
