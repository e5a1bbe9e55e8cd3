// Asks HTTP servers that know targets: a connection for each request, HTTP/1.1, no redirects, everything bounded. What it says of a
// failure holds no header and no query, which may be secrets.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../core/clock.ts';
import { printable } from '../core/printable.ts';
import type { HostPort, Network } from './source.ts';

export interface Asked {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'POST';
  /** For https. */
  readonly tls?: (host: string) => ConnectionOptions;
  /** In place of a look-up of the URL's host, such as a socket file. */
  readonly connect?: (signal: AbortSignal) => Promise<Socket>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<IncomingMessage['headers']>;
  /** Pieces of the body as they come. Leaving the loop ends the connection; it throws `AskFault`, and the signal's reason. */
  readonly body: AsyncIterable<Buffer>;
}

/** Why there is no answer, for people. */
export class AskFault extends Error {
  /** Of the answer; undefined: there was none. */
  readonly status: number | undefined;
  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

export interface HttpReader {
  /** The head, once it is there. @throws AskFault; the reason of the signal */
  open(asked: Asked, signal: AbortSignal): Promise<Answer>;
  /** All of an answer with status 200. @throws AskFault */
  read(
    asked: Asked,
    limits: { readonly timeoutMs: number; readonly maxBytes: number },
    signal: AbortSignal,
  ): Promise<{
    readonly body: Buffer;
    readonly headers: Readonly<IncomingMessage['headers']>;
  }>;
}

export interface HttpReaderOptions {
  readonly clock: Clock;
  readonly network: Network;
  readonly userAgent: string;
}

export function createHttpReader({ clock, network, userAgent }: HttpReaderOptions): HttpReader {
  const connect = async ({ url, tls, connect: own }: Asked, signal: AbortSignal): Promise<Socket> => {
    try {
      if (own !== undefined) return await own(signal);
      const target = targetOf(url);
      if (url.protocol !== 'https:') return await network.dial(target, signal);
      const options = { ...(tls ?? network.tlsOptions(undefined))(target.host), ALPNProtocols: ['http/1.1'] };
      return await network.dialTls(target, options, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw new AskFault(network.explain(error, url.host));
    }
  };

  const open: HttpReader['open'] = async (asked, signal) => {
    signal.throwIfAborted();
    const socket = await connect(asked, signal);
    return new Promise((resolve, reject) => {
      const { url } = asked;
      const fail = () => {
        socket.destroy();
        signal.removeEventListener('abort', fail);
        reject(
          signal.aborted ? signal.reason : new AskFault(`${url.host} closed the connection before it had answered`),
        );
      };
      if (signal.aborted) return fail();
      signal.addEventListener('abort', fail, { once: true });
      let request: ClientRequest;
      try {
        request = httpRequest({
          createConnection: () => socket,
          method: asked.method ?? 'GET',
          path: `${url.pathname}${url.search}`,
          headers: {
            host: url.host,
            connection: 'close',
            'user-agent': userAgent,
            accept: 'application/json',
            ...credentialsOf(url),
            ...asked.headers,
          },
        });
      } catch {
        return fail();
      }
      request.on('error', fail);
      request.on('upgrade', fail);
      request.on('response', (response) => {
        signal.removeEventListener('abort', fail);
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: piecesOf(response, socket, url.host, signal) });
      });
      request.end();
    });
  };

  return {
    open,
    async read(asked, { timeoutMs, maxBytes }, signal) {
      const timeout = new AbortController();
      const cancel = clock.after(timeoutMs, () =>
        timeout.abort(new AskFault(`${asked.url.host} has not answered in time`)),
      );
      const both = AbortSignal.any([signal, timeout.signal]);
      try {
        const { status, headers, body } = await open(asked, both);
        const chunks: Buffer[] = [];
        let bytes = 0;
        for await (const chunk of body) {
          bytes += chunk.length;
          if (bytes > maxBytes) throw new AskFault(`${asked.url.host} answered more than ${maxBytes} bytes`);
          if (status === 200) chunks.push(chunk);
          else if (bytes > 4096) break;
        }
        if (status !== 200) throw new AskFault(`${asked.url.host} answered ${status}${redirectHint(status)}`, status);
        return { body: Buffer.concat(chunks), headers };
      } finally {
        cancel();
      }
    },
  };
}

export function targetOf(url: URL): HostPort {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port) };
}

/** A value that came, for a message. */
export function shown(text: string): string {
  return printable(text, 120);
}

async function* piecesOf(
  response: IncomingMessage,
  socket: Socket,
  host: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const end = () => response.destroy(signal.reason instanceof Error ? signal.reason : undefined);
  signal.addEventListener('abort', end, { once: true });
  try {
    if (signal.aborted) end();
    yield* response as AsyncIterable<Buffer>;
    if (!response.complete) throw new AskFault(`${host} closed the connection before its answer was complete`);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AskFault
      ? error
      : new AskFault(`${host} closed the connection before its answer was complete`);
  } finally {
    signal.removeEventListener('abort', end);
    response.destroy();
    socket.destroy();
  }
}

function redirectHint(status: number): string {
  return status >= 300 && status < 400 ? ': redirects are not followed' : '';
}

/** Basic credentials of a URL (RFC 7617). */
function credentialsOf({ username, password }: URL): { readonly authorization?: string } {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair, 'utf8').toString('base64')}` };
}
