// Bytes of answers: a message, or the end of its call, behind a prefix of flags and length, and the other forms in which they
// are sent. What is answered again and again takes each form once.
// grpc.github.io/grpc/core/md_doc__p_r_o_t_o_c_o_l-_h_t_t_p2.html (Length-Prefixed-Message), connectrpc.com/docs/protocol

import { toBlocks } from './deflate-blocks.ts';

export const ENVELOPE_PREFIX_BYTES = 5;

/** Bytes to send. Not to be changed. */
export class Body {
  readonly bytes: Buffer;
  #text: string | undefined;
  #blocks: Buffer | Promise<Buffer> | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Each byte as a character. */
  get text(): string {
    this.#text ??= this.bytes.toString('latin1');
    return this.#text;
  }

  /** Deflated, for a stream. A promise where that takes long. */
  get blocks(): Buffer | Promise<Buffer> {
    this.#blocks ??= toBlocks(this.bytes);
    return this.#blocks;
  }
}

export class Envelope extends Body {
  #payload: Body | undefined;
  #tail: Envelope | undefined;
  #withTail: Body | undefined;

  get flags(): number {
    return this.bytes[0] ?? 0;
  }

  get payloadBytes(): number {
    return this.bytes.length - ENVELOPE_PREFIX_BYTES;
  }

  get payload(): Body {
    this.#payload ??= new Body(this.bytes.subarray(ENVELOPE_PREFIX_BYTES));
    return this.#payload;
  }

  /** Both, as one. */
  followedBy(tail: Envelope): Body {
    if (this.#withTail === undefined || this.#tail !== tail) {
      this.#tail = tail;
      this.#withTail = new Body(Buffer.concat([this.bytes, tail.bytes]));
    }
    return this.#withTail;
  }
}

export function toEnvelope(flags: number, payload: Uint8Array): Envelope {
  const bytes = Buffer.allocUnsafe(ENVELOPE_PREFIX_BYTES + payload.length);
  bytes[0] = flags;
  bytes.writeUInt32BE(payload.length, 1);
  bytes.set(payload, ENVELOPE_PREFIX_BYTES);
  return new Envelope(bytes);
}
