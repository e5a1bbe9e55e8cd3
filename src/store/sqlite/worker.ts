// The thread of one database: opens what it is given, a file or memory, and serves its operations.
import { parentPort, workerData } from 'node:worker_threads';
import { serveOperations } from '../thread/worker-loop.ts';
import { IN_MEMORY } from './database.ts';
import { type FileOptions, openFileOperations } from './file-operations.ts';
import { type OpenOptions, openOperations } from './operations.ts';

const options = workerData as FileOptions | OpenOptions;

await serveOperations(parentPort!, async (notify) =>
  options.path === IN_MEMORY ? openOperations(options) : openFileOperations(options as FileOptions, notify),
);
