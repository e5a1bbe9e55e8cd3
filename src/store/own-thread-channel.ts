// Verbs in the caller's own thread: for what is kept in memory, where there is no disk to wait for.
import type { VerbChannel } from './packed-store.ts';
import { closedFault } from './sqlite/fault.ts';
import type { Argument, Result, Verb, VerbRunner } from './sqlite/verbs.ts';

/** @param store How faults name it. */
export function createOwnThreadChannel(runner: VerbRunner, store: string): VerbChannel {
  let isClosed = false;
  return {
    async run<Name extends Verb>(verb: Name, argument: Argument<Name>): Promise<Result<Name>> {
      if (isClosed) throw closedFault(store);
      return runner.run(verb, argument);
    },
    async close() {
      isClosed = true;
      runner.close();
    },
  };
}
