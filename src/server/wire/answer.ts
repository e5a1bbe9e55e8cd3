// How each protocol puts an answer on the wire: where its messages, its metadata and its status go.
import type { OutgoingHttpHeaders } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import { mergeNonProtocolHeaders } from '@connectrpc/connect/protocol';
import {
  codeToHttpStatus,
  createEndStreamSerialization,
  errorToJsonBytes,
  trailerMux,
} from '@connectrpc/connect/protocol-connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { trailerSerialize } from '@connectrpc/connect/protocol-grpc-web';
import type { Call } from './call.ts';
import { payloadOf, toEnvelope } from './codec.ts';
import { relaxGrpcMessage } from './grpc-message.ts';
import { toNodeHeaders } from './node-headers.ts';

/** As Connect has it: what is smaller is not worth compressing. */
const COMPRESS_MIN_BYTES = 1024;
const COMPRESSED_FLAG = 1;

/** What a caller may know of a failure. */
export function toConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  return new ConnectError('internal error', Code.Internal, undefined, undefined, error);
}

/** The whole answer of a unary call: `envelope` holds its message, unless it failed. */
export async function answerUnary(call: Call, envelope: Buffer | undefined, error: ConnectError | undefined) {
  if (!call.route.format.isEnveloped) return answerPlain(call, envelope, error);
  const { tail, trailers } = endOf(call, error);
  const packed = envelope === undefined ? undefined : pack(call, envelope);
  const message = isPending(packed) ? await packed : packed;
  const packedTail = tail === undefined ? undefined : pack(call, tail);
  const end = isPending(packedTail) ? await packedTail : packedTail;
  const body = message !== undefined && end !== undefined ? Buffer.concat([message, end]) : (message ?? end);
  if (call.transport.isClosed) return;
  const headers = headersOf(call);
  if (!call.transport.isHttp2) headers['content-length'] = body?.length ?? 0;
  call.transport.start(200, headers);
  call.transport.end(body, trailers);
}

/** Begins an answer of several messages. */
export function startStream(call: Call): void {
  if (!call.transport.isClosed) call.transport.start(200, headersOf(call));
}

/** Ends it. */
export async function endStream(call: Call, error: ConnectError | undefined): Promise<void> {
  const { tail, trailers } = endOf(call, error);
  const packed = tail === undefined ? undefined : pack(call, tail);
  const end = isPending(packed) ? await packed : packed;
  if (!call.transport.isClosed) call.transport.end(end, trailers);
}

/** Not `instanceof`: a promise may come from another realm. */
export function isPending(packed: Buffer | Promise<Buffer> | undefined): packed is Promise<Buffer> {
  return packed !== undefined && 'then' in packed;
}

/** Compressed, where that was agreed upon and pays. */
export function pack(call: Call, envelope: Buffer): Buffer | Promise<Buffer> {
  const payload = payloadOf(envelope);
  if (call.compression === undefined || payload.length < COMPRESS_MIN_BYTES) return envelope;
  const flags = (envelope[0] ?? 0) | COMPRESSED_FLAG;
  return call.compression.compress(payload).then((compressed) => toEnvelope(flags, compressed));
}

function headersOf(call: Call): OutgoingHttpHeaders {
  return toNodeHeaders(call.answerHeaders(), call.transport.isHttp2);
}

interface End {
  /** The last envelope. */
  readonly tail?: Buffer;
  readonly trailers?: OutgoingHttpHeaders;
}

const GRPC_OK: End = { trailers: { 'grpc-status': '0' } };
const GRPC_WEB_END_FLAG = 0b1000_0000;
const GRPC_WEB_OK: End = { tail: toEnvelope(GRPC_WEB_END_FLAG, Buffer.from('grpc-status: 0\r\n')) };
const CONNECT_END_FLAG = 0b10;
const CONNECT_OK: End = { tail: toEnvelope(CONNECT_END_FLAG, Buffer.from('{}')) };

/** The status and the trailing metadata, in the form of the protocol. */
function endOf(call: Call, error: ConnectError | undefined): End {
  const isPlain = error === undefined && !call.hasTrailers;
  switch (call.route.format.protocol) {
    case 'grpc':
      return isPlain ? GRPC_OK : { trailers: toNodeHeaders(statusTrailers(call, error), true) };
    case 'grpc-web':
      if (isPlain) return GRPC_WEB_OK;
      return { tail: toEnvelope(GRPC_WEB_END_FLAG, trailerSerialize(statusTrailers(call, error))) };
    case 'connect': {
      if (isPlain) return CONNECT_OK;
      const end = { metadata: call.responseTrailer, ...(error && { error }) };
      return {
        tail: toEnvelope(CONNECT_END_FLAG, createEndStreamSerialization(call.route.jsonOptions).serialize(end)),
      };
    }
  }
}

function statusTrailers(call: Call, error: ConnectError | undefined): Headers {
  const trailers = call.responseTrailer;
  if (error === undefined) return trailers;
  setTrailerStatus(trailers, error);
  // gRPC-Web's clients read the trailers by Connect's rules, and get them as Connect writes them.
  if (call.route.format.protocol === 'grpc') relaxGrpcMessage(trailers);
  return trailers;
}

/** Connect's unary calls: the message is the body, the status that of HTTP (connectrpc.com/docs/protocol). */
async function answerPlain(call: Call, envelope: Buffer | undefined, error: ConnectError | undefined): Promise<void> {
  if (error !== undefined) {
    call.responseHeader.set('content-type', 'application/json');
    // What came over the wire from somebody else is no metadata of this call.
    if (!('isWireError' in error && error.isWireError)) mergeNonProtocolHeaders(call.responseHeader, error.metadata);
  }
  let body = error === undefined ? payloadOf(envelope ?? EMPTY) : errorToJsonBytes(error, call.route.jsonOptions);
  const isCompressed = call.compression !== undefined && body.length >= COMPRESS_MIN_BYTES;
  if (isCompressed) {
    body = await call.compression.compress(body);
    call.responseHeader.set('content-encoding', call.compression.name);
  }
  if (call.transport.isClosed) return;
  const answerHeaders = call.answerHeaders();
  const withTrailers = call.hasTrailers ? trailerMux(call.responseHeader, call.responseTrailer) : answerHeaders;
  const headers = toNodeHeaders(withTrailers, call.transport.isHttp2);
  headers['content-length'] = body.length;
  call.transport.start(error === undefined ? 200 : codeToHttpStatus(error.code), headers);
  call.transport.end(body, undefined);
}

const EMPTY = toEnvelope(0, Buffer.alloc(0));
