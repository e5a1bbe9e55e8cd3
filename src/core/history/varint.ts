// Whole numbers in as few bytes as they need (LEB128, as in protobuf), one after another: what history writes compactly is
// written with these.

/** Bytes so far are `bytes` up to `length`. */
export interface ByteWriter {
  bytes: Uint8Array;
  length: number;
}

/** `offset` moves on with every number that is read. */
export interface ByteReader {
  readonly bytes: Uint8Array;
  offset: number;
}

/** Numbers of more bytes are above what a JavaScript number holds exactly. */
const MAX_BYTES = 8;

export function createByteWriter(capacityBytes = 64): ByteWriter {
  return { bytes: new Uint8Array(capacityBytes), length: 0 };
}

/** A copy of what was written. */
export function writtenBytes({ bytes, length }: ByteWriter): Uint8Array {
  return bytes.slice(0, length);
}

/** @param value A whole number from 0 to 2^53 - 1. */
export function writeVarint(writer: ByteWriter, value: number): void {
  if (writer.length + MAX_BYTES > writer.bytes.length) grow(writer);
  let rest = value;
  while (rest >= 0x80) {
    writer.bytes[writer.length++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  writer.bytes[writer.length++] = rest;
}

/** @throws RangeError when the bytes end within the number, or it is above 2^53 - 1 */
export function readVarint(reader: ByteReader): number {
  const first = readByte(reader);
  return first < 0x80 ? first : readRest(reader, first & 0x7f);
}

function readRest(reader: ByteReader, low: number): number {
  let value = low;
  let scale = 0x80;
  for (let read = 1; read < MAX_BYTES; read++) {
    const byte = readByte(reader);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80 && Number.isSafeInteger(value)) return value;
    scale *= 0x80;
  }
  throw new RangeError('a number in the bytes is too large');
}

function readByte(reader: ByteReader): number {
  const byte = reader.bytes[reader.offset++];
  if (byte === undefined) throw new RangeError('the bytes end within a number');
  return byte;
}

function grow(writer: ByteWriter): void {
  const bytes = new Uint8Array(Math.max(64, writer.bytes.length * 2));
  bytes.set(writer.bytes);
  writer.bytes = bytes;
}
