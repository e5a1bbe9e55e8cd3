// Requests whose body is the message (connectrpc.com/docs/protocol, Unary-Request). The faults are Connect's own.
import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Compression } from '@connectrpc/connect/protocol';
import { type Codec, parseBody } from '../calls/codec.ts';
import type { RequestReader } from '../calls/protocol.ts';
import { tooLarge } from './enveloped-reader.ts';

export class PlainReader implements RequestReader {
  readonly #codec: Codec;
  readonly #compression: Compression | undefined;
  readonly #maxBytes: number;
  readonly #promisedBytes: number | undefined;
  #fault: ConnectError | undefined;
  readonly #chunks: Buffer[] = [];
  #count = 0;

  /** @param compression of the body @param fault what is wrong before anything is read */
  constructor(
    codec: Codec,
    maxBytes: number,
    contentLength: string | undefined,
    compression: Compression | undefined,
    fault: ConnectError | undefined,
  ) {
    this.#codec = codec;
    this.#compression = compression;
    this.#maxBytes = maxBytes;
    const promised = Number.parseInt(contentLength ?? '', 10);
    this.#promisedBytes = Number.isSafeInteger(promised) && promised >= 0 ? promised : undefined;
    this.#fault =
      fault ?? (this.#promisedBytes && this.#promisedBytes > maxBytes ? tooLarge(promised, maxBytes) : undefined);
  }

  get isRefused(): boolean {
    return this.#fault !== undefined;
  }

  push(chunk: Buffer): boolean {
    if (this.#fault !== undefined) return true;
    this.#count += chunk.length;
    if (this.#promisedBytes === undefined) {
      if (this.#count > this.#maxBytes) this.#fault = tooLarge(undefined, this.#maxBytes);
    } else if (this.#count > this.#promisedBytes) {
      this.#fault = brokenPromise(this.#promisedBytes, this.#count);
    }
    this.#chunks.push(chunk);
    return this.#fault !== undefined;
  }

  end(): void {
    if (this.#fault !== undefined || this.#promisedBytes === undefined) return;
    if (this.#count < this.#promisedBytes) this.#fault = brokenPromise(this.#promisedBytes, this.#count);
  }

  message(): Message | Promise<Message> {
    if (this.#fault !== undefined) throw this.#fault;
    const [first] = this.#chunks;
    const body = first === undefined || this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first;
    return parseBody(this.#codec, body, this.#compression, this.#maxBytes);
  }
}

function brokenPromise(promised: number, received: number): ConnectError {
  const message = `protocol error: promised ${promised} bytes, received ${received}`;
  return new ConnectError(message, Code.InvalidArgument);
}
