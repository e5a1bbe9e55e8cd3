// The request message of a GET, which stands in the query (connectrpc.com/docs/protocol, Unary-Get-Request).
import type { Message } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Compression } from '@connectrpc/connect/protocol';
import { type Codec, parseBody } from '../calls/codec.ts';
import type { RequestReader } from '../calls/protocol.ts';

/** An error for one that cannot be read. */
export type QueryMessage = Buffer | ConnectError;

export class QueryReader implements RequestReader {
  readonly #codec: Codec;
  readonly #message: QueryMessage;
  readonly #maxBytes: number;
  readonly #compression: Compression | undefined;

  /** @param fault what is wrong before anything is read */
  constructor(
    codec: Codec,
    message: QueryMessage,
    maxBytes: number,
    compression: Compression | undefined,
    fault: ConnectError | undefined,
  ) {
    this.#codec = codec;
    this.#message = fault ?? message;
    this.#maxBytes = maxBytes;
    this.#compression = compression;
  }

  get isRefused(): boolean {
    return this.#message instanceof ConnectError;
  }

  push(): boolean {
    return true;
  }

  end(): void {}

  message(): Message | Promise<Message> {
    if (this.#message instanceof ConnectError) throw this.#message;
    return parseBody(this.#codec, this.#message, this.#compression, this.#maxBytes);
  }
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
