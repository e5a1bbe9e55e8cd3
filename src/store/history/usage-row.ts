// The usages of a group of components in one bucket, as one row: for each that has any its slot, how many bytes, the bytes.
// The length lets a query of one component pass over the others.
import {
  accountedMs,
  addWrittenUsage,
  observationCount,
  type UsageRecorder,
  writeUsage,
} from '../../core/history/usage.ts';
import {
  type ByteReader,
  type ByteWriter,
  createByteWriter,
  readVarint,
  writeVarint,
  writtenBytes,
} from '../../core/history/varint.ts';

/** By slot. */
export type GroupUsages = readonly (UsageRecorder | undefined)[];

export type UsageRowEncoder = (usages: GroupUsages, widthMs: number) => Uint8Array | undefined;

/** Makes an encoder that reuses its memory. It gives undefined where there is nothing to keep. */
export function createUsageRowEncoder(): UsageRowEncoder {
  const row = createByteWriter(4096);
  const one = createByteWriter(512);
  return (usages, widthMs) => {
    row.length = 0;
    for (let slot = 0; slot < usages.length; slot++) {
      const usage = usages[slot];
      if (usage === undefined || isEmpty(usage)) continue;
      one.length = 0;
      writeUsage(one, usage, widthMs);
      writeVarint(row, slot);
      writeVarint(row, one.length);
      writeBytes(row, one.bytes.subarray(0, one.length));
    }
    return row.length === 0 ? undefined : writtenBytes(row);
  };
}

/**
 * Adds a row to the usages of those slots that `into` has a usage for.
 * @throws RangeError when the bytes are of no row
 */
export function addUsageRow(into: GroupUsages, bytes: Uint8Array, widthMs: number): void {
  const reader: ByteReader = { bytes, offset: 0 };
  while (reader.offset < bytes.length) {
    const usage = into[readVarint(reader)];
    const length = readVarint(reader);
    const end = reader.offset + length;
    if (usage !== undefined) addWrittenUsage(usage, reader, widthMs);
    reader.offset = end;
  }
}

function isEmpty(usage: UsageRecorder): boolean {
  return accountedMs(usage) === 0 && observationCount(usage) === 0;
}

function writeBytes(writer: ByteWriter, bytes: Uint8Array): void {
  const needed = writer.length + bytes.length;
  if (needed > writer.bytes.length) {
    const grown = new Uint8Array(needed * 2);
    grown.set(writer.bytes);
    writer.bytes = grown;
  }
  writer.bytes.set(bytes, writer.length);
  writer.length = needed;
}
