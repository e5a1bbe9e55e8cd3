// The requests that have no complete answer yet. Shutdown waits for them; nothing else tells: Fastify's hooks miss calls
// that Connect answers.
import type { Socket } from 'node:net';
import type { AnyRequest, AnyResponse } from './listener.ts';

export interface OpenCalls {
  /** Counts a request until its answer is complete or its connection is gone. */
  add(request: AnyRequest, response: AnyResponse): void;
  count(): number;
  /** Settles when there is none, true; or once `timeoutMs` have passed, false. */
  settled(timeoutMs: number): Promise<boolean>;
}

export function createOpenCalls(): OpenCalls {
  let open = 0;
  const waiting = new Set<() => void>();
  // A pipelined answer waits for its turn without a socket, and Node does not close it when the connection goes.
  const queued = new WeakMap<Socket, Set<() => void>>();

  const queuedOn = (socket: Socket): Set<() => void> => {
    let ends = queued.get(socket);
    if (ends === undefined) {
      const created = new Set<() => void>();
      socket.once('close', () => {
        for (const end of created) end();
      });
      queued.set(socket, created);
      ends = created;
    }
    return ends;
  };

  return {
    add(request, response) {
      open++;
      const queue = response.socket === null ? queuedOn(request.socket) : undefined;
      let ended = false;
      const end = () => {
        if (ended) return;
        ended = true;
        queue?.delete(end);
        open--;
        if (open === 0) for (const wake of waiting) wake();
      };
      queue?.add(end);
      response.once('close', end);
    },
    count: () => open,
    settled(timeoutMs) {
      if (open === 0) return Promise.resolve(true);
      return new Promise((resolve) => {
        const finish = (isSettled: boolean) => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve(isSettled);
        };
        const wake = () => finish(true);
        const timer = setTimeout(() => finish(false), timeoutMs);
        waiting.add(wake);
      });
    },
  };
}
