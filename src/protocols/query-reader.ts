// The request message of a GET, which stands in the query (connectrpc.com/docs/protocol, Unary-Get-Request).
import { base64Decode } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Compression } from '@connectrpc/connect/protocol';
import { type Codec, parseBody } from '../calls/codec.ts';
import type { RequestReader } from '../calls/protocol.ts';
import { knownReader, refusedReader } from '../calls/readers.ts';

/** An error for one that cannot be read. */
export type QueryMessage = Buffer | ConnectError;

/** Whatever stands in the body is nobody's. @param fault what is wrong before anything is read */
export function queryReader(
  codec: Codec,
  message: QueryMessage,
  maxBytes: number,
  compression: Compression | undefined,
  fault: ConnectError | undefined,
): RequestReader {
  if (fault !== undefined) return refusedReader(fault);
  if (!Buffer.isBuffer(message)) return refusedReader(message);
  return knownReader(() => parseBody(codec, message, compression, maxBytes));
}

/** Connect's own handlers say `internal` of base64 that is none, as if the server were at fault. */
export function readQueryMessage(query: URLSearchParams): QueryMessage {
  const message = query.get('message') ?? '';
  if (query.get('base64') !== '1') return Buffer.from(message);
  try {
    return Buffer.from(base64Decode(message));
  } catch {
    const fault = 'the query parameter message is no base64, and base64=1 says that it is';
    return new ConnectError(fault, Code.InvalidArgument);
  }
}
