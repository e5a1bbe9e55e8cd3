// JSON as CEL has it (google/cel-spec, doc/langdef.md, "JSON Data Conversion"): numbers are doubles. Converted once for each
// answer, since the library converts an object anew each time that an expression names it.
import {
  type CelInput,
  type CelValue,
  celList,
  celMap,
  isCelList,
  isCelMap,
  isCelType,
  isCelUint,
} from '@bufbuild/cel';
import { isMessage, toJson } from '@bufbuild/protobuf';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';

/** @param value as JSON.parse gives it @throws {RangeError} when it is nested too deep */
export function toCel(value: unknown): CelInput {
  if (Array.isArray(value)) return celList(value.map(toCel));
  if (typeof value !== 'object' || value === null) return value as string | number | boolean | null;
  const map = new Map<string, CelInput>();
  for (const key of Object.keys(value)) map.set(key, toCel((value as Readonly<Record<string, unknown>>)[key]));
  return celMap(map);
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * The JSON of a value (langdef.md, "JSON Data Conversion"): whole numbers that a double cannot hold are texts, bytes are base64.
 * Undefined where it has none: infinity, types, and what is nested too deep.
 */
export function fromCel(value: CelValue): { readonly value: Json } | undefined {
  try {
    return { value: convert(value, 0) };
  } catch (error) {
    if (error instanceof NoJson) return undefined;
    throw error;
  }
}

class NoJson extends Error {}

const MAX_DEPTH = 100;

function convert(value: CelValue, depth: number): Json {
  if (depth > MAX_DEPTH) throw new NoJson();
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'bigint') return wholeNumber(value);
  if (isCelUint(value)) return wholeNumber(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (isCelList(value)) return Array.from(value, (item) => convert(item, depth + 1));
  if (isCelMap(value)) {
    // By defineProperty's rules, so that a key __proto__ is one as any other.
    return Object.fromEntries(Array.from(value, ([key, item]) => [keyText(key), convert(item, depth + 1)]));
  }
  if (typeof value === 'object' && !isCelType(value) && 'message' in value) {
    const { message } = value;
    if (isMessage(message, TimestampSchema)) return toJson(TimestampSchema, message);
    if (isMessage(message, DurationSchema)) return toJson(DurationSchema, message);
  }
  throw new NoJson();
}

function wholeNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function keyText(key: unknown): string {
  return isCelUint(key) ? key.value.toString() : String(key);
}
