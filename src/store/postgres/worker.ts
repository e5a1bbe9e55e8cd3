// The thread of one database: connects, and serves its operations. What is packed and added up here takes no processor from those who
// answer.
import { parentPort, workerData } from 'node:worker_threads';
import { serveOperations } from '../thread/worker-loop.ts';
import { type OpenOptions, openPostgresOperations } from './operations.ts';
import { readTarget } from './target.ts';

export interface DatabaseOptions extends OpenOptions {
  readonly url: string;
}

await serveOperations(parentPort!, (notify, onLease) => {
  const { url, ...options } = workerData as DatabaseOptions;
  return openPostgresOperations({ ...options, target: readTarget(url, process.env) }, notify, onLease);
});
