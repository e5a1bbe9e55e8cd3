// A TCP or TLS server on loopback that does with each connection what a test says, and knows which are open.
import { once } from 'node:events';
import { type AddressInfo, createServer, Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface Upstream {
  readonly port: number;
  /** HOST:PORT, by name, so that certificates for localhost fit. */
  readonly target: string;
  /** Connections so far. */
  readonly accepted: number;
  /** Connections that are open. */
  readonly open: number;
  /** Settles once `count` connections have been accepted. */
  acceptedAtLeast(count: number): Promise<void>;
  /** Settles once no connection is open. */
  idle(): Promise<void>;
  /** Ends every connection. */
  endAll(): Promise<void>;
  /** Takes no further connections; those that are open stay. */
  refuse(): Promise<void>;
  close(): Promise<void>;
}

/** Counts the raw connections of a server that is going to listen. */
export async function listen(server: Server): Promise<Upstream> {
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  let accepted = 0;
  const changed = () => {
    for (const check of waiting) check();
  };
  server.on('connection', (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      changed();
    });
    changed();
  });
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!holds()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    target: `localhost:${port}`,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    acceptedAtLeast: (count) => until(() => accepted >= count),
    idle: () => until(() => sockets.size === 0),
    endAll() {
      for (const socket of sockets) socket.destroy();
      return until(() => sockets.size === 0);
    },
    async refuse() {
      // That of an HTTP server would end idle connections, too.
      Server.prototype.close.call(server);
      await until(() => !server.listening);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      const ended = once(server, 'close');
      if (server.listening) server.close();
      else if (accepted > 0 && sockets.size === 0) return;
      await ended;
    },
  };
}

/** `serve` gets each connection; left out, connections are accepted and never answered. */
export function startTcp(serve: (socket: Socket) => void = () => {}): Promise<Upstream> {
  return listen(
    createServer((socket) => {
      // Reads, or it would never see the end of the other side.
      socket.resume();
      serve(socket);
    }),
  );
}

/** As `startTcp`, after the TLS handshake. */
export function startTls(options: TlsOptions, serve: (socket: Socket) => void = () => {}): Promise<Upstream> {
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {});
    socket.resume();
    serve(socket);
  });
  server.on('tlsClientError', () => {});
  return listen(server);
}

/** A port of loopback that nobody listens on. */
export async function unusedPort(): Promise<number> {
  const upstream = await startTcp();
  await upstream.close();
  return upstream.port;
}
