// A body in gzip that is put together of pieces which were compressed each by itself, so that a piece that says the same the next time needs
// not be compressed again. Blocks of deflate follow one another as they are (RFC 1951); the checksum of the whole follows from those of the
// pieces, as in crc32_combine of zlib (RFC 1952).
import { constants, crc32, deflateRaw } from 'node:zlib';

export interface Piece {
  /** Blocks that end at a byte, none of which is the last of a stream. */
  readonly deflated: Buffer;
  /** Of the text, in bytes. */
  readonly length: number;
  readonly checksum: number;
}

/** The lowest: metrics repeat themselves so much that a higher one gains little for twice the time. */
const COMPRESSION_LEVEL = 1;
const OPTIONS = {
  level: COMPRESSION_LEVEL,
  finishFlush: constants.Z_SYNC_FLUSH,
  // Most pieces take less: what is left over would wait for a collection, with those of hundreds of others.
  chunkSize: 4096,
};

/**
 * What texts are written into. A buffer of its own for each would be garbage that V8 does not see as such: tens of megabytes of a scrape of
 * very many components, which the C library then keeps for good.
 */
const idle: Buffer[] = [];
/** As many are kept as are used at a time, mostly. */
const MAX_IDLE = 16;

/** Made in a thread of the pool. */
export function compressPiece(text: string): Promise<Piece> {
  const length = Buffer.byteLength(text);
  const at = idle.findLastIndex((buffer) => buffer.length >= length);
  const buffer = at < 0 ? Buffer.allocUnsafeSlow(length) : idle.splice(at, 1)[0]!;
  const plain = buffer.subarray(0, buffer.write(text));
  const { promise, resolve, reject } = Promise.withResolvers<Piece>();
  deflateRaw(plain, OPTIONS, (error, deflated) => {
    const checksum = crc32(plain);
    idle.push(buffer);
    if (idle.length > MAX_IDLE) idle.shift();
    if (error !== null) return reject(error);
    // Copied: what zlib gives may be a part of something much larger, and pieces are kept.
    resolve({ deflated: Buffer.from(new Uint8Array(deflated).buffer), length, checksum });
  });
  return promise;
}

/** Deflate, no name, no time; fast; from nowhere. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255]);
/** An empty block that is the last one. */
const END = Buffer.from([3, 0]);

export function gzipOf(pieces: readonly Piece[]): Buffer {
  let [length, checksum] = [0, 0];
  for (const piece of pieces) {
    checksum = (multiply(powerOfBytes(piece.length), checksum) ^ piece.checksum) >>> 0;
    length += piece.length;
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  return Buffer.concat([HEADER, ...pieces.map(({ deflated }) => deflated), END, trailer]);
}

/** The polynomial of CRC-32. In all of these the highest bit is the power 0. */
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;

/** The product of two polynomials over GF(2), by the polynomial. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}

/** x to the power of eight times so many, by the polynomial. */
function powerOfBytes(bytes: number): number {
  let power = ONE;
  // x to the power of 8.
  let square = ONE >>> 8;
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(square, power);
    square = multiply(square, square);
  }
  return power;
}
