// Posts one message by HTTP/1.1 over a connection of its own, and says what the answer means for it. A kept connection would
// save a handshake for the few messages that there are, and cost the knowledge whether one arrived: the other side may close
// it just when it is used again (RFC 9112, section 9.3.1), and a POST must not be sent twice. node:http and not fetch, which
// neither takes a connection nor says whether a request had left.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { SendResult } from '../../core/alert.ts';
import { printable } from '../../core/printable.ts';
import type { Redactor } from '../../core/redactor.ts';
import { whyGivenUp } from './bound-attempts.ts';
import type { ChannelContext } from './channel-kind.ts';
import type { Connections, HostPort } from './connections.ts';
import { retryAfterMs } from './retry-after.ts';
import { credentialsOf } from './url-secrets.ts';

export interface OutgoingRequest {
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** http or https; a name and a password in it become an Authorization header. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON; only of GET there is none. */
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** Seconds or a date; undefined where there is none. */
  readonly retryAfter: string | undefined;
  /** Empty where it is longer than its bound, or its end never came. */
  readonly body: string;
  /** Whether `body` may be shown to people: no page of HTML. */
  readonly isPlain: boolean;
}

export interface Attempt {
  readonly signal: AbortSignal;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** What a channel reads in an answer; undefined leaves it to its status. */
export type ReadAnswer = (answer: HttpAnswer) => SendResult | undefined;

/** Never rejects. Nothing of it is open once it settles. */
export type HttpSender = (request: OutgoingRequest, attempt: Attempt, read?: ReadAnswer) => Promise<SendResult>;

/** Of an answer: none that says something to people is longer. */
const MAX_ANSWER_BYTES = 16 * 1024;
/** Of an answer that is shown. */
const MAX_SHOWN = 200;

/** @param redactor takes the secrets of the channel out of what came */
export function createHttpSender({ connections, userAgent }: ChannelContext, redactor: Redactor): HttpSender {
  return async (request, { signal, nowMs }, read) => {
    const { url } = request;
    let socket: Socket;
    try {
      signal.throwIfAborted();
      socket = await dial(connections, url, signal);
    } catch (error) {
      const why = signal.aborted ? whyGivenUp(signal) : connections.explain(error, url.host);
      return { kind: 'retry', error: why, perhapsDelivered: false };
    }
    const exchanged = await exchange(socket, request, userAgent, signal);
    if (exchanged === undefined) {
      const why = signal.aborted ? whyGivenUp(signal) : `${url.host} closed the connection before it had answered`;
      return { kind: 'retry', error: why, perhapsDelivered: true };
    }
    return read?.(exchanged) ?? resultOf(exchanged, url.host, nowMs, redactor);
  };
}

/** @throws what `explain` of the connections has words for */
export function dial(connections: Connections, url: URL, signal: AbortSignal): Promise<Socket> {
  const target = targetOf(url);
  return url.protocol === 'https:' ? connections.dialTls(target, signal) : connections.dial(target, signal);
}

function targetOf(url: URL): HostPort {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { host, port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port) };
}

/** What the status of an answer means for the message. */
export function resultOf(answer: HttpAnswer, host: string, nowMs: number, redactor: Redactor): SendResult {
  const { status, retryAfter } = answer;
  if (status >= 200 && status < 300) return { kind: 'accepted' };
  const error = `${host} answered ${status}${shown(answer, redactor)}`;
  const isForLater = status === 408 || status === 425 || status === 429;
  if (!isForLater && status < 500) return { kind: 'refused', error };
  const afterMs = retryAfterMs(retryAfter, nowMs);
  // A gateway says 5xx of what went through all the same.
  return { kind: 'retry', error, perhapsDelivered: !isForLater, ...(afterMs !== undefined && { afterMs }) };
}

function shown({ status, body, isPlain }: HttpAnswer, redactor: Redactor): string {
  if (status >= 300 && status < 400) return ': redirects are not followed';
  // Cut once nothing is to be hidden any more, so that no secret is cut in two.
  const text = isPlain ? printable(redactor.redact(body), MAX_SHOWN).trim() : '';
  return text === '' ? '' : `: ${text}`;
}

/** Undefined where no answer came. Ends the connection. */
export function exchange(
  socket: Socket,
  { method = 'POST', url, headers, body }: OutgoingRequest,
  userAgent: string,
  signal: AbortSignal,
): Promise<HttpAnswer | undefined> {
  return new Promise((resolve) => {
    let answer: HttpAnswer | undefined;
    const end = () => socket.destroy();
    socket.once('close', () => {
      signal.removeEventListener('abort', end);
      resolve(answer);
    });
    // Whatever it is, the connection is over: `close` follows.
    socket.on('error', () => {});
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) {
      end();
      return;
    }
    const credentials = credentialsOf(url);
    let request: ClientRequest;
    try {
      request = httpRequest({
        createConnection: () => socket,
        method,
        path: `${url.pathname}${url.search}`,
        headers: {
          host: url.host,
          connection: 'close',
          'user-agent': userAgent,
          accept: 'application/json, text/plain;q=0.9, */*;q=0.1',
          ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }),
          ...(credentials && { authorization: `Basic ${credentials}` }),
          ...headers,
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
      });
    } catch (error) {
      end();
      throw error;
    }
    request.on('error', end);
    request.on('upgrade', end);
    request.on('response', (response) => {
      answer = readHead(response);
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk);
        else end();
      });
      response.on('end', () => {
        answer = { ...readHead(response), body: Buffer.concat(chunks).toString('utf8') };
        end();
      });
      response.on('error', end);
    });
    request.end(body);
  });
}

function readHead({ statusCode = 0, headers }: IncomingMessage): HttpAnswer {
  const type = headers['content-type'] ?? 'text/plain';
  const isPlain = /^(?:text\/plain|application\/(?:[\w.-]+\+)?json)\b/i.test(type);
  const isCoded = headers['content-encoding'] !== undefined;
  return { status: statusCode, retryAfter: headers['retry-after'], body: '', isPlain: isPlain && !isCoded };
}
