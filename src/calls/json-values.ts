// Values in JSON that the reader of protobuf takes and its JSON mapping does not have (protobuf.dev/programming-guides/json):
// days that are not in the calendar and the hour 24, of which it makes others, durations with a text behind them, and numbers in a string that
// are not decimal.
import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  type Registry,
  ScalarType,
} from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';

const TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2})/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * What is wrong with a time that `Date.parse` takes and RFC 3339 (section 5.6) does not have. Undefined for what is no time at all, which is for
 * its reader to say.
 */
export function findTimeFault(time: string): string | undefined {
  const [, year, month, day, hour] = TIME.exec(time)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeap ? 29 : DAYS[month - 1];
  if (days !== undefined && day > days) return `${time.slice(0, 10)} is no day of the calendar`;
  return hour === 24 ? 'the hour is 00 to 23: write 00:00 of the next day' : undefined;
}

/** What is read from its beginning on must also end there. */
function findDurationFault(duration: string): string | undefined {
  return /^-?\d+(?:\.\d+)?s./s.test(duration) ? 'must be a duration in seconds such as 1.5s' : undefined;
}

const WELL_KNOWN: Readonly<Record<string, (text: string) => string | undefined>> = {
  'google.protobuf.Timestamp': findTimeFault,
  'google.protobuf.Duration': findDurationFault,
};

/** Of a message whose JSON is a string that its reader takes: what is wrong with it all the same. */
export function findTextFault({ typeName }: DescMessage, text: string): string | undefined {
  return WELL_KNOWN[typeName]?.(text);
}

/** All that are no numbers. */
const TEXTS: ReadonlySet<ScalarType | undefined> = new Set([
  undefined,
  ScalarType.STRING,
  ScalarType.BYTES,
  ScalarType.BOOL,
]);
const DECIMAL = /^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const NOT_FINITE = /^(?:NaN|-?Infinity)$/;

function findNumberFault(scalar: ScalarType | undefined, json: JsonValue): string | undefined {
  if (typeof json !== 'string' || TEXTS.has(scalar) || DECIMAL.test(json)) return undefined;
  const isFloat = scalar === ScalarType.DOUBLE || scalar === ScalarType.FLOAT;
  if (isFloat) return NOT_FINITE.test(json) ? undefined : 'must be a number, NaN, Infinity or -Infinity';
  return 'must be a whole number in decimal';
}

/** Of JSON that its reader takes: what is wrong with the first value that the mapping does not have, in the words of the reader. */
export function findForeignValue(desc: DescMessage, json: JsonValue | undefined): string | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  for (const [key, value] of Object.entries(json)) {
    const field = desc.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    const fault = field && findInField(field, value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function findInField(field: DescField, json: JsonValue): string | undefined {
  const isMany = (field.fieldKind === 'list' || field.fieldKind === 'map') && typeof json === 'object' && json !== null;
  const { message } = field;
  for (const value of isMany ? (Object.values(json) as JsonValue[]) : [json]) {
    const scalar = message && isWrapperDesc(message) ? message.fields[0]?.scalar : field.scalar;
    const isText = message !== undefined && typeof value === 'string';
    const fault = (isText ? findTextFault(message, value) : undefined) ?? findNumberFault(scalar, value);
    if (fault !== undefined) return `cannot decode field ${field.parent.typeName}.${field.name} from JSON: ${fault}`;
    const inner = message && findForeignValue(message, value);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** As `fromJson`, but for what the mapping does not have. @throws Error */
export function readJson(desc: DescMessage, json: JsonValue, registry: Registry): Message {
  const message = fromJson(desc, json, { registry });
  const fault = findForeignValue(desc, json);
  if (fault !== undefined) throw new Error(fault);
  return message;
}

/**
 * So little text is looked at that most requests are not parsed for it once more: days that may be missing, the hour 24, durations
 * with more behind them, blank strings and strings with a number that begins or ends otherwise than a decimal one does, and escapes, which
 * may hide either.
 */
export const MAY_BE_FAULTY = /-(?:29|3\d)T|\dT24|\ds[^"]|\\|"\s+(?:"|[-+.]?\d)|\d\s+"|"\+|"-?(?:\.\d|0[xXoObB])|\d\."/;
