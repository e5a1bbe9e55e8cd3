// Chunks of a request into whole envelopes.
import { ENVELOPE_PREFIX_BYTES } from '../calls/envelope.ts';

const NONE = Buffer.alloc(0);

export class EnvelopeSplitter {
  readonly #maxBytes: number;
  /** What is no whole envelope yet. */
  #chunks: Buffer[] = [];
  #restBytes = 0;
  /** What the rest must have before there is anything new to see in it. */
  #neededBytes = ENVELOPE_PREFIX_BYTES;
  #oversizedBytes: number | undefined;

  /** @param maxBytes of one message */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get restBytes(): number {
    return this.#restBytes;
  }

  /** Length of the first message that is larger than it may be. What follows it is not looked at. */
  get oversizedBytes(): number | undefined {
    return this.#oversizedBytes;
  }

  /** The envelopes that are whole now, one behind the other. None where one of them is too large: lengths are looked at first. */
  push(chunk: Buffer): Buffer {
    this.#chunks.push(chunk);
    this.#restBytes += chunk.length;
    if (this.#oversizedBytes !== undefined || this.#restBytes < this.#neededBytes) return NONE;
    const bytes = this.rest();
    const end = this.#findEnd(bytes);
    if (end < bytes.length) this.#chunks = [bytes.subarray(end)];
    this.#restBytes = bytes.length - end;
    return end === bytes.length ? bytes : bytes.subarray(0, end);
  }

  /** Takes what is no whole envelope. */
  rest(): Buffer {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#restBytes = 0;
    return bytes;
  }

  /** Behind the last whole envelope. */
  #findEnd(bytes: Buffer): number {
    let end = 0;
    this.#neededBytes = ENVELOPE_PREFIX_BYTES;
    while (end + ENVELOPE_PREFIX_BYTES <= bytes.length) {
      const length = bytes.readUInt32BE(end + 1);
      if (length > this.#maxBytes) {
        this.#oversizedBytes = length;
        return 0;
      }
      this.#neededBytes = ENVELOPE_PREFIX_BYTES + length;
      if (end + this.#neededBytes > bytes.length) break;
      end += this.#neededBytes;
      this.#neededBytes = ENVELOPE_PREFIX_BYTES;
    }
    return end;
  }
}
