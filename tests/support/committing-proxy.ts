// A proxy on a real socket in front of PostgreSQL, which loses the answer to a COMMIT: after it was handed over, before, or while nobody
// knows. Knows of the protocol that a query without parameters has its text in it.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `kept`: the server had it; `lost`: it never came there; `late`: it comes there once `release` is called; `gone`: lost, and cut. */
export type CommitFault = 'kept' | 'lost' | 'late' | 'gone';

export interface CommittingProxy {
  readonly port: number;
  /** Of the COMMIT that comes next; settles when it has come. */
  breakNext(fault: CommitFault): Promise<void>;
  /** Lets the one that is late go. */
  release(): void;
  /** Ends all connections; those that come are refused, too, until it is called with false. */
  cut(isCut: boolean): void;
  close(): Promise<void>;
}

const COMMIT = Buffer.from('COMMIT\0');

export async function startCommittingProxy(targetPort: number): Promise<CommittingProxy> {
  const sockets = new Set<Socket>();
  let fault: CommitFault | undefined;
  let onBroken = () => {};
  let release = () => {};
  let isCut = false;
  const own = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    return socket;
  };
  const server = createServer((client) => {
    own(client);
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = own(connect(targetPort, '127.0.0.1'));
    let isBroken = false;
    upstream.on('data', (data) => {
      if (isBroken) client.destroy();
      else client.write(data);
    });
    upstream.on('close', () => client.destroy());
    client.on('close', () => {
      if (!isBroken) upstream.destroy();
    });
    client.on('data', (data: Buffer) => {
      if (fault === undefined || !data.includes(COMMIT)) return void upstream.write(data);
      const how = fault;
      fault = undefined;
      isBroken = true;
      onBroken();
      if (how === 'kept') return void upstream.write(data);
      if (how === 'late') release = () => void upstream.write(data);
      else upstream.destroy();
      if (how === 'gone') isCut = true;
      client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    breakNext(next) {
      fault = next;
      const { promise, resolve } = Promise.withResolvers<void>();
      onBroken = resolve;
      return promise;
    },
    release: () => release(),
    cut(next) {
      isCut = next;
      if (isCut) for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
