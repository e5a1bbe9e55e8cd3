// A thread that serves operations of its own, without a database.
import { parentPort, workerData } from 'node:worker_threads';
import { StoreFault } from '../../../src/core/store.ts';
import type { Argument, Operation, Result } from '../../../src/store/thread/operations.ts';
import { serveOperations } from '../../../src/store/thread/worker-loop.ts';

await serveOperations(parentPort!, async (notify) => {
  if (workerData.store === '') throw new StoreFault('it has no name');
  notify({ kind: 'waiting', message: `opens ${workerData.store}` });
  return {
    async run<Name extends Operation>(operation: Name, _argument: Argument<Name>): Promise<Result<Name>> {
      if (operation === 'transitions') return [] as unknown as Result<Name>;
      throw new StoreFault('nothing is kept');
    },
    close() {},
  };
});
