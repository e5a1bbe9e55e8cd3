// The listening socket: HTTP/1.1 and HTTP/2 on one port, in cleartext by their first bytes, over TLS by ALPN. Node has no
// such server for cleartext. The `http.Server` (with TLS the secure HTTP/2 server) is the one that listens, since Node
// enforces header and request time-outs only on a server that does.
import type { EventEmitter } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { BlockList, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { announcesBody } from '../calls/announced-body.ts';
import type { AnyRequest, AnyResponse } from '../calls/exchange.ts';
import { keepNativeSession } from '../http2/keep-native-session.ts';
import { createFairWakeUps } from '../services/fair-wake-ups.ts';
import { announceClient, comesFrom, isAmong } from './client-address.ts';
import { type Connection, type Connections, createConnections } from './connections.ts';
import { guarded, type OnDefect } from './defects.ts';
import { CALM_DOWN, countRequests, countResets, isLarge } from './first-flight.ts';
import { answersThatLinger, endWithClient } from './http1-answer.ts';
import { DirectRequest } from './http1-exchange.ts';
import { createHttp2Supervisor, type Http2Supervisor } from './http2-supervisor.ts';
import type { ListenerLimits, OnRefused } from './listener-limits.ts';
import { detectProtocol, joinBuffered } from './preface.ts';
import { readProxyHeader } from './proxy-protocol.ts';

export type RequestHandler = (request: AnyRequest, response: AnyResponse) => void;
/** Takes a stream of HTTP/2 as it is, or returns false and leaves it untouched. */
export type StreamHandler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => boolean;

/** Certificates and keys, PEM. */
export interface TlsOptions {
  /** With the intermediate certificates behind it. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Authority of client certificates. With it, clients without a valid one are refused, unless it is optional. */
  readonly clientCa?: string | Buffer;
  /** Of the start: a renewal does not change it. */
  readonly isClientCertificateOptional?: boolean;
}

export interface Listener {
  /** What Fastify gets from its `serverFactory`. Closing it ends pending connections and lets HTTP/2 sessions finish. */
  readonly server: Server;
  /** Open connections, in whatever state. */
  connections(): number;
  /** With TLS: for connections from now on. @throws when it is not usable; then nothing has changed */
  renewTls(tls: TlsOptions): void;
  /** Lets HTTP/2 sessions finish their open streams and take no new ones. */
  closeSessions(): void;
  /** Destroys every connection. */
  destroyConnections(): void;
  /** Settles when no connection is left. */
  ended(): Promise<void>;
}

export interface ListenerOptions {
  readonly tls?: TlsOptions;
  readonly limits: ListenerLimits;
  /** Proxies whose connections begin with a header of the PROXY protocol; undefined: nobody's do. */
  readonly announcing?: BlockList | undefined;
  /** Called with what a handler throws, which ends the connection that it served. */
  readonly onDefect: OnDefect;
  /** Called for what is ended, or not taken, because of a limit. */
  readonly onRefused: OnRefused;
  /** Called with a CONNECT, which Node takes for no request. Over HTTP/1.1 it comes with the bare connection. */
  readonly refuseTunnel: (request: AnyRequest, answer: Http2ServerResponse | Duplex) => void;
  /** Whether a GET of HTTP/2 is for a page: soon at its end, and perhaps large. */
  readonly isPage: (path: string) => boolean;
}

/** @throws when certificate or key is not usable. Nothing is open before `listen`. */
export function createListener(
  options: ListenerOptions,
  onRequest: RequestHandler,
  /** Asked first about each stream of HTTP/2. What it does not take comes to `onRequest`. */
  onStream: StreamHandler = () => false,
): Listener {
  const { tls, limits, announcing, onDefect, onRefused } = options;
  const supervisor = createHttp2Supervisor(limits, onRefused);
  const connections = createConnections({ limits, supervisor, onRefused, random: Math.random });
  const serve: RequestHandler = (request, response) => {
    if (!('stream' in response) && connections.isAged(request.socket)) response.shouldKeepAlive = false;
    onRequest(request, response);
  };
  const parts: Parts = {
    ...options,
    onRequest: inOrder(guarded(serve, onDefect, endConnection), limits.pipelinedRequests, onRefused),
    onStream,
    supervisor,
    connections,
    receive: announcing === undefined ? (_socket, next) => next() : createReceiver(announcing, onRefused),
  };
  const server = tls === undefined ? createCleartextServer(parts) : createTlsServer(parts, tls);
  server.on('listening', connections.start).on('close', connections.stop);
  // Fastify calls it by this name when it closes, before it waits for the connections to end.
  const closeHttp2Sessions = () => {
    connections.destroyPending();
    supervisor.closeSessions();
  };
  return {
    server: Object.assign(server, { closeHttp2Sessions }),
    connections: connections.count,
    renewTls: (renewed) => (server as Server & Partial<Http2SecureServer>).setSecureContext?.(secureContext(renewed)),
    closeSessions: () => supervisor.closeSessions(),
    destroyConnections: connections.destroyAll,
    ended: connections.ended,
  };
}

interface Parts extends ListenerOptions {
  readonly onRequest: RequestHandler;
  readonly onStream: StreamHandler;
  readonly supervisor: Http2Supervisor;
  readonly connections: Connections;
  readonly receive: Receive;
}

/** Calls `next` once what comes before HTTP and TLS is read. */
type Receive = (socket: Socket, next: () => void) => void;

function createReceiver(announcing: BlockList, onRefused: OnRefused): Receive {
  return (socket, next) => {
    if (!isAmong(announcing, socket.remoteAddress ?? '')) return next();
    readProxyHeader(socket, (header) => {
      if (header === undefined) {
        onRefused('proxy_protocol');
        socket.destroy();
      } else if (!socket.destroyed) {
        announceClient(socket, header.client, announcing);
        next();
      }
    });
  };
}

function createCleartextServer(parts: Parts): Server {
  const { limits, onRequest, onRefused, receive, connections } = parts;
  const http1 = createServer({ ...http1Options(limits), ...TCP_OPTIONS }, onRequest);
  Object.assign(http1, { httpAllowHalfOpen: true });
  askForBodies(http1, onRequest);
  http1.on('connect', parts.refuseTunnel);
  // Never listens: it is handed the connections that open with the preface.
  const http2 = createHttp2Server(http2Options(limits), onRequest);
  askForBodies(http2, onRequest);
  http2.on('connect', parts.refuseTunnel);
  const openSession = superviseSessions(http2, parts);
  askFirst(http2, parts);

  // Of many connections that open with many requests, one in each turn of the event loop, and none in the turn in which it
  // was read: calls of others go between them.
  const largeFlights = createFairWakeUps(1);
  // http.Server serves a connection in the listener that it gives itself. It is kept, for when that is known to be right.
  const serveHttp1 = takeListeners(http1, 'connection');
  http1.on('connection', (socket: Socket) => {
    socket.on('error', ignore);
    const connection = connections.add(socket);
    if (socket.destroyed) return;
    const serve = (protocol: 'http1' | 'http2', first: Buffer) => {
      if (socket.destroyed) return;
      connections.decided(connection);
      if (protocol === 'http1' && countRequests(first) > 1 + limits.pipelinedRequests) {
        onRefused('pipelined_requests');
        socket.destroy();
      } else if (protocol === 'http1') {
        serveHttp1(socket);
        endWithClient(socket);
      } else if (countResets(first) > limits.rapidResets) {
        onRefused('rapid_resets');
        socket.write(CALM_DOWN);
        socket.destroySoon();
      } else {
        // As net.Server makes them for http2: the session ends with the client's half.
        socket.allowHalfOpen = false;
        openSession(connection, () => http2.emit('connection', socket));
      }
    };
    const detect = () =>
      detectProtocol(socket, (protocol, first) => {
        if (!isLarge(first)) return serve(protocol, first);
        const resume = () => serve(protocol, joinBuffered(socket));
        setImmediate(() => largeFlights.add({ resume }));
      });
    receive(socket, detect);
  });
  return http1;
}

function createTlsServer(parts: Parts, tls: TlsOptions): Server {
  const { limits, onRequest, receive, connections } = parts;
  const server = createSecureServer(
    {
      ...http2Options(limits),
      ...TCP_OPTIONS,
      ...secureContext(tls),
      ...(tls.clientCa !== undefined && {
        requestCert: true,
        rejectUnauthorized: tls.isClientCertificateOptional !== true,
      }),
      handshakeTimeout: limits.pendingTimeoutMs,
      allowHTTP1: true,
      http1Options: http1Options(limits),
    },
    onRequest,
  );
  Object.assign(server, { httpAllowHalfOpen: true });
  askForBodies(server, onRequest);
  server.on('connect', parts.refuseTunnel);
  const openSession = superviseSessions(server, parts);
  askFirst(server, parts);
  // Node links a TLS socket to its connection by private fields only; both know the address of the client.
  const handshaking = new Map<string, Connection>();
  const shakeHands = takeListeners(server, 'connection');
  server.on('connection', (socket: Socket) => {
    socket.on('error', ignore);
    const connection = connections.add(socket);
    if (socket.destroyed) return;
    const client = clientAddress(socket);
    handshaking.set(client, connection);
    socket.once('close', () => handshaking.delete(client));
    receive(socket, () => shakeHands(socket));
  });
  // It hands the socket to either HTTP.
  const serve = takeListeners(server, 'secureConnection');
  server.on('secureConnection', (socket) => {
    socket.on('error', ignore);
    const client = clientAddress(socket);
    const connection = handshaking.get(client);
    handshaking.delete(client);
    // Gone, or to go.
    if (connection === undefined) return void socket.destroy();
    comesFrom(socket, connection.socket);
    connection.carrier = socket;
    connections.decided(connection);
    if (socket.alpnProtocol !== 'h2') socket.allowHalfOpen = true;
    openSession(connection, () => serve(socket));
    if (socket.alpnProtocol !== 'h2') endWithClient(socket);
  });
  // To Fastify it is an http.Server: it has the same methods, and hands out requests with the same API.
  return server as unknown as Server;
}

function secureContext({ cert, key, clientCa }: TlsOptions) {
  return { cert, key, ...(clientCa !== undefined && { ca: clientCa }) };
}

/** What Node itself does at an event, for the one that decides when. */
function takeListeners(server: EventEmitter, event: string): (...args: unknown[]) => void {
  const listeners = server.listeners(event);
  server.removeAllListeners(event);
  return (...args) => {
    for (const listener of listeners) listener.apply(server, args);
  };
}

/** Node makes requests of streams in a listener that it gives the server itself. */
function askFirst(server: Http2Server | Http2SecureServer, { onStream, onDefect, isPage, supervisor }: Parts): void {
  const makeRequest = takeListeners(server, 'stream');
  const serve = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...others: unknown[]) => {
    if (stream.closed) return void stream.destroy();
    if (onStream(stream, headers)) return;
    makeRequest(stream, headers, ...others);
  };
  const serveGuarded = guarded(serve, onDefect, (stream) => stream.session?.destroy());
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, ...others: unknown[]) => {
    // Before anything else: one that broke with its connection, in one flight with its headers, is about to say so.
    stream.on('error', ignore);
    // Reset in one flight with its headers. Node never ends one that is refused unread, nor its session.
    if (stream.closed) return void stream.destroy();
    const forPage = headers[':method'] === 'GET' && isPage(headers[':path'] ?? '');
    if (supervisor.mayServe(stream, forPage)) serveGuarded(stream, headers, ...others);
    else supervisor.serveLater(stream, () => serveGuarded(stream, headers, ...others));
  });
}

