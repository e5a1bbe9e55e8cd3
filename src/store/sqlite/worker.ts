// The thread of one file: opens the database that it is given, and serves its operations.
import { parentPort, workerData } from 'node:worker_threads';
import { serveOperations } from '../thread/worker-loop.ts';
import { type FileOptions, openFileOperations } from './file-operations.ts';

await serveOperations(parentPort!, (notify) => openFileOperations(workerData as FileOptions, notify));
