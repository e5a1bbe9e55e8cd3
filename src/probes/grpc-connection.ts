// One HTTP/2 connection to a gRPC server: dialled like every other, so that it looks up, connects and shakes hands as a
// new client does, and then handed to Node's http2. It stands alone since every kind of probe that speaks gRPC shares it.
// This file owns the session and the socket below it: nothing else ends either.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { Transport } from '@connectrpc/connect';
import type { UniversalClientFn } from '@connectrpc/connect/protocol';
import { createTransport } from '@connectrpc/connect/protocol-grpc';
import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import type { ClientTls } from '../../gen/openk/config/v1/config_pb.ts';
import type { OnProgress } from '../core/probe.ts';
import { keepNativeSession } from '../http2/keep-native-session.ts';
import { createClientTls } from './client-tls.ts';
import { foreignHead, grpcHead, grpcStatus, isGrpc, type ResponseHeaders } from './grpc-answer.ts';
import type { HostPort } from './host-port.ts';
import type { ProbeContext } from './probe.ts';

/** Largest message that is taken, in bytes. Health messages are a few bytes. */
const READ_MAX_BYTES = 1024 * 1024;
/** Largest request message, in bytes: as large as gRPC lets one be. */
const WRITE_MAX_BYTES = 0xffffffff;
/** How much is read of an answer that is not gRPC, for the trailers behind it, in bytes. */
const MAX_FOREIGN_BYTES = 64 * 1024;

export interface GrpcConnection {
  readonly transport: Transport;
  /** Whether it takes another call: it is there, and the peer has not announced its end (GOAWAY). */
  readonly usable: boolean;
  /** Whether it was closed before the latest call had a byte of an answer, and no error was said: a retry hides nothing. */
  readonly closedUnanswered: boolean;
  /** Ends the calls and the connection. Nothing is open once it settles. */
  close(): Promise<void>;
}

/** Whom to call. */
export interface GrpcTarget {
  readonly address: HostPort;
  /** What servers see as `:authority`. */
  readonly authority: string;
  /** Goes before the path of each method. */
  readonly path: string;
  /** Left out: cleartext with prior knowledge (RFC 9113, section 3.3). */
  readonly tls?: ClientTls | true | undefined;
}

/**
 * @param signal stops the attempt, not the connection
 * @param onProgress hears of the phases up to the first byte of the first answer
 * @throws what keeps the connection from being made, or the signal's reason
 */
export type OpenGrpcConnection = (
  signal: AbortSignal,
  onProgress: OnProgress,
  /** The peer takes no further calls (GOAWAY), though nothing failed. Calls go on until they end. */
  onGoaway?: () => void,
) => Promise<GrpcConnection>;

/** Opens nothing by itself. */
export function createGrpcDialler(
  target: GrpcTarget,
  { clock, dialer }: Pick<ProbeContext, 'clock' | 'dialer'>,
): OpenGrpcConnection {
  const { address, tls } = target;
  const clientTls = tls && createClientTls(tls === true ? {} : tls);
  return async (signal, onProgress, onGoaway) => {
    const dialed = clientTls
      ? await dialer.dialTls(
          address,
          { ...clientTls.connectOptions(address.host), ALPNProtocols: ['h2'] },
          signal,
          onProgress,
        )
      : await dialer.dial(address, signal, onProgress);
    const onFirstByte = (firstByteMs: number) => onProgress({ phases: { ...dialed.phases, firstByteMs } });
    return overSocket(dialed.socket, target, { monotonicMs: clock.monotonicMs, onFirstByte, onGoaway });
  };
}

/** Takes over a socket that is connected, past its TLS handshake where there is one. */
function overSocket(
  socket: Socket,
  { authority, path }: GrpcTarget,
  { monotonicMs, onFirstByte, onGoaway }: Watched,
): GrpcConnection {
  const socketClosed = new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
  // Node wants a URL, and takes nothing but the scheme from it. A host that no URL can have is none of its business.
  const scheme = 'encrypted' in socket ? 'https' : 'http';
  const session = connectHttp2(`${scheme}://target.invalid`, {
    createConnection: () => socket,
    settings: { enablePush: false },
  });
  keepNativeSession(session);
  const state: SessionState = { goaway: false, onFirstByte };
  // From birth: an error that nobody listens to would end the process. The call that it breaks fails with it.
  session.on('error', (error: Error) => {
    state.error ??= error;
  });
  session.on('goaway', (code: number) => {
    state.goaway = true;
    if (code === constants.NGHTTP2_NO_ERROR) onGoaway?.();
  });

  const base = path.replace(/\/+$/, '');
  return {
    transport: createTransport({
      httpClient: createCall(session, state, authority, monotonicMs),
      baseUrl: `${scheme}://target.invalid${base}`,
      useBinaryFormat: true,
      interceptors: [],
      acceptCompression: [compressionGzip, compressionBrotli],
      sendCompression: null,
      compressMinBytes: READ_MAX_BYTES,
      readMaxBytes: READ_MAX_BYTES,
      writeMaxBytes: WRITE_MAX_BYTES,
    }),
    get usable() {
      return !state.goaway && !session.closed && !session.destroyed;
    },
    get closedUnanswered() {
      return !this.usable && !state.answered && !isHttp2Error(state.error);
    },
    close() {
      session.destroy();
      // A session that was closing, after a GOAWAY, would leave its socket open until the peer closes its own side. By then
      // the session has said its last word.
      setImmediate(() => socket.destroy());
      return socketClosed;
    },
  };
}

