// The request message of a GET, which stands in the query (connectrpc.com/docs/protocol, Unary-Get-Request).
import type { Message } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Compression } from '@connectrpc/connect/protocol';
import type { Codec } from '../calls/codec.ts';
import { isThenable } from '../calls/invoke.ts';
import type { RequestReader } from '../calls/protocol.ts';
import { parseBody } from './plain-reader.ts';

/** The message of all calls with one query. */
export class QueryMessage {
  readonly compression: Compression | undefined;
  readonly #codec: Codec;
  readonly #maxBytes: number;
  readonly #query: URLSearchParams;
  /** Where calls can share it. */
  #message: Message | undefined;

  constructor(codec: Codec, maxBytes: number, query: URLSearchParams, compression: Compression | undefined) {
    this.#codec = codec;
    this.#maxBytes = maxBytes;
    this.#query = query;
    this.compression = compression;
  }

  /** @throws ConnectError */
  read(): Message | Promise<Message> {
    if (this.#message !== undefined) return this.#message;
    const message = parseBody(this.#codec, readQueryMessage(this.#query), this.compression, this.#maxBytes);
    if (Object.isFrozen(message) && !isThenable<Message>(message)) this.#message = message;
    return message;
  }
}

export class QueryReader implements RequestReader {
  readonly #message: QueryMessage;
  readonly #fault: ConnectError | undefined;

  /** @param fault what is wrong before anything is read */
  constructor(message: QueryMessage, fault: ConnectError | undefined) {
    this.#message = message;
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
    return this.#message.read();
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
