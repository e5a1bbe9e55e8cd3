// The faults that `check` of every kind finds, and what `create` does with them.

/** What is wrong with one field of the options. */
export interface ProbeFault {
  /** Field names as in the .proto, from the options on: `['expect', 0]`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** @throws {Error} that lists the faults, when there are any */
export function assertNoFaults(kind: string, faults: readonly ProbeFault[]): void {
  if (faults.length === 0) return;
  const list = faults.map(({ path, message }) => `${[kind, ...path].join('.')} ${message}`);
  throw new Error(list.join('; '));
}