/** @returns what opens the session of a connection: Node makes it in that turn of the event loop, and links the two nowhere */
function superviseSessions(server: Http2Server | Http2SecureServer, { supervisor }: Parts) {
  let opening: Connection | undefined;
  server.on('session', (session) => {
    keepNativeSession(session);
    const supervised = supervisor.add(session);
    if (opening !== undefined) opening.session = supervised;
  });
  return (connection: Connection, open: () => void) => {
    opening = connection;
    open();
    opening = undefined;
  };
}

/**
 * One request of HTTP/1.1 after the other, also where a client sends them before it has the answers: Node would have them
 * all answered at once, and keep the answers.
 */
function inOrder(serve: RequestHandler, max: number, onRefused: OnRefused): RequestHandler {
  const waiting = new WeakMap<Socket, number>();
  return (request, response) => {
    // Node gives an answer its socket when it is its turn.
    if ('stream' in response || response.socket !== null) {
      serve(request, response);
      return;
    }
    const { socket } = request;
    if (socket.destroyed) return;
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > max) {
      onRefused('pipelined_requests');
      socket.destroy();
      return;
    }
    waiting.set(socket, count);
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      serve(request, response);
    });
  };
}

/** Errors of a connection or stream are ordinary, and `close` comes after each of them. */
function ignore(): void {}

