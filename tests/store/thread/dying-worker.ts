// A thread that opens as a store's does, and dies at what it is asked first.
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', () => {
  throw new Error('by intent');
});
parentPort?.postMessage({ kind: 'open' });
