// The thread of one store: opens the database that it is told, runs one operation after the other, and ends when it is closed.
import { parentPort, workerData } from 'node:worker_threads';
import { StoreFault } from '../core/store.ts';
import { type FileOptions, openFileOperations } from './sqlite/file-operations.ts';
import type { OperationRunner } from './sqlite/operations.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

const port = parentPort!;

function post(message: FromWorker): void {
  port.postMessage(message);
}

function messageOf(error: unknown): string {
  return error instanceof StoreFault ? error.message : String(error);
}

function serve(runner: OperationRunner): void {
  port.on('message', async (message: ToWorker) => {
    if (message.kind === 'close') {
      runner.close();
      port.close();
      return;
    }
    const { call, operation, argument } = message;
    try {
      post({ kind: 'done', call, result: await runner.run(operation, argument) });
    } catch (error) {
      post({ kind: 'failed', call, fault: messageOf(error) });
    }
  });
  post({ kind: 'open' });
}

try {
  serve(await openFileOperations(workerData as FileOptions, (notice) => post({ kind: 'notice', notice })));
} catch (error) {
  post({ kind: 'unusable', fault: messageOf(error) });
  port.close();
}
