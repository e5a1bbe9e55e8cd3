// What our own code throws inside a listener of a socket: there nobody catches, and the process would end. It is carried into
// the run that the socket belongs to, and becomes a defect of that run (run-probe.ts), not a failure of the target.

/** Carries what was thrown to the run. */
export class Defect extends Error {
  override readonly name = 'Defect';

  constructor(cause: unknown) {
    super('a listener of a probe threw', { cause });
  }
}

/** A listener that throws nothing: `reject` gets a `Defect` instead. */
export function guarded<Args extends readonly unknown[]>(
  listener: (...args: Args) => void,
  reject: (defect: Defect) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      listener(...args);
    } catch (error) {
      reject(new Defect(error));
    }
  };
}
