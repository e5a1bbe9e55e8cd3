// A listener on loopback whose queue is full: the kernel leaves further attempts to connect without an answer, as a host
// does that is not there. In a thread of its own, since only one that stands still takes no connections.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

export interface FullListener {
  readonly port: number;
  /** Takes connections from now on, those that wait too. */
  accept(): void;
  close(): Promise<void>;
}

const LISTENER = `
  const { createServer } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  server.listen({ port: 0, host: workerData.host, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(workerData.gate, 0, 0));
  });
`;
/** More than the queue holds, whatever the kernel makes of a backlog of one. */
const FILLING = 8;

export async function startFullListener(host: string): Promise<FullListener> {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(LISTENER, { eval: true, workerData: { host, gate } });
  const [port] = await once(worker, 'message');
  const filling = Array.from({ length: FILLING }, () => connect({ host, port }));
  for (const socket of filling) socket.on('error', () => {});
  await Promise.all(filling.slice(0, 2).map((socket: Socket) => once(socket, 'connect')));
  const accept = () => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  };
  return {
    port,
    accept,
    async close() {
      accept();
      for (const socket of filling) socket.destroy();
      await worker.terminate();
    },
  };
}
