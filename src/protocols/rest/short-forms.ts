// What REST takes beside protobuf's JSON, as openk.yaml and the command line do: values of enums without their prefix,
// durations such as 24h or 1h30m, and the spellings of true and false that shells use. Connect is ProtoJSON to the letter.
import type { DescField, DescMessage, JsonValue } from '@bufbuild/protobuf';
import { ScalarType, toJson } from '@bufbuild/protobuf';
import { DurationSchema } from '@bufbuild/protobuf/wkt';
import { parseDuration } from '../../config/duration.ts';
import { findField } from './field-path.ts';
import { findValueFault, isValueMessage, type ParseValue, scalarOf, valueParser } from './field-value.ts';
import type { NearestName } from './nearest-name.ts';
import { ValueError } from './scalar-value.ts';

/** As Go's flags have them. */
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'True', 'TRUE'].map((text): [string, boolean] => [text, true]),
  ...['0', 'f', 'F', 'false', 'False', 'FALSE'].map((text): [string, boolean] => [text, false]),
]);

/** Like `valueParser`, of short forms too. */
export function shortValueParser(field: DescField, nearestName: NearestName): ParseValue | undefined {
  const parse = field.fieldKind === 'map' ? undefined : valueParser(field, nearestName);
  if (parse === undefined || !hasShortForms(field)) return parse;
  return (text) => {
    const long = lengthen(field, text);
    try {
      return parse(typeof long === 'boolean' ? String(long) : long);
    } catch (error) {
      throw error instanceof ValueError && isDuration(field) ? new ValueError(DURATION_FORM) : error;
    }
  };
}

/** Like `findValueFault`, in the words of short forms. */
export function findShortValueFault(field: DescField, json: JsonValue, nearestName: NearestName): string | undefined {
  const fault = findValueFault(field, json, nearestName);
  return fault !== undefined && json !== null && isDuration(field) ? DURATION_FORM : fault;
}

const DURATION_FORM = 'must be a duration such as 1.5s, 30s, 5m or 24h';

/** The same message without short forms: what is not one of them stays as it is. */
export function lengthenJson(desc: DescMessage, json: JsonValue): JsonValue {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      const field = findField(desc, key);
      return [key, field === undefined ? value : lengthenField(field, value)];
    }),
  );
}

function lengthenField(field: DescField, json: JsonValue): JsonValue {
  if (field.fieldKind === 'list') return Array.isArray(json) ? json.map((each) => lengthenValue(field, each)) : json;
  if (field.fieldKind !== 'map') return lengthenValue(field, json);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, lengthenValue(field, value)]));
}

function lengthenValue(field: DescField, json: JsonValue): JsonValue {
  if (hasShortForms(field)) {
    if (typeof json === 'string') return lengthen(field, json);
    return scalarOf(field) === ScalarType.BOOL && (json === 0 || json === 1) ? json === 1 : json;
  }
  return field.message === undefined || isValueMessage(field.message) ? json : lengthenJson(field.message, json);
}

function hasShortForms(field: DescField): boolean {
  return field.enum !== undefined || isDuration(field) || scalarOf(field) === ScalarType.BOOL;
}

function isDuration({ message }: DescField): boolean {
  return message?.typeName === DurationSchema.typeName;
}

function lengthen(field: DescField, text: string): string | boolean {
  if (scalarOf(field) === ScalarType.BOOL) return BOOLEANS.get(text) ?? text;
  if (field.enum !== undefined) {
    const prefix = field.enum.sharedPrefix?.toUpperCase() ?? '';
    // The zero value says that nothing is said, and has no short name.
    return field.enum.values.some(({ name, number }) => number !== 0 && name === prefix + text) ? prefix + text : text;
  }
  const duration = /[hm]/.test(text) ? parseDuration(text) : undefined;
  return duration === undefined ? text : toJson(DurationSchema, duration);
}
