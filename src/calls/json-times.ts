// Times in JSON on days that the calendar does not have. The reader of protobuf takes 30 February for 2 March, as Date does,
// and answers about another day than was asked for.
import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonValue,
  type Message,
  type Registry,
} from '@bufbuild/protobuf';

const TIMESTAMP = 'google.protobuf.Timestamp';
const DATE = /^(\d{4})-(\d{2})-(\d{2})T/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Undefined where the day is there, and for what is no time at all, which is for the reader to say. */
export function findDayFault(time: string): string | undefined {
  const [, year, month, day] = DATE.exec(time)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = month === 2 && isLeap ? 29 : DAYS[month - 1];
  return days === undefined || day <= days ? undefined : `${time.slice(0, 10)} is no day of the calendar`;
}

/** Of JSON that its reader takes: what it says of the first field, in its words. */
export function findTimeFault(desc: DescMessage, json: JsonValue | undefined): string | undefined {
  if (desc.typeName === TIMESTAMP || typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  for (const [key, value] of Object.entries(json)) {
    const field = desc.fields.find(({ name, jsonName }) => name === key || jsonName === key);
    const fault = field?.message && findInField(field, field.message, value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function findInField(field: DescField, message: DescMessage, json: JsonValue): string | undefined {
  const isMany = field.fieldKind !== 'message' && typeof json === 'object' && json !== null;
  for (const value of isMany ? (Object.values(json) as JsonValue[]) : [json]) {
    const day = message.typeName === TIMESTAMP && typeof value === 'string' ? findDayFault(value) : undefined;
    if (day !== undefined) return `cannot decode field ${field.parent.typeName}.${field.name} from JSON: ${day}`;
    const fault = findTimeFault(message, value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** As `fromJson`, but for days that are not there. @throws Error */
export function readJson(desc: DescMessage, json: JsonValue, registry: Registry): Message {
  const message = fromJson(desc, json, { registry });
  const fault = findTimeFault(desc, json);
  if (fault !== undefined) throw new Error(fault);
  return message;
}

/** So little text is looked at that most requests are not parsed for it once more: no other day can be missing. */
export const MAY_BE_MISSING = /-(?:29|3\d)T|\\/;
