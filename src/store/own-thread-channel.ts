// Operations in the caller's own thread: for what is kept in memory, where there is no disk to wait for.
import type { OperationChannel } from './packed-store.ts';
import { closedFault } from './sqlite/fault.ts';
import type { Argument, Operation, OperationRunner, Result } from './sqlite/operations.ts';

/** @param store How faults name it. */
export function createOwnThreadChannel(runner: OperationRunner, store: string): OperationChannel {
  let isClosed = false;
  return {
    async run<Name extends Operation>(operation: Name, argument: Argument<Name>): Promise<Result<Name>> {
      if (isClosed) throw closedFault(store);
      return runner.run(operation, argument);
    },
    async close() {
      isClosed = true;
      runner.close();
    },
  };
}
