// Parts of a time (google/cel-spec, doc/langdef.md, "Date/Time Functions" and "Timezones"). They stand over those of
// @bufbuild/cel 0.6.1, which compute in the time zone of the process: hours that its clocks skip came out wrong.
import { type CelFunc, CelScalar, celMethod } from '@bufbuild/cel';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { TIMESTAMP } from './conversions.ts';
import { expressionError } from './fault.ts';

const { INT, STRING } = CelScalar;
const DAY_MS = 86_400_000;

const PARTS: Readonly<Record<string, (local: Date) => number>> = {
  getFullYear: (local) => local.getUTCFullYear(),
  getMonth: (local) => local.getUTCMonth(),
  getDate: (local) => local.getUTCDate(),
  getDayOfMonth: (local) => local.getUTCDate() - 1,
  getDayOfWeek: (local) => local.getUTCDay(),
  getDayOfYear,
  getHours: (local) => local.getUTCHours(),
  getMinutes: (local) => local.getUTCMinutes(),
  getSeconds: (local) => local.getUTCSeconds(),
  getMilliseconds: (local) => local.getUTCMilliseconds(),
};

export const TIME_FUNCTIONS: readonly CelFunc[] = Object.entries(PARTS).flatMap(([name, part]) => [
  celMethod(name, TIMESTAMP, [], INT, function () {
    return BigInt(part(new Date(epochMs(this.message))));
  }),
  celMethod(name, TIMESTAMP, [STRING], INT, function (zone) {
    const ms = epochMs(this.message);
    return BigInt(part(new Date(ms + offsetMs(zone, ms))));
  }),
]);

function epochMs({ seconds, nanos }: Timestamp): number {
  return Number(seconds) * 1000 + Math.floor(nanos / 1e6);
}

function getDayOfYear(local: Date): number {
  const start = new Date(local);
  start.setUTCMonth(0, 1);
  return Math.round((local.getTime() - start.getTime()) / DAY_MS);
}

/** How far the clocks of `zone` are ahead of UTC: `+02:00`, `-9:30`, `Europe/Berlin`. */
function offsetMs(zone: string, ms: number): number {
  if (zone === '') return 0;
  const fixed = /^([+-]?)(\d\d?):(\d\d)$/.exec(zone);
  if (fixed === null) return parseOffset(zoneFormat(zone).format(ms));
  const [hours, minutes] = [Number(fixed[2]), Number(fixed[3])];
  if (hours > 23 || minutes > 59) throw unknownZone();
  return (fixed[1] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** `1/1/2026, GMT+01:00`, and with seconds for the local mean times of old. */
function parseOffset(text: string): number {
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(text) ?? [];
  return (sign === '-' ? -1000 : 1000) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  } catch {
    throw unknownZone();
  }
}

function unknownZone(): Error {
  return expressionError('a time zone that is not known here');
}
