// Text of a URL as the value of a scalar field, with its range. The forms are those of the JSON mapping
// (protobuf.dev/programming-guides/json), without the quotes.
import { ScalarType } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';

/** What is wrong with a text, for people; without the name of the field. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

const INTEGER = /^-?[0-9]{1,40}$/;
/** JSON's numbers, leading zeros and all. */
const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]*|[A-Za-z0-9_-]*)={0,2}$/;
const MAX_FLOAT = 3.4028234663852886e38;
const NOT_FINITE: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

type ParseText = (text: string) => string | number | bigint | boolean | Uint8Array;

const int32 = integer(-(2n ** 31n), 2n ** 31n - 1n, Number);
const uint32 = integer(0n, 2n ** 32n - 1n, Number);
const int64 = integer(-(2n ** 63n), 2n ** 63n - 1n, (value) => value);
const uint64 = integer(0n, 2n ** 64n - 1n, (value) => value);

const PARSERS: Readonly<Record<ScalarType, ParseText>> = {
  [ScalarType.STRING]: (text) => text,
  [ScalarType.BOOL]: parseBool,
  [ScalarType.BYTES]: parseBytes,
  [ScalarType.FLOAT]: (text) => parseNumber(text, MAX_FLOAT),
  [ScalarType.DOUBLE]: (text) => parseNumber(text, Number.MAX_VALUE),
  [ScalarType.INT32]: int32,
  [ScalarType.SINT32]: int32,
  [ScalarType.SFIXED32]: int32,
  [ScalarType.UINT32]: uint32,
  [ScalarType.FIXED32]: uint32,
  [ScalarType.INT64]: int64,
  [ScalarType.SINT64]: int64,
  [ScalarType.SFIXED64]: int64,
  [ScalarType.UINT64]: uint64,
  [ScalarType.FIXED64]: uint64,
};

/** The function throws ValueError. */
export function scalarParser(type: ScalarType): ParseText {
  return PARSERS[type];
}

function integer<T>(min: bigint, max: bigint, convert: (value: bigint) => T) {
  return (text: string): T => {
    if (!INTEGER.test(text)) throw new ValueError('must be a whole number in decimal');
    const value = BigInt(text);
    if (value < min || value > max) throw new ValueError(`must be from ${min} to ${max}`);
    return convert(value);
  };
}

function parseNumber(text: string, max: number): number {
  const notFinite = Object.hasOwn(NOT_FINITE, text) ? NOT_FINITE[text] : undefined;
  if (notFinite !== undefined) return notFinite;
  if (!NUMBER.test(text)) throw new ValueError('must be a number, NaN, Infinity or -Infinity');
  const value = Number(text);
  if (Math.abs(value) > max) throw new ValueError(`must be from -${max} to ${max}`);
  return value;
}

function parseBool(text: string): boolean {
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw new ValueError('must be true or false');
}

function parseBytes(text: string): Uint8Array {
  const digits = text.replace(/=+$/, '').length;
  if (!BASE64.test(text) || digits % 4 === 1) {
    throw new ValueError('must be base64 or base64url (in a query, "+" is written %2B)');
  }
  return base64Decode(text);
}
