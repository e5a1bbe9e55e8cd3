// One HTTP request and its answer, over connections that are kept between runs. It stands alone because everything
// here is about sockets: who owns them, when they are reused, and that none is left behind. What an answer means, and
// where redirects lead, http.ts decides.
import type { Socket } from 'node:net';
import { Agent, type buildConnector, type Dispatcher } from 'undici';
import type { ClientTlsContext } from './client-tls.ts';
import type { Dialer } from './dial.ts';

/** How much of a body is read, in bytes. The rest is not downloaded. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** How long an idle connection is kept: longer than most intervals, shorter than firewalls forget connections. */
const KEEP_ALIVE_MS = 90_000;
/** Idle time after which the system asks whether the peer still lives. */
const TCP_KEEP_ALIVE_MS = 30_000;
/** Methods that may be asked twice (RFC 9110, section 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; the values of repeated ones are joined. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** The body went on after `MAX_BODY_BYTES`. */
  readonly bodyTruncated: boolean;
}

export interface HttpClient {
  /**
   * Asks once. Requests do not overlap. Once `signal` fires no connection is left, since one that did not answer in time
   * cannot be trusted with the next request.
   * @throws the error of the socket or of the protocol, any error once `signal` fired
   */
  exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** Ends all connections. Nothing is open once it settles. */
  close(): Promise<void>;
}

/** @param tlsFor the TLS options of a host, asked at each new connection */
export function createHttpClient(
  dialer: Dialer,
  tlsFor: (host: string) => ReturnType<ClientTlsContext['connectOptions']>,
): HttpClient {
  const sockets = new Set<Socket>();
  let dialing = new AbortController();
  let dials = 0;

  const connect: buildConnector.connector = ({ hostname, port, protocol }, callback) => {
    dials++;
    open(hostname, port, protocol).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, null),
    );
  };
  const open = async (hostname: string, port: string, protocol: string) => {
    const secure = protocol === 'https:';
    const target = { host: hostname, port: Number(port || (secure ? 443 : 80)) };
    const { socket } = secure
      ? await dialer.dialTls(target, { ...tlsFor(hostname), ALPNProtocols: ['h2', 'http/1.1'] }, dialing.signal)
      : await dialer.dial(target, dialing.signal);
    socket.setKeepAlive(true, TCP_KEEP_ALIVE_MS);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const dropConnections = (reason: unknown) => {
    dialing.abort(reason);
    dialing = new AbortController();
    for (const socket of sockets) socket.destroy();
  };

  // No time-outs of its own: the signal of the run is the deadline.
  const agent = new Agent({
    connect,
    connections: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
  });

  const attempt = async (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> => {
    const { url, method, headers, body } = request;
    const response = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: method as Dispatcher.HttpMethod,
      headers,
      body: body ?? null,
      signal,
    });
    const { bytes, truncated } = await readBody(response.body);
    return {
      status: response.statusCode,
      headers: toMap(response.headers),
      body: bytes,
      bodyTruncated: truncated,
    };
  };

  return {
    async exchange(request, signal) {
      signal.throwIfAborted();
      const repeatable = IDEMPOTENT.has(request.method);
      // What must not be asked twice gets a fresh connection, which cannot have gone stale.
      if (!repeatable) dropConnections(new Error('a fresh connection is wanted'));
      const onAbort = () => dropConnections(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      const dialsBefore = dials;
      try {
        return await attempt(request, signal);
      } catch (error) {
        // A kept connection may have ended just when it was used again. That says nothing about the target.
        const reused = dials === dialsBefore;
        if (signal.aborted || !reused || !repeatable) throw error;
        return await attempt(request, signal);
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
    async close() {
      dropConnections(new Error('the probe was closed'));
      await agent.destroy();
    },
  };
}

/** Reads up to the bound; leaving the loop early ends the download, and its connection. */
async function readBody(body: AsyncIterable<Buffer>): Promise<{ bytes: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY_BYTES) break;
  }
  return { bytes: Buffer.concat(chunks, Math.min(size, MAX_BODY_BYTES)), truncated: size > MAX_BODY_BYTES };
}

function toMap(headers: Readonly<Record<string, string | string[] | undefined>>): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}
