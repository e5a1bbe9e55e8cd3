// The way from one instance to its database: a proxy on a real socket that passes everything, refuses, is a black hole, or is slow.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * - passes: all of it, at once.
 * - refuses: connections end, and those that come are ended.
 * - swallows: nothing arrives, either way, and nobody learns of it; what was sent meanwhile arrives when it passes again.
 * - delays: each piece comes late by as much.
 */
export type LinkState = 'passes' | 'refuses' | 'swallows' | 'delays';

export interface DatabaseLink {
  readonly port: number;
  become(state: LinkState): void;
  /** Of those that connect from now on; who is connected is cut off. */
  lead(targetPort: number): void;
  close(): Promise<void>;
}

const LATE_MS = 150;

export async function startDatabaseLink(target: number): Promise<DatabaseLink> {
  const sockets = new Set<Socket>();
  /** Whose other end is gone, which nobody has learned. */
  const orphans = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let targetPort = target;
  let state: LinkState = 'passes';
  const own = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    return socket;
  };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  /** The end of one is the end of the other, in their order with what was sent before. */
  const carry = (from: Socket, to: Socket) => {
    let late = 0;
    const afterThat = (work: () => void) => {
      if (state !== 'delays' && late === 0) return work();
      late += 1;
      const timer = setTimeout(() => {
        late -= 1;
        timers.delete(timer);
        work();
      }, LATE_MS);
      timers.add(timer);
    };
    // What nobody reads stays on its way, in the buffers of the system.
    if (state === 'swallows') from.pause();
    from.on('data', (data) => afterThat(() => to.destroyed || to.write(data)));
    from.on('close', () => {
      if (state === 'swallows') orphans.add(to);
      else afterThat(() => to.destroy());
    });
  };
  const server = createServer((client) => {
    own(client);
    if (state === 'refuses') return void client.destroy();
    const upstream = own(connect(targetPort, '127.0.0.1'));
    carry(client, upstream);
    carry(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    become(next) {
      state = next;
      if (state === 'refuses') cut();
      if (state !== 'swallows') {
        for (const socket of orphans) socket.destroy();
        orphans.clear();
      }
      for (const socket of sockets) {
        if (state === 'swallows') socket.pause();
        else socket.resume();
      }
    },
    lead(next) {
      targetPort = next;
      cut();
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
