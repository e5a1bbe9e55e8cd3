// Single values: the text of a YAML scalar as the type that a field descriptor asks for. Quotes make no difference; the
// field decides what a text is, so that `id: 123` stays a name and `labels: {answer: no}` stays a word.
import { type DescEnum, type DescMessage, fromJson, ScalarType } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { nearestName } from '../../core/nearest.ts';
import { parseDuration } from '../duration.ts';

export type Read = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

const value = (value: unknown): Read => ({ ok: true, value });
const fault = (message: string): Read => ({ ok: false, message });

const INT32 = { min: -(2n ** 31n), max: 2n ** 31n - 1n, long: false };
const UINT32 = { min: 0n, max: 2n ** 32n - 1n, long: false };
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n, long: true };
const UINT64 = { min: 0n, max: 2n ** 64n - 1n, long: true };

const READERS: Readonly<Record<ScalarType, (text: string) => Read>> = {
  [ScalarType.STRING]: readString,
  [ScalarType.BOOL]: readBool,
  [ScalarType.BYTES]: readBytes,
  [ScalarType.DOUBLE]: readNumber,
  [ScalarType.FLOAT]: readFloat,
  [ScalarType.INT32]: (text) => readInteger(text, INT32),
  [ScalarType.SINT32]: (text) => readInteger(text, INT32),
  [ScalarType.SFIXED32]: (text) => readInteger(text, INT32),
  [ScalarType.UINT32]: (text) => readInteger(text, UINT32),
  [ScalarType.FIXED32]: (text) => readInteger(text, UINT32),
  [ScalarType.INT64]: (text) => readInteger(text, INT64),
  [ScalarType.SINT64]: (text) => readInteger(text, INT64),
  [ScalarType.SFIXED64]: (text) => readInteger(text, INT64),
  [ScalarType.UINT64]: (text) => readInteger(text, UINT64),
  [ScalarType.FIXED64]: (text) => readInteger(text, UINT64),
};

export function readScalar(type: ScalarType, text: string): Read {
  return READERS[type](text);
}

/** Values by their name without the enum's prefix, or with it. The zero value says "not set" and has no name here. */
export function readEnum(desc: DescEnum, text: string): Read {
  const prefix = desc.sharedPrefix?.toUpperCase() ?? '';
  const known = new Map(
    desc.values.filter(({ number }) => number !== 0).map(({ name, number }) => [name.slice(prefix.length), number]),
  );
  const number = known.get(text.startsWith(prefix) ? text.slice(prefix.length) : text);
  if (number !== undefined) return value(number);
  const nearest = nearestName(text, known.keys());
  const hint = nearest === undefined ? '' : `; did you mean '${nearest}'?`;
  return fault(`must be one of ${[...known.keys()].join(', ')}${hint}`);
}

/** For messages that are written as one text: read as `ReflectMessage`. Undefined for all others. */
export function readerOfMessage(desc: DescMessage): ((text: string) => Read) | undefined {
  if (desc.typeName === DurationSchema.typeName) return readDuration;
  if (desc.typeName === TimestampSchema.typeName) return readTimestamp;
  return undefined;
}

function readString(text: string): Read {
  return text.isWellFormed() ? value(text) : fault('must be Unicode text: it has half of a surrogate pair');
}

function readBool(text: string): Read {
  if (/^(true|True|TRUE)$/.test(text)) return value(true);
  if (/^(false|False|FALSE)$/.test(text)) return value(false);
  return fault('must be true or false');
}

function readBytes(text: string): Read {
  const read = readString(text);
  return read.ok ? value(new TextEncoder().encode(text)) : read;
}

/** Bytes that are written as base64. */
export function readBase64(text: string): Read {
  try {
    return value(base64Decode(text));
  } catch {
    return fault('must be base64');
  }
}

function readNumber(text: string): Read {
  if (/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text)) return value(Number(text));
  const special = /^([-+]?)\.(inf|Inf|INF)$/.exec(text);
  if (special) return value(special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
  return /^\.(nan|NaN|NAN)$/.test(text) ? value(Number.NaN) : fault('must be a number');
}

function readFloat(text: string): Read {
  const read = readNumber(text);
  return read.ok ? value(Math.fround(Number(read.value))) : read;
}

function readInteger(text: string, { min, max, long }: typeof INT32): Read {
  // No number that fits has more digits; BigInt takes time that is quadratic in them.
  if (!/^[-+]?(0|[1-9]\d*)$/.test(text)) return fault('must be a whole number');
  const number = text.length > 21 ? max + 1n : BigInt(text);
  if (number < min || number > max) return fault(`must be a whole number from ${min} to ${max}`);
  return value(long ? number : Number(number));
}

function readDuration(text: string): Read {
  const duration = parseDuration(text);
  return duration
    ? value(reflect(DurationSchema, duration))
    : fault('must be a duration such as 500ms, 30s, 5m, 24h or 1h30m');
}

/** A day alone is its first moment in UTC. */
function readTimestamp(written: string): Read {
  const text = /^\d{4}-\d\d-\d\d$/.test(written) ? `${written}T00:00:00Z` : written;
  // Date.parse, which protobuf-es asks, takes 30 February for 2 March and 24:00 for the next day.
  const [, year, month, day, hour] = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):/.exec(text) ?? [];
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (Number(day) > lastDay) return fault(`must be a day that there is: that month has ${lastDay}`);
  if (hour === '24') return fault('must be an hour that there is: write 00:00 of the next day');
  try {
    return value(reflect(TimestampSchema, fromJson(TimestampSchema, text)));
  } catch {
    return fault('must be a time such as 2026-12-24T22:00:00Z (RFC 3339), or a day such as 2026-12-24');
  }
}
