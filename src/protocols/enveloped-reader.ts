// Requests of messages in envelopes, of which a call has one. The faults are Connect's own, in its order: what is wrong with
// any length in a chunk comes before what is wrong with a message.
import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Compression } from '@connectrpc/connect/protocol';
import { type Codec, parseBody } from '../calls/codec.ts';
import { COMPRESSED_FLAG } from '../calls/compression.ts';
import { ENVELOPE_PREFIX_BYTES } from '../calls/envelope.ts';
import type { RequestReader } from '../calls/protocol.ts';
import { EnvelopeSplitter } from './envelope-splitter.ts';

/** Where a message stands. No view of its own, since making one costs as much as looking the message up. */
interface Span {
  readonly chunk: Buffer;
  readonly from: number;
  readonly to: number;
  readonly isCompressed: boolean;
}

/** What the requests of a method in one form have in common. */
export interface EnvelopedInput {
  readonly codec: Codec;
  readonly kind: 'unary' | 'server-streaming';
  /** Largest message, in bytes. */
  readonly maxBytes: number;
  /** Envelopes with this flag are no messages. Zero: there are none. */
  readonly endFlag: number;
}

/** Of the messages only two matter: the one that is expected, and the one too many. */
const MAX_MESSAGES = 2;

// A class, like all that is made anew for every call: closures would be made with it.
export class EnvelopedReader implements RequestReader {
  readonly #input: EnvelopedInput;
  readonly #compression: Compression | undefined;
  #fault: ConnectError | undefined;
  readonly #found: Span[] = [];
  readonly #splitter: EnvelopeSplitter;

  /** @param compression of the messages that are @param fault what is wrong before anything is read */
  constructor(input: EnvelopedInput, compression: Compression | undefined, fault: ConnectError | undefined) {
    this.#input = input;
    this.#splitter = new EnvelopeSplitter(input.maxBytes);
    this.#compression = compression;
    this.#fault = fault;
  }

  get isRefused(): boolean {
    return this.#fault !== undefined && this.#found.length === 0;
  }

  #isDone(): boolean {
    return this.#fault !== undefined || this.#found.length >= MAX_MESSAGES;
  }

  push(chunk: Buffer): boolean {
    if (this.#isDone()) return true;
    const whole = this.#splitter.push(chunk);
    const { oversizedBytes } = this.#splitter;
    if (oversizedBytes !== undefined) this.#fault = tooLarge(oversizedBytes, this.#input.maxBytes);
    for (let start = 0; start < whole.length && !this.#isDone(); ) start = this.#open(whole, start);
    return this.#isDone();
  }

  #open(bytes: Buffer, start: number): number {
    const flags = bytes[start] ?? 0;
    const from = start + ENVELOPE_PREFIX_BYTES;
    const to = from + bytes.readUInt32BE(start + 1);
    const isCompressed = (flags & COMPRESSED_FLAG) !== 0;
    const { endFlag } = this.#input;
    if (isCompressed && this.#compression === undefined) {
      const message = 'received compressed envelope, but do not know how to decompress';
      this.#fault = new ConnectError(message, Code.Internal);
    } else if (endFlag === 0 || (flags & endFlag) === 0) {
      this.#found.push({ chunk: bytes, from, to, isCompressed });
    }
    return to;
  }

  end(): void {
    // A prefix alone is no fault to Connect: then a message is missing.
    const { restBytes } = this.#splitter;
    const isPrefix = restBytes === ENVELOPE_PREFIX_BYTES;
    if (this.#isDone() || restBytes === 0 || isPrefix) return;
    this.#fault = new ConnectError('protocol error: incomplete envelope', Code.InvalidArgument);
  }

  message(): Message | Promise<Message> {
    const { kind } = this.#input;
    const [first, second] = this.#found;
    if (first === undefined) throw this.#fault ?? unfit(`missing input message for ${kind} method`);
    const message = this.#parse(first);
    if (second === undefined && this.#fault === undefined) return message;
    return this.#refuse(message, second);
  }

  /** What is wrong behind the first message, once that can be read. */
  async #refuse(first: Message | Promise<Message>, second: Span | undefined): Promise<never> {
    await first;
    if (second === undefined) throw this.#fault;
    await this.#parse(second);
    throw unfit(`received extra input message for ${this.#input.kind} method`);
  }

  #parse({ chunk, from, to, isCompressed }: Span): Message | Promise<Message> {
    const { codec, maxBytes } = this.#input;
    if (!isCompressed) return codec.parse(chunk, from, to);
    return parseBody(codec, chunk.subarray(from, to), this.#compression, maxBytes);
  }
}

function unfit(what: string): ConnectError {
  return new ConnectError(`protocol error: ${what}`, Code.Unimplemented);
}

export function tooLarge(length: number | undefined, maxBytes: number): ConnectError {
  const size = length === undefined ? 'message size' : `message size ${length}`;
  return new ConnectError(`${size} is larger than configured readMaxBytes ${maxBytes}`, Code.ResourceExhausted);
}
