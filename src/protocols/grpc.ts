// gRPC and gRPC-Web: the same messages and the same status, which the one has in trailers and the other in a last envelope.
// grpc.github.io/grpc/core/md_doc__p_r_o_t_o_c_o_l-_h_t_t_p2.html, …/md_doc__p_r_o_t_o_c_o_l-_w_e_b.html
import type { ConnectError } from '@connectrpc/connect';
import { grpcStatusOk, parseTimeout, setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { trailerFlag, trailerSerialize } from '@connectrpc/connect/protocol-grpc-web';
import { toEnvelope } from '../calls/envelope.ts';
import { toTrailers } from '../calls/node-headers.ts';
import type { Call, StreamProtocol } from '../calls/protocol.ts';
import { BROWSER_STREAM, type End, envelopedProtocol } from './enveloped.ts';
import { relaxGrpcMessage } from './grpc-message.ts';

const MAX_TIMEOUT_MS = Number.MAX_SAFE_INTEGER;
export const GRPC_ENCODING = 'grpc-encoding';

const COMMON = {
  encodingHeader: GRPC_ENCODING,
  acceptEncodingHeader: 'grpc-accept-encoding',
  presetTrailers: { 'grpc-status': grpcStatusOk },
  readTimeout({ 'grpc-timeout': value }: NodeJS.Dict<string | string[]>) {
    return typeof value === 'string' ? parseTimeout(value, MAX_TIMEOUT_MS) : undefined;
  },
};

const GRPC_OK: End = { trailers: { 'grpc-status': grpcStatusOk } };
const GRPC_WEB_OK: End = { tail: toEnvelope(trailerFlag, Buffer.from(`grpc-status: ${grpcStatusOk}\r\n`)) };

export type GrpcCodec = 'proto' | 'json';

export function grpc(codec: GrpcCodec): StreamProtocol {
  return envelopedProtocol({
    ...COMMON,
    name: 'grpc',
    hasTrailers: true,
    gzipsBody: false,
    contentType: `application/grpc+${codec}`,
    // Proxies that speak gRPC hold nothing back.
    streamHeaders: [],
    endOf(call, error) {
      if (error === undefined && !call.hasTrailers) return GRPC_OK;
      const trailers = statusTrailers(call, error);
      // gRPC-Web's clients read the trailers by Connect's rules, and get them as Connect writes them.
      if (error !== undefined) relaxGrpcMessage(trailers);
      return { trailers: toTrailers(trailers) };
    },
  });
}

export function grpcWeb(codec: GrpcCodec): StreamProtocol {
  return envelopedProtocol({
    ...COMMON,
    name: 'grpc-web',
    hasTrailers: false,
    gzipsBody: true,
    contentType: `application/grpc-web+${codec}`,
    streamHeaders: BROWSER_STREAM,
    endOf(call, error) {
      if (error === undefined && !call.hasTrailers) return GRPC_WEB_OK;
      return { tail: toEnvelope(trailerFlag, trailerSerialize(statusTrailers(call, error))) };
    },
  });
}

function statusTrailers(call: Call, error: ConnectError | undefined): Headers {
  const trailers = call.responseTrailer;
  if (error !== undefined) setTrailerStatus(trailers, error);
  return trailers;
}
