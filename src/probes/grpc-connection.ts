// One HTTP/2 connection to a gRPC server, kept between runs: opened by the first call, and again after it broke. Connect's
// session manager keeps it. This file adds what a prober needs beside: it owns the socket, so that nothing is open once
// it is closed; it asks the peer for a sign of life; and it lets go of a connection that is no longer trusted.
import type { ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import type { ClientTls } from '../../gen/openk/config/v1/config_pb.ts';
import { createClientTls } from './client-tls.ts';

/**
 * Age of the last call from which an idle connection is closed, in milliseconds: less than firewalls and load balancers
 * remember one, since those forget it without a word, and the next call would wait in vain.
 */
const IDLE_CLOSE_MS = 100_000;

/** Largest message that is taken. Health messages are a few bytes. */
const READ_MAX_BYTES = 1024 * 1024;

export interface GrpcConnection {
  readonly transport: Transport;
  /** Stands for the open connection, another one for each; undefined while there is none. */
  readonly current: object | undefined;
  /** Settles once the peer has answered a PING (RFC 9113, section 6.7). Rejects when there is no connection, or it breaks. */
  ping(): Promise<void>;
  /** Lets go of the connection, whatever is under way on it. The next call opens another one. */
  drop(): void;
  /** Drops the connection for good. Nothing is open once it settles. */
  close(): Promise<void>;
}

export interface GrpcConnectionOptions {
  /** `http:` in cleartext with prior knowledge (RFC 9113, section 3.3), `https:` over TLS. A path goes before each method's. */
  readonly url: URL;
  readonly tls?: ClientTls | undefined;
  /** The peer takes no further calls on the connection (GOAWAY), though nothing failed. Calls go on until they end. */
  readonly onGoaway?: () => void;
}

/** Opens nothing before the first call. */
export function createGrpcConnection(options: GrpcConnectionOptions): GrpcConnection {
  const { url } = options;
  const openSocket = socketFactory(options);
  const sockets = new Set<Socket>();
  let session: ClientHttp2Session | undefined;

  const createManager = () =>
    new Http2SessionManager(
      url,
      { idleConnectionTimeoutMs: IDLE_CLOSE_MS },
      {
        createConnection: () => {
          const socket = openSocket();
          sockets.add(socket);
          // An error event that nobody listens to would end the process; the session tells of errors while it lives.
          socket.on('error', () => {});
          socket.once('close', () => sockets.delete(socket));
          return socket;
        },
      },
    );
  let manager = createManager();

  const adopt = (next: ClientHttp2Session) => {
    session = next;
    // The manager stops listening before the session has ended; an error without a listener would end the process.
    next.on('error', () => {});
    next.once('goaway', (code: number) => {
      if (code === 0) options.onGoaway?.();
    });
    next.once('close', () => {
      if (session === next) session = undefined;
    });
  };
  const drop = () => {
    // Destroyed without an error first, since the manager's own abort tells the peer that one happened.
    session?.destroy();
    manager.abort();
    for (const socket of sockets) socket.destroy();
    // A manager that was still connecting may come back to life on its own.
    manager = createManager();
  };

  return {
    transport: createGrpcTransport({
      baseUrl: url.href,
      readMaxBytes: READ_MAX_BYTES,
      sessionManager: {
        authority: url.origin,
        async request(method, path, headers, requestOptions) {
          const stream = await manager.request(method, path, headers, requestOptions);
          if (stream.session !== undefined && stream.session !== session) adopt(stream.session as ClientHttp2Session);
          return stream;
        },
        notifyResponseByteRead: (stream) => manager.notifyResponseByteRead(stream),
      },
    }),
    get current() {
      return session;
    },
    ping: () =>
      new Promise((resolve, reject) => {
        if (session === undefined) reject(new ConnectError('there is no connection', Code.Canceled));
        else session.ping((error) => (error ? reject(error) : resolve()));
      }),
    drop,
    async close() {
      const closed = [...sockets].map(
        (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      );
      drop();
      await Promise.all(closed);
    },
  };
}

function socketFactory({ url, tls }: GrpcConnectionOptions): () => Socket {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (url.protocol === 'http:') return () => connectTcp({ host, port: Number(url.port || 80), noDelay: true });
  const clientTls = createClientTls(tls);
  return () =>
    connectTls({ ...clientTls.connectOptions(host), host, port: Number(url.port || 443), ALPNProtocols: ['h2'] });
}
