// Sockets of the SDK's exporters, with an end: a collector that hangs, or is not there, must not hold the process. The exporters
// have each its own way to connect (HTTP, HTTPS, gRPC) and none to be stopped, so sockets are recognised by who made them: Node says
// of each that a client makes (diagnostics_channel), and the context of the call says whether an exporter is behind it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

export interface CollectorConnections {
  /** Calls `send`. Sockets that come of it, now or later, are those of the collector. */
  during<T>(send: () => T): T;
  /** Ends them all. From now on none can be made. */
  close(): void;
}

const owners = new AsyncLocalStorage<(socket: Socket) => void>();
subscribe('net.client.socket', (made) => owners.getStore()?.((made as { readonly socket: Socket }).socket));

export function createCollectorConnections(): CollectorConnections {
  const open = new Set<Socket>();
  let isClosed = false;
  const end = (socket: Socket) => {
    // Without a code that the exporters would try again for.
    socket.destroy(new Error('telemetry is closed: nothing more is sent'));
  };
  const own = (socket: Socket) => {
    // From birth: an error that nobody listens to would end the process. Who uses it hears of it too.
    socket.on('error', () => {});
    // It is only about to connect, and would open again.
    if (isClosed) return process.nextTick(end, socket);
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  return {
    during: (send) => owners.run(own, send),
    close() {
      isClosed = true;
      for (const socket of open) end(socket);
    },
  };
}
