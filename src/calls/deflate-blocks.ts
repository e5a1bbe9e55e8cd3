// Messages as blocks of deflate (RFC 1951) that end at a byte and refer to nothing before them, so that they can follow anything.
import { promisify } from 'node:util';
import { constants, deflateRaw, deflateRawSync } from 'node:zlib';

/** As the other compressions have it: what is smaller is not worth deflating. */
const DEFLATE_MIN_BYTES = 1024;
/** What is larger is deflated in a thread. */
const MAX_BYTES_AT_ONCE = 32_768;
/** In threads at the same time: others need those too, such as who looks a name up. */
const MAX_DEFLATING = 4;
const MAX_STORED_BYTES = 65_535;
/** Not the last block, and stored; nothing. Go's reader hands out what it has read only here, as zlib puts one behind each message too. */
const EMPTY_BLOCK = Buffer.from([0, 0, 0, 0xff, 0xff]);
/** Whole blocks, without the last one of a stream. */
export const TO_A_BYTE = { finishFlush: constants.Z_SYNC_FLUSH };

const deflateLater = promisify(deflateRaw);

let deflating = 0;

/** Blocks that can stand anywhere in a stream. Nothing waits: where too much is deflated already, they are not compressed. */
export function toBlocks(bytes: Buffer): Buffer | Promise<Buffer> {
  if (bytes.length < DEFLATE_MIN_BYTES) return storedBlocks(bytes);
  if (bytes.length <= MAX_BYTES_AT_ONCE) return deflateRawSync(bytes, TO_A_BYTE);
  if (deflating >= MAX_DEFLATING) return storedBlocks(bytes);
  deflating += 1;
  return deflateLater(bytes, TO_A_BYTE).finally(() => {
    deflating -= 1;
  });
}

function storedBlocks(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += MAX_STORED_BYTES) {
    const part = bytes.subarray(at, at + MAX_STORED_BYTES);
    // Not the last block, not compressed; its length, and the complement of that.
    const head = Buffer.alloc(5);
    head.writeUInt16LE(part.length, 1);
    head.writeUInt16LE(part.length ^ 0xffff, 3);
    parts.push(head, part);
  }
  return Buffer.concat([...parts, EMPTY_BLOCK]);
}
