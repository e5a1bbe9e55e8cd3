// Asks HTTP servers: opens a connection for each request, as a new user does, or keeps one where that is wanted; asks in
// the version of HTTP that the server chose; takes the content coding off what came. It stands alone because everything here
// is about connections: who owns them, when they are used again, and that none is left behind.

import { isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import type { OnProgress } from '../core/probe.ts';
import { AddressDenied } from './addresses.ts';
import type { ClientTlsContext } from './client-tls.ts';
import { contentCodings, decode } from './content-coding.ts';
import { type Dialed, type Dialer, Intake } from './dial.ts';
import type { HttpConnection, RawAnswer } from './http-connection.ts';
import type { HttpPlace, HttpRequest } from './http-request.ts';
import { createHttp1Connection } from './http1-connection.ts';
import { createHttp2Connection } from './http2-connection.ts';
import { alongWith } from './notes.ts';
import { CannotLook } from './reason.ts';
import type { Way } from './way.ts';

/** How long an idle connection is kept: longer than most intervals, shorter than firewalls forget connections. */
const KEEP_ALIVE_MS = 90_000;
/** Methods that may be asked twice (RFC 9110, section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
/** Connections that are kept at the same time: to the target, and to where it redirects. */
const MAX_KEPT = 4;
const NO_CODINGS: readonly string[] = [];
const ASKED_AGAIN = 'asked again, since the kept connection had been closed';

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; the values of repeated ones are joined. */
  readonly headers: ReadonlyMap<string, string>;
  readonly setCookies: readonly string[];
  /** Decoded, where that was asked for. */
  readonly body: Buffer;
  /** Why `body` is not all that the target sent, for people. */
  readonly bodyFault?: string;
}

export interface HttpClientOptions {
  readonly clock: Clock;
  readonly dialer: Dialer;
  readonly way: Way;
  /** The TLS options of a host, asked at each new connection. */
  readonly tlsFor: (host: string) => ReturnType<ClientTlsContext['connectOptions']>;
  readonly keepAlive: boolean;
  readonly maxHeaderBytes: number;
  /** Of a body, after decoding. The rest is not downloaded. */
  readonly maxBodyBytes: number;
  /** Whether anybody looks at bodies. */
  readonly needsBody: boolean;
}

export interface HttpClient {
  /**
   * Asks once. Requests do not overlap. Once `signal` fires the connection is gone, since one that did not answer in time
   * cannot be trusted with the next request. `onProgress` hears of this request alone.
   * @throws the error of the socket or of the protocol; the reason of `signal` once that fired
   */
  exchange(request: HttpRequest, signal: Cancellation, onProgress: OnProgress): Promise<HttpAnswer>;
  /** Ends all connections. Nothing is open once it settles. */
  close(): Promise<void>;
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { clock, way, tlsFor, keepAlive, maxHeaderBytes, maxBodyBytes, needsBody } = options;
  const dialer = options.dialer.over(way);
  const plain = plainDialer(options.dialer, way);
  const limits = { maxHeaderBytes, maxBodyBytes };
  const cut = `the body is longer than max_body, ${maxBodyBytes} bytes`;
  /** Mostly one. No Map: what changes with each run makes a table each time (ADR 17). */
  const open: { readonly connection: HttpConnection; readonly socket: Socket }[] = [];
  /** Seen once, in the handshake, and true as long as the connection is kept. */
  const certificates = new WeakMap<HttpConnection, number>();
  const kept = new Map<string, { readonly connection: HttpConnection; readonly forget: () => void }>();

  /** With when the certificate expires, where one was seen. */
  async function dialTls(place: HttpPlace, signal: Cancellation, onProgress: OnProgress) {
    let expiresMs: number | undefined;
    const note: OnProgress = (progress) => {
      expiresMs = progress.certificateExpiresMs ?? expiresMs;
      onProgress(progress);
    };
    const tls = { ...tlsFor(place.host), ALPNProtocols: ['h2', 'http/1.1'] };
    const { socket, phases } = await dialer.dialTls(place, tls, signal, note);
    return { socket, phases, expiresMs };
  }

  /** @param intake of the socket, where it is plain */
  function connectionOver(socket: Socket | TLSSocket, intake: Intake | undefined): HttpConnection {
    const isHttp2 = intake === undefined && (socket as TLSSocket).alpnProtocol === 'h2';
    const connection = isHttp2
      ? createHttp2Connection(socket, { clock, limits })
      : createHttp1Connection(socket, intake ?? intakeOf(socket), { clock, limits, keepAlive });
    const entry = { connection, socket };
    open.push(entry);
    socket.on('close', () => void open.splice(open.indexOf(entry), 1));
    return connection;
  }

  function take({ origin }: HttpPlace): HttpConnection | undefined {
    const entry = kept.get(origin);
    entry?.forget();
    if (entry?.connection.usable === false) {
      entry.connection.close();
      return undefined;
    }
    return entry?.connection;
  }

  function keep({ origin }: HttpPlace, connection: HttpConnection) {
    if (!keepAlive || !connection.usable || kept.size >= MAX_KEPT) return connection.close();
    const clearTimer = clock.after(KEEP_ALIVE_MS, () => {
      kept.delete(origin);
      connection.close();
    });
    const forget = () => {
      kept.delete(origin);
      clearTimer();
    };
    kept.set(origin, { connection, forget });
  }

