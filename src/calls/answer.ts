// What unary answers and streams have in common on the wire: where each protocol puts its status and its metadata.
import { Code, ConnectError } from '@connectrpc/connect';
import { createEndStreamSerialization } from '@connectrpc/connect/protocol-connect';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { trailerSerialize } from '@connectrpc/connect/protocol-grpc-web';
import type { Call } from './call.ts';
import { type Envelope, toEnvelope } from './envelope.ts';
import { relaxGrpcMessage } from './grpc-message.ts';
import { toTrailers } from './node-headers.ts';

/** As Connect has it: what is smaller is not worth compressing. */
export const COMPRESS_MIN_BYTES = 1024;
const COMPRESSED_FLAG = 1;

/** What the caller may know of a failure. */
export function errorOf({ route }: Call, reason: unknown): ConnectError {
  const error =
    reason instanceof ConnectError
      ? reason
      : new ConnectError('internal error', Code.Internal, undefined, undefined, reason);
  return route.completeError === undefined ? error : route.completeError(error);
}

/** Not `instanceof`: a promise may come from another realm. */
export function isPending(packed: Envelope | Promise<Envelope> | undefined): packed is Promise<Envelope> {
  return packed !== undefined && 'then' in packed;
}

/** Compressed, where that was agreed upon and pays. */
export function pack(call: Call, envelope: Envelope): Envelope | Promise<Envelope> {
  if (call.compression === undefined || envelope.payloadBytes < COMPRESS_MIN_BYTES) return envelope;
  const flags = envelope.flags | COMPRESSED_FLAG;
  return call.compression.compress(envelope.payload.bytes).then((compressed) => toEnvelope(flags, compressed));
}

export interface End {
  /** The last envelope. */
  readonly tail?: Envelope;
  readonly trailers?: Readonly<Record<string, string>>;
}

const GRPC_OK: End = { trailers: { 'grpc-status': '0' } };
const GRPC_WEB_END_FLAG = 0b1000_0000;
const GRPC_WEB_OK: End = { tail: toEnvelope(GRPC_WEB_END_FLAG, Buffer.from('grpc-status: 0\r\n')) };
const CONNECT_END_FLAG = 0b10;
const CONNECT_OK: End = { tail: toEnvelope(CONNECT_END_FLAG, Buffer.from('{}')) };

/** The status and the trailing metadata, in the form of the protocol. */
export function endOf(call: Call, error: ConnectError | undefined): End {
  const isPlain = error === undefined && !call.hasTrailers;
  switch (call.route.format.protocol) {
    case 'grpc':
      return isPlain ? GRPC_OK : { trailers: toTrailers(statusTrailers(call, error)) };
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
