// JSON as CEL has it (google/cel-spec, doc/langdef.md, "JSON Data Conversion"): numbers are doubles. Converted once for each
// answer, since the library converts an object anew each time that an expression names it.
import { type CelInput, celList, celMap } from '@bufbuild/cel';

/** @throws {SyntaxError} when it is no JSON @throws {RangeError} when it is nested too deep */
export function parseJson(text: string): CelInput {
  return toCel(JSON.parse(text));
}

/** @param value as JSON.parse gives it */
export function toCel(value: unknown): CelInput {
  if (Array.isArray(value)) return celList(value.map(toCel));
  if (typeof value !== 'object' || value === null) return value as string | number | boolean | null;
  return celMap(new Map(Object.entries(value).map(([key, item]) => [key, toCel(item)])));
}