  /** Over a kept connection; undefined where that was closed before it answered. */
  async function askAgain(
    before: HttpConnection,
    request: HttpRequest,
    signal: Cancellation,
    onProgress: OnProgress,
  ): Promise<RawAnswer | undefined> {
    try {
      const certificateExpiresMs = certificates.get(before);
      const seen = certificateExpiresMs !== undefined && { certificateExpiresMs };
      const answer = await before.exchange(plain.asked(request), signal, (phases) => onProgress({ phases, ...seen }));
      keep(request.place, before);
      return answer;
    } catch (error) {
      // RFC 9112, section 9.3.1: it may have been closed just when it was used again, which says nothing about the target.
      if (signal.aborted || !before.closedUnanswered) throw error;
      return undefined;
    }
  }

  /** Over a connection of its own. */
  async function askAnew(request: HttpRequest, signal: Cancellation, note: OnProgress): Promise<RawAnswer> {
    const { place } = request;
    const intake = place.secure ? undefined : new Intake();
    const dialed: Dialed<Socket> & { readonly expiresMs?: number | undefined } =
      intake === undefined ? await dialTls(place, signal, note) : await plain.dial(place, signal, note, intake);
    const connection = connectionOver(dialed.socket, intake);
    if (dialed.expiresMs !== undefined) certificates.set(connection, dialed.expiresMs);
    const answer = await connection.exchange(plain.asked(request), signal, (phases) =>
      note({ phases: { ...dialed.phases, ...phases } }),
    );
    if (IDEMPOTENT.has(request.method)) keep(place, connection);
    else connection.close();
    return answer;
  }

  /** What must not be asked twice gets a fresh connection, which cannot have gone stale. */
  async function askOnceOrTwice(request: HttpRequest, signal: Cancellation, onProgress: OnProgress) {
    const before = IDEMPOTENT.has(request.method) ? take(request.place) : undefined;
    if (before === undefined) return askAnew(request, signal, onProgress);
    const answer = await askAgain(before, request, signal, onProgress);
    return answer ?? askAnew(request, signal, alongWith(ASKED_AGAIN, onProgress));
  }

  const ask = keepAlive ? askOnceOrTwice : askAnew;

  return {
    async exchange(request, signal, onProgress) {
      signal.throwIfAborted();
      const answer = await ask(request, signal, onProgress);
      plain.check(request, answer.status);
      const { status, headers, setCookies } = answer;
      if (!needsBody) return { status, headers, setCookies, body: answer.body };
      const codings = answer.body.length === 0 ? NO_CODINGS : codingsOf(answer);
      if (codings.length > 0) return { status, headers, setCookies, ...(await decoded(answer, codings, signal)) };
      return answer.bodyTruncated
        ? { status, headers, setCookies, body: answer.body, bodyFault: cut }
        : { status, headers, setCookies, body: answer.body };
    },
    async close() {
      for (const { forget } of kept.values()) forget();
      await Promise.all(open.map(({ connection, socket }) => ended(connection, socket)));
    },
  };

  /** Without codings, and what is wrong with it. */
  async function decoded(answer: RawAnswer, codings: readonly string[], signal: Cancellation): Promise<Readable> {
    const isWhole = !answer.bodyTruncated;
    const { bytes, truncated, fault } = await decode(answer.body, codings, { maxBytes: maxBodyBytes, isWhole, signal });
    signal.throwIfAborted();
    const bodyFault = fault ?? (truncated ? cut : undefined);
    return bodyFault === undefined ? { body: bytes } : { body: bytes, bodyFault };
  }
}

type DialArguments = [place: HttpPlace, signal: Cancellation, onProgress: OnProgress, intake: Intake];

/** How cleartext goes: through a proxy in absolute form (RFC 9112, section 3.2.2), and not through a tunnel. */
function plainDialer(dialer: Dialer, { proxy, ...way }: Way) {
  const direct = dialer.over(way);
  const dialProxy = async (
    through: NonNullable<Way['proxy']>,
    ...[place, signal, onProgress, intake]: DialArguments
  ) => {
    const { onWayTo, proxyFailed } = await import('./tunnel.ts');
    signal.throwIfAborted();
    if (isIP(place.host) !== 0 && direct.denies(place.host)) throw new AddressDenied(place.host);
    const dialed = await direct.dial(through, signal, onWayTo(through, onProgress), intake).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : proxyFailed(through, error);
    });
    onProgress({ phases: dialed.phases });
    return dialed;
  };
  return {
    dial: (...args: DialArguments) => (proxy === undefined ? direct.dial(...args) : dialProxy(proxy, ...args)),
    asked(request: HttpRequest): HttpRequest {
      const { place, headers } = request;
      if (proxy === undefined || place.secure) return request;
      const { authorization } = proxy;
      return {
        ...request,
        place: { ...place, path: `${place.origin}${place.path}` },
        headers: { ...headers, ...(authorization !== undefined && { 'proxy-authorization': authorization }) },
      };
    },
    /** @throws CannotLook where it is the proxy that answered */
    check({ place }: HttpRequest, status: number) {
      if (proxy === undefined || place.secure || status !== 407) return;
      throw new CannotLook('PROXY_REFUSED', `the proxy ${proxy.shown} wants credentials, or others`);
    },
  };
}

interface Readable {
  readonly body: Buffer;
  readonly bodyFault?: string;
}

function intakeOf(socket: Socket): Intake {
  const intake = new Intake();
  socket.on('data', (bytes: Buffer) => intake.take(bytes));
  return intake;
}

/** Settles once the socket is gone, which its connection ends. */
function ended(connection: HttpConnection, socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    connection.close();
  });
}

/** Those of the content, then those of the transfer (RFC 9112, section 7), which were put on last. */
function codingsOf({ headers }: RawAnswer): readonly string[] {
  if (!headers.has('transfer-encoding') && !headers.has('content-encoding')) return NO_CODINGS;
  const transfer = contentCodings(headers.get('transfer-encoding')).filter((name) => name !== 'chunked');
  return [...contentCodings(headers.get('content-encoding')), ...transfer];
}
