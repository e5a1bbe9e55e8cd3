// Answers whose messages stand in envelopes, with the status and the trailing metadata behind them: what gRPC, gRPC-Web and
// Connect's streams have in common.
import type { Message } from '@bufbuild/protobuf';
import type { ConnectError } from '@connectrpc/connect';
import { compressionGzip } from '@connectrpc/connect-node';
import { COMPRESS_MIN_BYTES, pack } from '../calls/compression.ts';
import type { Body, Envelope } from '../calls/envelope.ts';
import type { RawHeaders } from '../calls/exchange.ts';
import { isThenable } from '../calls/invoke.ts';
import type { Call, StreamProtocol } from '../calls/protocol.ts';
import { bodyOf } from './whole-answer.ts';

/** Keeps proxies from holding messages of a stream back, which nginx does by default (nginx.org, X-Accel-Buffering). */
export const UNBUFFERED: RawHeaders = ['x-accel-buffering', 'no'];
/** A cache must not hand an answer to who takes another coding. */
export const VARY: RawHeaders = ['vary', 'accept-encoding'];
/** Of the streams that browsers read. */
export const BROWSER_STREAM: RawHeaders = [...UNBUFFERED, ...VARY];
export const GZIPPED: RawHeaders = ['content-encoding', 'gzip'];

/** How a call ends on the wire. */
export interface End {
  /** The last envelope. */
  readonly tail?: Envelope;
  readonly trailers?: Readonly<Record<string, string>>;
}

export interface EnvelopedForm
  extends Pick<StreamProtocol, 'name' | 'hasTrailers' | 'gzipsBody' | 'readTimeout' | 'presetTrailers'> {
  /** Of the answer. */
  readonly contentType: string;
  readonly encodingHeader: string;
  readonly acceptEncodingHeader: string;
  /** Headers of streams beside that. */
  readonly streamHeaders: RawHeaders;
  /** Puts the status where the protocol has it. */
  readonly endOf: (call: Call, error: ConnectError | undefined) => End;
}

export function envelopedProtocol(form: EnvelopedForm): StreamProtocol {
  const { contentType, encodingHeader, streamHeaders, endOf, hasTrailers } = form;
  // An error before any message is one block of headers (PROTOCOL-HTTP2.md, Trailers-Only): clients take headers of their own for
  // the begin of an answer, and do not retry a call that has one (gRFC A6). Metadata in the headers is sent as such.
  const isStatusAlone = (call: Call, error: ConnectError | undefined): error is ConnectError =>
    hasTrailers && error !== undefined && !call.hasHeaders;
  const sendStatusAlone = (call: Call, error: ConnectError): undefined => {
    const trailers = Object.entries(endOf(call, error).trailers ?? {}).flat();
    if (!call.exchange.isClosed) call.answerWithHead(200, [...call.answerHeaders(), ...trailers]);
  };
  return {
    ...form,
    headWaitMs: undefined,
    presetHeaders({ route, compression, takesGzip }) {
      const headers = ['content-type', contentType];
      if (compression !== undefined) headers.push(encodingHeader, compression.name);
      if (route.kind === 'server_streaming') headers.push(...streamHeaders, ...(takesGzip ? GZIPPED : []));
      return headers;
    },
    answer(call, outcome) {
      if (isStatusAlone(call, outcome.error)) return sendStatusAlone(call, outcome.error);
      const { tail, trailers } = endOf(call, outcome.error);
      const message = outcome.message && pack(call.compression, outcome.message);
      const end = tail && pack(call.compression, tail);
      if (!isThenable<Envelope>(message) && !isThenable<Envelope>(end)) return send(call, message, end, trailers);
      return Promise.all([message, end]).then(([packed, last]) => send(call, packed, last, trailers));
    },
    frame: (call, message: Message) => pack(call.compression, call.route.encode(message)),
    async end(call, error, isStarted) {
      if (!isStarted && isStatusAlone(call, error)) return sendStatusAlone(call, error);
      if (!isStarted) call.start(200, call.answerHeaders());
      const { tail, trailers } = endOf(call, error);
      const end = tail && (await pack(call.compression, tail));
      if (!call.exchange.isClosed) call.endStream(end, trailers);
    },
  };
}

function send(
  call: Call,
  message: Envelope | undefined,
  end: Envelope | undefined,
  trailers: End['trailers'],
): Promise<void> | undefined {
  const body = message !== undefined && end !== undefined ? message.followedBy(end) : (message ?? end);
  const isGzipped = call.takesGzip && body !== undefined && body.bytes.length >= COMPRESS_MIN_BYTES;
  if (isGzipped) {
    const coding = [...GZIPPED, ...VARY];
    return compressionGzip
      .compress(new Uint8Array(body.bytes))
      .then((zipped) => sendBody(call, bodyOf(zipped), coding, trailers));
  }
  sendBody(call, body, [], trailers);
  return undefined;
}

function sendBody(call: Call, body: Body | undefined, coding: RawHeaders, trailers: End['trailers']): void {
  const { exchange } = call;
  if (exchange.isClosed) return;
  const headers = [...call.answerHeaders(), ...coding];
  if (!exchange.isHttp2) headers.push('content-length', `${body?.bytes.length ?? 0}`);
  call.start(200, headers);
  exchange.end(body, trailers);
}
