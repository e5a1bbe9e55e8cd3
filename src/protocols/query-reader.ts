// The request message of a GET, which stands in the query (connectrpc.com/docs/protocol, Unary-Get-Request).
import type { Message } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Compression } from '@connectrpc/connect/protocol';
import type { Codec } from '../calls/codec.ts';
import type { RequestReader } from '../calls/protocol.ts';
import { parseBody } from './plain-reader.ts';

export class QueryReader implements RequestReader {
  readonly #codec: Codec;
  readonly #maxBytes: number;
  readonly #query: URLSearchParams;
  readonly #compression: Compression | undefined;
  readonly #fault: ConnectError | undefined;

  /** @param fault what is wrong before anything is read */
  constructor(
    codec: Codec,
    maxBytes: number,
    query: URLSearchParams,
    compression: Compression | undefined,
    fault: ConnectError | undefined,
  ) {
    this.#codec = codec;
    this.#maxBytes = maxBytes;
    this.#query = query;
    this.#compression = compression;
    this.#fault = fault;
  }

  get isRefused(): boolean {
    return this.#fault !== undefined;
  }

  push(): boolean {
    return true;
  }

  end(): void {}

  message(): Message | Promise<Message> {
    if (this.#fault !== undefined) throw this.#fault;
    return parseBody(this.#codec, readQueryMessage(this.#query), this.#compression, this.#maxBytes);
  }
}

/** @throws ConnectError for base64 that is none. Connect's own handlers say `internal` of it, as if the server were at fault. */
export function readQueryMessage(query: URLSearchParams): Buffer {
  const message = query.get('message') ?? '';
  if (query.get('base64') !== '1') return Buffer.from(message);
  try {
    return Buffer.from(base64Decode(message));
  } catch {
    throw new ConnectError(
      'the query parameter message is no base64, and base64=1 says that it is',
      Code.InvalidArgument,
    );
  }
}
