// The body of a request that holds one message, chunk by chunk, into that message or what is wrong with it. The faults
// are Connect's own, in its order: what is wrong with any length in a chunk comes before what is wrong with a message.
import type { Message } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { ENVELOPE_PREFIX_BYTES } from './envelope.ts';
import type { Format } from './formats.ts';

export type Parse = (chunk: Buffer, from: number, to: number) => Message;

/** Where a message stands. No view of its own, since making one costs as much as looking the message up. */
interface Span {
  readonly chunk: Buffer;
  readonly from: number;
  readonly to: number;
}

export interface RequestReader {
  /** True once nothing that follows can change what is read: the rest need not be kept. */
  push(chunk: Buffer): boolean;
  /** The body is complete. */
  end(): void;
  /** The messages in order, then the fault if there is one. */
  messages(parse: Parse): Generator<Message, void>;
  /** The one message that there is. @throws ConnectError */
  single(parse: Parse): Message;
}

/** @param fault What is wrong before anything is read. */
export function createRequestReader(
  format: Format,
  maxBytes: number,
  contentLength: string | undefined,
  fault: ConnectError | undefined,
): RequestReader {
  return format.isEnveloped
    ? new EnvelopeReader(maxBytes, format.endFlag, fault)
    : new PlainReader(maxBytes, contentLength, fault);
}

const COMPRESSED_FLAG = 1;
/** Of the messages only two matter: the one that is expected, and the one too many. */
const MAX_MESSAGES = 2;

// A class, like all that is made anew for every call: closures would be made with it.
class EnvelopeReader implements RequestReader {
  readonly #maxBytes: number;
  readonly #endFlag: number;
  #fault: ConnectError | undefined;
  readonly #found: Span[] = [];
  /** Chunks that are not opened yet. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** What the rest must have before there is anything new to see in it. */
  #neededBytes = ENVELOPE_PREFIX_BYTES;

  constructor(maxBytes: number, endFlag: number, fault: ConnectError | undefined) {
    this.#maxBytes = maxBytes;
    this.#endFlag = endFlag;
    this.#fault = fault;
  }

  #isDone(): boolean {
    return this.#fault !== undefined || this.#found.length >= MAX_MESSAGES;
  }

  push(chunk: Buffer): boolean {
    if (this.#isDone()) return true;
    this.#rest.push(chunk);
    this.#restBytes += chunk.length;
    if (this.#restBytes < this.#neededBytes) return false;
    const bytes = this.#rest.length === 1 ? chunk : Buffer.concat(this.#rest);
    let end = 0;
    this.#neededBytes = ENVELOPE_PREFIX_BYTES;
    // Lengths first, then what the envelopes hold.
    while (end + ENVELOPE_PREFIX_BYTES <= bytes.length) {
      const length = bytes.readUInt32BE(end + 1);
      if (length > this.#maxBytes) {
        this.#fault = tooLarge(length, this.#maxBytes);
        return true;
      }
      if (end + ENVELOPE_PREFIX_BYTES + length > bytes.length) {
        this.#neededBytes = ENVELOPE_PREFIX_BYTES + length;
        break;
      }
      end += ENVELOPE_PREFIX_BYTES + length;
    }
    for (let start = 0; start < end && !this.#isDone(); ) start = this.#open(bytes, start);
    this.#restBytes = bytes.length - end;
    this.#rest = this.#restBytes === 0 ? [] : [bytes.subarray(end)];
    return this.#isDone();
  }

  #open(bytes: Buffer, start: number): number {
    const flags = bytes[start] ?? 0;
    const from = start + ENVELOPE_PREFIX_BYTES;
    const to = from + bytes.readUInt32BE(start + 1);
    if ((flags & COMPRESSED_FLAG) !== 0) {
      const message = 'received compressed envelope, but do not know how to decompress';
      this.#fault = new ConnectError(message, Code.Internal);
    } else if (this.#endFlag === 0 || (flags & this.#endFlag) === 0) {
      this.#found.push({ chunk: bytes, from, to });
    }
    return to;
  }

  end(): void {
    // A prefix alone is no fault to Connect: then a message is missing.
    const isPrefix = this.#restBytes === ENVELOPE_PREFIX_BYTES;
    if (this.#isDone() || this.#restBytes === 0 || isPrefix) return;
    this.#fault = new ConnectError('protocol error: incomplete envelope', Code.InvalidArgument);
  }

  *messages(parse: Parse): Generator<Message, void> {
    for (const { chunk, from, to } of this.#found) yield parse(chunk, from, to);
    if (this.#fault !== undefined) throw this.#fault;
  }

  single(parse: Parse): Message {
    const only = this.#found.length === 1 && this.#fault === undefined ? this.#found[0] : undefined;
    return only === undefined ? readSingle(this.messages(parse), 'unary') : parse(only.chunk, only.from, only.to);
  }
}

class PlainReader implements RequestReader {
  readonly #maxBytes: number;
  readonly #promisedBytes: number | undefined;
  #fault: ConnectError | undefined;
  #chunks: Buffer[] = [];
  #count = 0;

  constructor(maxBytes: number, contentLength: string | undefined, fault: ConnectError | undefined) {
    this.#maxBytes = maxBytes;
    const promised = Number.parseInt(contentLength ?? '', 10);
    this.#promisedBytes = Number.isSafeInteger(promised) && promised >= 0 ? promised : undefined;
    this.#fault =
      fault ?? (this.#promisedBytes && this.#promisedBytes > maxBytes ? tooLarge(promised, maxBytes) : undefined);
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

  *messages(parse: Parse): Generator<Message, void> {
    yield this.single(parse);
  }

  single(parse: Parse): Message {
    if (this.#fault !== undefined) throw this.#fault;
    const [first] = this.#chunks;
    const body = first === undefined || this.#chunks.length > 1 ? Buffer.concat(this.#chunks) : first;
    return parse(body, 0, body.length);
  }
}

/** @throws ConnectError when there are none or several */
export function readSingle(messages: Iterable<Message>, kind: 'unary' | 'server-streaming'): Message {
  let first: Message | undefined;
  for (const message of messages) {
    if (first !== undefined) {
      const text = `protocol error: received extra input message for ${kind} method`;
      throw new ConnectError(text, Code.Unimplemented);
    }
    first = message;
  }
  if (first !== undefined) return first;
  throw new ConnectError(`protocol error: missing input message for ${kind} method`, Code.Unimplemented);
}

function tooLarge(length: number | undefined, maxBytes: number): ConnectError {
  const size = length === undefined ? 'message size' : `message size ${length}`;
  return new ConnectError(`${size} is larger than configured readMaxBytes ${maxBytes}`, Code.ResourceExhausted);
}

function brokenPromise(promised: number, received: number): ConnectError {
  const message = `protocol error: promised ${promised} bytes, received ${received}`;
  return new ConnectError(message, Code.InvalidArgument);
}