function endConnection(_request: AnyRequest, response: AnyResponse): void {
  if ('stream' in response) response.stream.session?.destroy();
  else response.destroy();
}

const TCP_OPTIONS = {
  noDelay: true,
  // A client that is gone without a word is found out by the kernel, also while a stream to it is quiet.
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
};

function http1Options(limits: ListenerLimits) {
  return {
    IncomingMessage: DirectRequest,
    ServerResponse: answersThatLinger(limits.writeTimeoutMs),
    // Refused by who says so in the words of its protocol.
    requireHostHeader: false,
    // A request without a body has no stream to run for one.
    optimizeEmptyRequests: true,
    headersTimeout: Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs),
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.sweepIntervalMs,
  };
}

/** Node takes 32 bits. */
const UNBOUNDED = 0xffff_ffff;

function http2Options(limits: ListenerLimits) {
  return {
    // What nghttp2 takes at the most: beyond that it ends the connection, with all streams of clients who do not learn why.
    settings: { maxConcurrentStreams: limits.streamsPerConnection, maxHeaderListSize: 65_536 },
    // More than fit in that. Node resets a stream with more than 128, for which there is no setting that clients could heed.
    maxHeaderListPairs: 2_048,
    // Node ends connections of clients that take back more than 33 streams in a second for long, whatever they have waited for: a proxy whose
    // clients have short deadlines does. Those that nobody waited for are counted here (CVE-2023-44487, `rapidResets`).
    streamResetBurst: UNBOUNDED,
    streamResetRate: UNBOUNDED,
  };
}

/** Whoever waits to be asked for a body (`Expect: 100-continue`) is asked by who reads it, and not where it is refused. */
function askForBodies(server: Server | Http2Server | Http2SecureServer, onRequest: RequestHandler): void {
  server.on('checkContinue', (request: AnyRequest, response: AnyResponse) => {
    if ('stream' in request || announcesBody(request.headers)) askOnceRead(request, response);
    else response.writeContinue();
    onRequest(request, response);
  });
  // Nothing else can be expected, and a client that does gets its answer all the same (RFC 9110, section 10.1.1).
  server.on('checkExpectation', onRequest);
}

/** Streams have no event for who begins to read. */
function askOnceRead(request: AnyRequest, response: AnyResponse): void {
  const read = request._read;
  const ask = () => {
    request._read = read;
    // Behind an answer it would be part of it.
    if (!response.headersSent) response.writeContinue();
  };
  if (request instanceof DirectRequest) request.askForBody = ask;
  request._read = (size) => {
    ask();
    read.call(request, size);
  };
}

function clientAddress(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
