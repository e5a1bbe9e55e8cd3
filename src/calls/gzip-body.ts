// The body of a stream as gzip (RFC 1952), message by message. The blocks of each are made once for all who are sent it; what a
// stream has of its own is a checksum and a length.
import { crc32, deflateRawSync } from 'node:zlib';
import { TO_A_BYTE } from './deflate-blocks.ts';
import type { Body } from './envelope.ts';

/** Deflate, no flags, no time, by no system in particular. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** Empty, and the last one. */
const LAST_BLOCK = Buffer.from([0x03, 0x00]);
const NOTHING = Buffer.alloc(0);

export class GzipBody {
  #checksum = 0;
  #length = 0;
  #isStarted = false;

  /** What is sent for `body`. One after the other. */
  add(body: Body): Buffer | Promise<Buffer> {
    const start = this.#count(body);
    const { blocks } = body;
    return Buffer.isBuffer(blocks) ? joined(start, blocks) : blocks.then((made) => joined(start, made));
  }

  /** What is sent for the last of it, which is short. */
  end(body: Body | undefined): Buffer {
    const start = body === undefined ? this.#start() : this.#count(body);
    const blocks = body === undefined ? NOTHING : deflateRawSync(body.bytes, TO_A_BYTE);
    const trailer = Buffer.allocUnsafe(8);
    trailer.writeUInt32LE(this.#checksum, 0);
    trailer.writeUInt32LE(this.#length % 2 ** 32, 4);
    return Buffer.concat([start, blocks, LAST_BLOCK, trailer]);
  }

  #start(): Buffer {
    if (this.#isStarted) return NOTHING;
    this.#isStarted = true;
    return HEADER;
  }

  #count({ bytes }: Body): Buffer {
    const start = this.#start();
    this.#checksum = crc32(bytes, this.#checksum);
    this.#length += bytes.length;
    return start;
  }
}

function joined(start: Buffer, blocks: Buffer): Buffer {
  return start === NOTHING ? blocks : Buffer.concat([start, blocks]);
}
