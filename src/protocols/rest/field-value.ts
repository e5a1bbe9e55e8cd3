// Text of a URL as the value of any field that has a text form: scalars, enums, and the well-known types whose JSON is
// a string or a scalar. Other messages and maps have none.
import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  ScalarType,
} from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { findTextFault } from '../../calls/json-values.ts';
import type { NearestName } from './nearest-name.ts';
import { scalarParser, ValueError } from './scalar-value.ts';

/** Makes a value in the form that `ReflectMessage.set` and `ReflectList.add` take. Throws ValueError. */
export type ParseValue = (text: string) => unknown;

/** Messages whose JSON is a string, and what such a string looks like. */
const STRING_FORMS: Readonly<Record<string, string>> = {
  'google.protobuf.Timestamp': 'must be a time such as 2026-01-31T12:00:00Z',
  'google.protobuf.Duration': 'must be a duration in seconds such as 1.5s',
  'google.protobuf.FieldMask': 'must be field names with commas between, such as displayName,owner.id',
};
/** Messages whose JSON has a form of its own that is no text. */
const OTHER_FORMS: ReadonlySet<string> = new Set([
  'google.protobuf.Struct',
  'google.protobuf.Value',
  'google.protobuf.ListValue',
  'google.protobuf.Any',
]);

/** Whether it is one value to people, so that paths do not go into it. */
export function isValueMessage(desc: DescMessage): boolean {
  return Object.hasOwn(STRING_FORMS, desc.typeName) || isWrapperDesc(desc) || OTHER_FORMS.has(desc.typeName);
}

/** For one value: of a list, one element, of a map the value of one entry. Undefined for a field that no text can fill. */
export function valueParser(field: DescField, nearestName: NearestName): ParseValue | undefined {
  if (field.enum !== undefined) return enumParser(field.enum, nearestName);
  if (field.message !== undefined) return messageParser(field.message);
  return scalarParser(field.scalar ?? ScalarType.STRING);
}

/** The scalar that one value is, a wrapper's too. */
export function scalarOf({ message, scalar }: DescField): ScalarType | undefined {
  return message !== undefined && isWrapperDesc(message) ? message.fields[0]?.scalar : scalar;
}

/** What is wrong with one value as JSON has it; undefined where that is for the reader to say. */
export function findValueFault(field: DescField, json: JsonValue, nearestName: NearestName): string | undefined {
  if (json === null) return 'must not be null';
  const scalar = scalarOf(field);
  const isText = typeof json === 'string';
  if (scalar === ScalarType.STRING) return isText ? undefined : 'must be a string';
  if (scalar === ScalarType.BYTES && !isText) return 'must be base64 in a string';
  if (scalar === ScalarType.BOOL) {
    const quoted = json === 'true' || json === 'false' ? ', without quotes' : '';
    return typeof json === 'boolean' ? undefined : `must be true or false${quoted}`;
  }
  if (field.message !== undefined && !isText && Object.hasOwn(STRING_FORMS, field.message.typeName)) {
    return STRING_FORMS[field.message.typeName];
  }
  try {
    valueParser(field, nearestName)?.(isText ? json : JSON.stringify(json));
    return undefined;
  } catch (error) {
    if (error instanceof ValueError) return error.message;
    throw error;
  }
}

function messageParser(desc: DescMessage): ParseValue | undefined {
  if (isWrapperDesc(desc)) {
    const [valueField] = desc.fields;
    const parse = scalarParser(valueField?.scalar ?? ScalarType.STRING);
    return (text) => reflect(desc, create(desc, { value: parse(text) }));
  }
  if (!Object.hasOwn(STRING_FORMS, desc.typeName)) return undefined;
  const form = STRING_FORMS[desc.typeName];
  return (text) => {
    const fault = findTextFault(desc, text);
    if (fault !== undefined) throw new ValueError(fault);
    try {
      return reflect(desc, fromJson(desc, text));
    } catch {
      throw new ValueError(form);
    }
  };
}

function enumParser(desc: DescEnum, nearestName: NearestName): ParseValue {
  const numberOf = scalarParser(ScalarType.INT32);
  return (text) => {
    const named = desc.values.find(({ name }) => name === text);
    if (named !== undefined) return named.number;
    if (/^-?[0-9]+$/.test(text)) {
      const number = numberOf(text);
      if (desc.open || desc.values.some((value) => value.number === number)) return number;
    }
    const names = desc.values.map(({ name }) => name);
    const nearest = nearestName(text.slice(0, 64), names);
    const hint = nearest === undefined ? `one of ${names.slice(0, 8).join(', ')}` : `did you mean ${nearest}?`;
    throw new ValueError(`is not a value of ${desc.name}: ${hint}`);
  };
}
