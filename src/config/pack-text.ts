// The text of a large file between two readings: the next one wants all of it, and until then nobody does. Packed it takes about a tenth of the
// room, outside of the heap of V8, and in the thread pool it takes a few milliseconds of nobody's time.
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';

export interface PackedText {
  /** In UTF-8. Undefined where that fails, as without memory: then it is as if nothing had been kept. */
  unpack(): Promise<Buffer | undefined>;
}

const pack = promisify(zstdCompress);
const unpack = promisify(zstdDecompress);

/** The least and the most that are packed and unpacked at once; the library comes back to the event loop between two pieces. */
const [LEAST_PIECE, PIECE] = [64, 2 ** 20];

/** @param bytes of a text in UTF-8 @returns undefined where it cannot be packed */
export async function packText(bytes: Buffer): Promise<PackedText | undefined> {
  try {
    const packed = await pack(bytes, { chunkSize: PIECE });
    // In one piece: where that is full, the library makes room for another.
    const chunkSize = Math.max(bytes.length + 1, LEAST_PIECE);
    return {
      async unpack() {
        try {
          return await unpack(packed, { chunkSize });
        } catch {
          return undefined;
        }
      },
    };
  } catch {
    return undefined;
  }
}
