// What a server's headers and trailers say in gRPC, whatever else stands in them: only the status decides
// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, "Responses"). It stands alone since Connect, which reads
// what comes out of here, throws at a message, details or a content type that are not as they should be.
import type { IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2';
import { Code, decodeBinaryHeader, encodeBinaryHeader } from '@connectrpc/connect';
import { StatusSchema } from '../../gen/google/rpc/status_pb.ts';

/** `application/grpc`, what it is encoded in, and parameters, in any case (RFC 9110, section 8.3.1). */
const GRPC_TYPE = /^application\/grpc *([+;].*)?$/i;

/** Longest message of a status that is read, in characters as they came. */
const MAX_MESSAGE = 8192;

export type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

export interface GrpcHead {
  readonly status: number;
  readonly header: Headers;
}

/** Whether headers are those of a gRPC answer. Without a content type they may be. */
export function isGrpc(headers: ResponseHeaders): boolean {
  const type = headers['content-type'];
  return headers[':status'] === 200 && (type === undefined || GRPC_TYPE.test(type));
}

/** Headers that are to be read as gRPC. The status of a call is none of them: it stands in the last headers that come. */
export function grpcHead(headers: IncomingHttpHeaders): GrpcHead {
  const header = new Headers({ 'content-type': 'application/grpc' });
  const encoding = headers['grpc-encoding'];
  // Another one matters to a message that is compressed by it, which then cannot be read.
  if (encoding === 'gzip' || encoding === 'br') header.set('grpc-encoding', encoding);
  return { status: 200, header };
}

/** Headers that are not gRPC's, with what can be said of them. */
export function foreignHead(headers: ResponseHeaders): GrpcHead {
  const type = (headers['content-type'] ?? '').replace(/[^\x20-\x7e]+/g, ' ');
  return { status: headers[':status'] ?? 0, header: new Headers({ 'content-type': type }) };
}

/** The status that headers or trailers carry, in a form that Connect reads; empty where there is none. */
export function grpcStatus(headers: IncomingHttpHeaders): Headers {
  const status = headers['grpc-status'];
  if (status === undefined) return new Headers();
  const trailer = new Headers({ 'grpc-status': String(statusCode(String(status))) });
  const message = headers['grpc-message'];
  if (typeof message === 'string') trailer.set('grpc-message', encodeURIComponent(decodeStatusMessage(message)));
  const details = statusDetails(headers['grpc-status-details-bin'], trailer);
  if (details !== undefined) trailer.set('grpc-status-details-bin', details);
  return trailer;
}

/** Details that say the same as the status. Others are left out: Connect would take their code, or a fault in them, for it. */
function statusDetails(text: unknown, trailer: Headers): string | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    const status = decodeBinaryHeader(text, StatusSchema);
    if (String(status.code) !== trailer.get('grpc-status')) return undefined;
    status.message = decodeURIComponent(trailer.get('grpc-message') ?? '');
    return encodeBinaryHeader(status, StatusSchema);
  } catch {
    return undefined;
  }
}

/** A status that is there twice is as bad as the worse one. What is no code is UNKNOWN (statuscodes.md). */
function statusCode(text: string): number {
  const codes = text.split(',').map((part) => {
    const digits = part.trim();
    const code = /^\d{1,9}$/.test(digits) ? Number(digits) : Code.Unknown;
    return code === 0 || code in Code ? code : Code.Unknown;
  });
  return codes.find((code) => code !== 0) ?? 0;
}

/** Percent-decoded as "Status-Message" asks for: what is no escape, or no UTF-8, is shown and never an error. */
export function decodeStatusMessage(text: string): string {
  // Node gives a character for each byte.
  const bytes = text
    .slice(0, MAX_MESSAGE)
    .replace(/%([0-9A-Fa-f]{2})/g, (_escape, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
