// Conversions as google/cel-spec (doc/langdef.md, "Types and Conversions") and cel-go have them. They stand over those of
// @bufbuild/cel 0.6.1, which makes 0 of empty texts, NaN of words, and takes seconds for milliseconds (ADR 29).
import { type CelFunc, CelScalar, celFunc, celUint, objectType } from '@bufbuild/cel';
import { create } from '@bufbuild/protobuf';
import { type Duration, DurationSchema, type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { expressionError } from './fault.ts';

const { BOOL, DOUBLE, INT, STRING, UINT } = CelScalar;
export const TIMESTAMP = objectType(TimestampSchema);
export const DURATION = objectType(DurationSchema);

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);
const MAX_UINT = 2n ** 64n - 1n;
/** No number of 64 bits has more digits, and BigInt takes time that is quadratic in them. */
const MAX_DIGITS = 64;
/** The years 1 to 9999, as google/protobuf/timestamp.proto has it. */
const MIN_SECONDS = -62_135_596_800n;
const MAX_SECONDS = 253_402_300_799n;

export const CONVERSIONS: readonly CelFunc[] = [
  celFunc('int', [STRING], INT, textToInt),
  // Not in the specification, and read two ways: seconds, or (cel-go) nanoseconds.
  celFunc('int', [DURATION], INT, () => {
    throw expressionError('int() takes no duration: write getSeconds()');
  }),
  celFunc('uint', [STRING], UINT, textToUint),
  celFunc('double', [STRING], DOUBLE, textToDouble),
  celFunc('bool', [STRING], BOOL, textToBool),
  celFunc('string', [DOUBLE], STRING, doubleToText),
  celFunc('string', [TIMESTAMP], STRING, ({ message }) => timestampToText(message)),
  celFunc('string', [DURATION], STRING, ({ message }) => durationToText(message)),
  celFunc('timestamp', [STRING], TIMESTAMP, textToTimestamp),
  celFunc('timestamp', [INT], TIMESTAMP, (seconds) => toTimestamp(seconds, 0)),
  celFunc('duration', [STRING], DURATION, textToDuration),
  celFunc('duration', [INT], DURATION, () => {
    throw expressionError('duration() takes no number: write a text such as "90s"');
  }),
];

function textToInt(text: string): bigint {
  if (!/^[+-]?[0-9]+$/.test(text)) throw expressionError('int() of a text that is no whole number');
  const value = text.length > MAX_DIGITS ? MAX_INT + 1n : BigInt(text.replace(/^\+/, ''));
  if (value < MIN_INT || value > MAX_INT) throw expressionError('int() of a number that has more than 64 bits');
  return value;
}

function textToUint(text: string) {
  if (!/^[0-9]+$/.test(text)) throw expressionError('uint() of a text that is no whole number without a sign');
  const value = text.length > MAX_DIGITS ? MAX_UINT + 1n : BigInt(text);
  if (value > MAX_UINT) throw expressionError('uint() of a number that has more than 64 bits');
  return celUint(value);
}

/** As Go's strconv.ParseFloat, without hexadecimal numbers and underscores. */
function textToDouble(text: string): number {
  const special = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (special) return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text)) {
    throw expressionError('double() of a text that is no number');
  }
  const value = Number(text);
  if (!Number.isFinite(value)) throw expressionError('double() of a number that is too large');
  return value;
}

/** The words of Go's strconv.ParseBool. */
function textToBool(text: string): boolean {
  if (/^(?:1|t|T|true|True|TRUE)$/.test(text)) return true;
  if (/^(?:0|f|F|false|False|FALSE)$/.test(text)) return false;
  throw expressionError('bool() of a text that is neither true nor false');
}

/** As Go's strconv.FormatFloat with 'g' and the fewest digits: 100000, but 1e+06. */
function doubleToText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const [, digits, sign, power = ''] = /^(.+)e([+-])(\d+)$/.exec(value.toExponential()) ?? [];
  const isPlain = sign === '-' ? Number(power) <= 4 : Number(power) < 6;
  return isPlain ? String(value) : `${digits}e${sign}${power.padStart(2, '0')}`;
}

function textToTimestamp(text: string): Timestamp {
  const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/.exec(text);
  const fault = () => expressionError('timestamp() of a text that is no time of RFC 3339');
  if (form === null) throw fault();
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = form.slice(1, 7).map(Number);
  const [, , , , , , , fraction = '', sign, zoneHour = '0', zoneMinute = '0'] = form;
  const date = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  const isDay = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const isTime = hour < 24 && minute < 60 && second < 60 && Number(zoneHour) < 24 && Number(zoneMinute) < 60;
  if (!isDay || !isTime) throw fault();
  const offsetSeconds = (sign === '-' ? -60 : 60) * (Number(zoneHour) * 60 + Number(zoneMinute));
  const seconds = date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offsetSeconds;
  return toTimestamp(BigInt(seconds), Number(fraction.slice(0, 9).padEnd(9, '0')));
}

function toTimestamp(seconds: bigint, nanos: number): Timestamp {
  if (seconds < MIN_SECONDS || seconds > MAX_SECONDS) {
    throw expressionError('timestamp() of a time outside of the years 1 to 9999');
  }
  return create(TimestampSchema, { seconds, nanos });
}

function timestampToText({ seconds, nanos }: Timestamp): string {
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${whole}${fractionText(nanos)}Z`;
}

const UNIT_NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  // Both ways to write the letter: U+00B5 and U+03BC.
  '\u00b5s': 1_000n,
  '\u03bcs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const DURATION_PART = '(\\d*)(?:\\.(\\d*))?(ns|us|\u00b5s|\u03bcs|ms|s|m|h)';

/** As Go's time.ParseDuration: `1h30m`, `-1.5s`, `0`. */
function textToDuration(text: string): Duration {
  const fault = () => expressionError('duration() of a text that is no duration such as 1h30m or 1.5s');
  const [, sign, parts = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (parts === '0') return toDuration(0n);
  if (text.length > 2 * MAX_DIGITS || !new RegExp(`^(?:${DURATION_PART})+$`).test(parts)) throw fault();
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of parts.matchAll(new RegExp(DURATION_PART, 'g'))) {
    if (whole === '' && fraction === '') throw fault();
    const factor = UNIT_NANOS[unit]!;
    nanos += BigInt(whole) * factor + (BigInt(fraction) * factor) / 10n ** BigInt(fraction.length);
  }
  return toDuration(sign === '-' ? -nanos : nanos);
}

function toDuration(nanos: bigint): Duration {
  if (nanos < MIN_INT || nanos > MAX_INT) throw expressionError('duration() of a duration beyond 292 years');
  return create(DurationSchema, { seconds: nanos / 1_000_000_000n, nanos: Number(nanos % 1_000_000_000n) });
}

/** Seconds, as CEL writes them. */
export function durationToText({ seconds, nanos }: Duration): string {
  const sign = seconds < 0n || nanos < 0 ? '-' : '';
  return `${sign}${seconds < 0n ? -seconds : seconds}${fractionText(Math.abs(nanos))}s`;
}

function fractionText(nanos: number): string {
  return nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
}
