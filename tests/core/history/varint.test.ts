import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createByteWriter, readVarint, writeVarint, writtenBytes } from '../../../src/core/history/varint.ts';

const numbers = fc.oneof(
  fc.nat(300),
  fc.maxSafeNat(),
  fc.integer({ min: 0, max: 52 }).map((power) => 2 ** power),
  fc.integer({ min: 1, max: 53 }).map((power) => 2 ** power - 1),
);

function write(values: readonly number[]): Uint8Array {
  const writer = createByteWriter(1);
  for (const value of values) writeVarint(writer, value);
  return writtenBytes(writer);
}

describe('varints', () => {
  it('read as they were written, one after another', () => {
    fc.assert(
      fc.property(fc.array(numbers), (values) => {
        const reader = { bytes: write(values), offset: 0 };
        expect(values.map(() => readVarint(reader))).toEqual(values);
        expect(reader.offset).toBe(reader.bytes.length);
      }),
    );
  });

  it.each([
    [0, 1],
    [127, 1],
    [128, 2],
    [16_383, 2],
    [16_384, 3],
  ])('take few bytes: %d takes %d', (value, bytes) => {
    expect(write([value])).toHaveLength(bytes);
  });

  it('end with the bytes', () => {
    expect(() => readVarint({ bytes: write([300]).subarray(0, 1), offset: 0 })).toThrow(RangeError);
    expect(() => readVarint({ bytes: new Uint8Array(), offset: 0 })).toThrow(RangeError);
  });

  it('are no larger than a number holds', () => {
    expect(() => readVarint({ bytes: new Uint8Array(16).fill(0xff), offset: 0 })).toThrow('too large');
    expect(() =>
      readVarint({ bytes: Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10), offset: 0 }),
    ).toThrow('too large');
  });
});
