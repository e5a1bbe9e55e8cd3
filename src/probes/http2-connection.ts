// One HTTP/2 connection that asks one request after another: Node's session over a socket that was dialled like every other.
// It owns the session and the socket below it.

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Cancellation } from '../core/cancellation.ts';
import type { Clock } from '../core/clock.ts';
import { keepNativeSession } from '../http2/keep-native-session.ts';
import { byteText } from './byte-text.ts';
import type { HttpConnection, OnPhases, RawAnswer } from './http-connection.ts';
import type { HttpRequest } from './http-request.ts';
import { AnswerCut, type AnswerLimits } from './http1-answer.ts';
import { ProtocolFault } from './reason.ts';

/** Node's default of 128 is fewer than what fits into the bound in bytes. */
const MAX_HEADER_PAIRS = 4096;

export interface Http2Options {
  readonly clock: Clock;
  readonly limits: AnswerLimits;
}

/** @param socket past its TLS handshake, which has chosen HTTP/2 */
export function createHttp2Connection(socket: Socket, { clock, limits }: Http2Options): HttpConnection {
  // Node wants a URL, and takes nothing but the scheme from it.
  const session = connectHttp2('https://target.invalid', {
    createConnection: () => socket,
    maxHeaderListPairs: MAX_HEADER_PAIRS,
    settings: { enablePush: false, maxHeaderListSize: limits.maxHeaderBytes },
  });
  keepNativeSession(session);
  let sessionError: Error | undefined;
  let goaway = false;
  let unanswered = false;
  session.on('error', (error: Error) => {
    sessionError ??= error;
  });
  session.on('goaway', () => {
    goaway = true;
  });
  const close = () => {
    session.destroy();
    // A session that was closing, after a GOAWAY, would leave its socket open until the peer closes its own side.
    setImmediate(() => socket.destroy());
  };

  return {
    get usable() {
      return !goaway && !session.closed && !session.destroyed;
    },
    get closedUnanswered() {
      return unanswered;
    },
    async exchange(request, signal, onPhases) {
      signal.throwIfAborted();
      unanswered = false;
      if (sessionError !== undefined) throw sessionError;
      let answered = false;
      try {
        return await ask(session, request, {
          clock,
          limits,
          signal,
          onPhases(phases) {
            answered = true;
            onPhases(phases);
          },
        });
      } catch (error) {
        unanswered = !answered && !signal.aborted && !isHttp2Error(sessionError ?? error);
        close();
        throw signal.aborted ? signal.reason : (sessionError ?? error);
      }
    },
    close,
  };
}

interface Asking extends Http2Options {
  readonly signal: Cancellation;
  readonly onPhases: OnPhases;
}

function ask(
  session: ClientHttp2Session,
  request: HttpRequest,
  { clock, limits, signal, onPhases }: Asking,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const askedMs = clock.monotonicMs();
    let firstByteMs: number | undefined;
    let head: IncomingHttpHeaders & { readonly ':status'?: number | undefined } = {};
    const chunks: Buffer[] = [];
    let size = 0;
    let truncated = false;
    const stream = session.request(toHeaders(request), { endStream: request.body === undefined });
    const onAbort = () => stream.close(constants.NGHTTP2_CANCEL);
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', onAbort);
      act();
    };
    const begin = () => {
      if (firstByteMs !== undefined) return;
      firstByteMs = clock.monotonicMs() - askedMs;
      onPhases({ firstByteMs });
    };
    const finish = () => {
      if (sizeOf(head) > limits.maxHeaderBytes) {
        reject(
          new ProtocolFault('its headers are larger than max_headers', `more than ${limits.maxHeaderBytes} bytes`),
        );
        return;
      }
      if (firstByteMs !== undefined) onPhases({ firstByteMs, bodyMs: clock.monotonicMs() - askedMs - firstByteMs });
      resolve({
        status: Number(head[':status']),
        headers: toMap(head),
        setCookies: (head['set-cookie'] ?? []).map(byteText),
        body: Buffer.concat(chunks, Math.min(size, limits.maxBodyBytes)),
        bodyTruncated: truncated,
      });
    };
    // Interim answers come as `headers`, which nobody has to listen to.
    stream.on('headers', begin);
    stream.once('response', (headers) => {
      begin();
      head = headers;
    });
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= limits.maxBodyBytes || truncated) return;
      truncated = true;
      stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.once('error', (error) => settle(() => reject(error)));
    stream.once('close', () =>
      settle(() => {
        if (signal.aborted) reject(signal.reason);
        else if (truncated || isWhole(stream, head)) finish();
        else reject(new AnswerCut(size === 0 ? undefined : `after ${size} bytes of the body`));
      }),
    );
    signal.addEventListener('abort', onAbort);
    if (request.body !== undefined) stream.end(request.body);
  });
}

function isWhole(stream: ClientHttp2Stream, head: { readonly ':status'?: number | undefined }): boolean {
  return head[':status'] !== undefined && stream.rstCode === constants.NGHTTP2_NO_ERROR && stream.readableEnded;
}

function toHeaders({ method, place, headers, body }: HttpRequest) {
  const { host, ...others } = headers;
  return {
    ':method': method,
    ':scheme': 'https',
    ':authority': host ?? place.authority,
    ':path': place.path,
    ...others,
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
  };
}

function toMap(headers: IncomingHttpHeaders): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name[0] === ':') continue;
    map.set(name, Array.isArray(value) ? value.map(byteText).join(', ') : byteText(String(value)));
  }
  return map;
}

/** RFC 9113, section 6.5.2. */
function sizeOf(headers: IncomingHttpHeaders): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length + 32, 0);
}

/** Whether the peer, or Node for it, said what was wrong, and did not only close or reset the connection. */
function isHttp2Error(error: unknown): boolean {
  return Error.isError(error) && 'code' in error && String(error.code).startsWith('ERR_HTTP2_');
}