interface Watched {
  readonly monotonicMs: () => number;
  readonly onFirstByte: (afterMs: number) => void;
  readonly onGoaway: (() => void) | undefined;
}

interface SessionState {
  /** What broke the session. */
  error?: Error;
  goaway: boolean;
  /** Whether the latest call has had a byte of an answer. */
  answered?: boolean;
  /** Takes how long the first call waited; left out once it has been reported. */
  onFirstByte?: Watched['onFirstByte'] | undefined;
}

/** One call as Connect wants it: it reads the body, and the trailers after it. */
function createCall(
  session: ClientHttp2Session,
  state: SessionState,
  authority: string,
  monotonicMs: () => number,
): UniversalClientFn {
  return async ({ url, method, header, body, signal }) => {
    const message = Buffer.concat(await Array.fromAsync(body ?? []));
    signal?.throwIfAborted();
    state.answered = false;
    const askedMs = monotonicMs();
    if (state.error !== undefined) throw state.error;
    const stream = session.request({
      ...Object.fromEntries(header),
      ':method': method,
      ':authority': authority,
      ':path': new URL(url).pathname,
    });
    // All of them before the first byte can come: what Node emits, it does not emit again.
    stream.on('error', () => {});
    const onAbort = () => stream.close(constants.NGHTTP2_CANCEL);
    signal?.addEventListener('abort', onAbort, { once: true });
    stream.once('close', () => signal?.removeEventListener('abort', onAbort));
    const answer: Answer = { stream, sessionError: () => state.error };
    stream.once('trailers', (trailers) => {
      answer.trailers = trailers;
    });
    stream.end(message);

    await new Promise<void>((resolve, reject) => {
      stream.once('response', (headers, flags) => {
        state.answered = true;
        state.onFirstByte?.(monotonicMs() - askedMs);
        state.onFirstByte = undefined;
        answer.headers = headers;
        answer.isLast = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
        resolve();
      });
      stream.once('error', (error) => reject(state.error ?? error));
      stream.once('close', () => reject(state.error ?? closedError()));
    });
    return readAnswer(answer);
  };
}

/** What has come of an answer. */
interface Answer {
  readonly stream: ClientHttp2Stream;
  readonly sessionError: () => Error | undefined;
  headers?: ResponseHeaders;
  /** Nothing follows the headers: no body, no trailers. */
  isLast?: boolean;
  trailers?: IncomingHttpHeaders;
}

/** The status of a call stands in the last headers: the trailers, or the response's own where nothing follows them. */
async function readAnswer(answer: Answer): ReturnType<UniversalClientFn> {
  const { stream, headers = {}, isLast, sessionError } = answer;
  const trailer = new Headers();
  const say = (status: Headers) => {
    for (const [name, value] of status) trailer.set(name, value);
  };
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      yield* stream;
    } catch (error) {
      throw sessionError() ?? error;
    }
    if (answer.trailers === undefined) await lastWord(stream);
    if (answer.trailers !== undefined) say(grpcStatus(answer.trailers));
    if (trailer.has('grpc-status')) return;
    // A server that says in its headers that it failed, and then no more, has said so.
    const own = grpcStatus(headers);
    if (isLast || own.get('grpc-status') !== '0') say(own);
    if (!trailer.has('grpc-status') && stream.rstCode !== constants.NGHTTP2_NO_ERROR) {
      throw sessionError() ?? closedError();
    }
  }
  if (isGrpc(headers)) return { ...grpcHead(headers), body: read(), trailer };
  // The status may still come, behind a body that is something else.
  const body = await beginningOf(read());
  const status = trailer.get('grpc-status');
  const head = status === null ? foreignHead(headers) : grpcHead(headers);
  return { ...head, body: Readable.from(status === '0' ? body : []), trailer };
}

/** Settles when the stream is over: why it ended is known only then. */
function lastWord(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed || stream.destroyed) resolve();
    else stream.once('close', () => resolve());
  });
}

async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_FOREIGN_BYTES) break;
  }
  return chunks;
}

/** In Node's own word for it, since Node gives no error where a connection or a call ends in good order, only too early. */
function closedError(): Error {
  return Object.assign(new Error('the call ended before its answer'), { code: 'ERR_HTTP2_STREAM_CANCEL' });
}

/** Whether the peer, or Node for it, said what was wrong, and did not only close or reset the connection. */
function isHttp2Error(error: Error | undefined): boolean {
  return error !== undefined && 'code' in error && String(error.code).startsWith('ERR_HTTP2_');
}
