// The connections that have not shown their protocol yet. No HTTP server of Node's knows them, so that none of its time-outs
// holds for them and none of its close methods ends them: here they have a deadline, a bound and an end.
import type { Socket } from 'node:net';

export interface PendingConnections {
  /** Destroys the socket unless the result is called in time. Over the bound, the oldest one goes. */
  add(socket: Socket): () => void;
  destroyAll(): void;
}

export function createPendingConnections(options: {
  readonly timeoutMs: number;
  readonly max: number;
  /** Called for each that goes because there are too many. */
  readonly onRefused: () => void;
}): PendingConnections {
  // In order of arrival, as a Set keeps it.
  const sockets = new Set<Socket>();

  return {
    add(socket) {
      const destroy = () => socket.destroy();
      const timer = setTimeout(destroy, options.timeoutMs);
      const forget = () => {
        clearTimeout(timer);
        sockets.delete(socket);
        socket.off('close', forget).off('error', destroy).off('end', destroy);
      };
      // Resets are ordinary here; without a listener one would end the process.
      socket.on('close', forget).on('error', destroy).on('end', destroy);
      sockets.add(socket);
      if (sockets.size > options.max) {
        const [oldest] = sockets;
        options.onRefused();
        oldest?.destroy();
      }
      return forget;
    },
    destroyAll() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
