// A thread that serves operations of its own, without a database.
import { parentPort, workerData } from 'node:worker_threads';
import { StoreFault } from '../../../src/core/store.ts';
import { serveOperations } from '../../../src/store/thread/worker-loop.ts';

await serveOperations(parentPort!, async (notify) => {
  if (workerData.store === '') throw new StoreFault('it has no name');
  notify({ kind: 'waiting', message: `opens ${workerData.store}` });
  return {
    run: async (operation) => {
      if (operation === 'transitions') return [] as never;
      throw new StoreFault('nothing is kept');
    },
    close() {},
  };
});
