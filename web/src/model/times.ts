// Times and durations in words, and out of ProtoJSON.

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** The two largest units: "1 h 3 min"; never more than it is. */
export function inWords(ms: number): string {
  if (ms < 1_000) return ms > 0 ? 'under 1 s' : '0 s';
  const at = UNITS.findIndex(([, length]) => ms >= length);
  const [unit, length] = UNITS[at]!;
  const next = UNITS[at + 1];
  const rest = next === undefined ? 0 : Math.floor((ms % length) / next[1]);
  return `${Math.floor(ms / length)} ${unit}${rest > 0 ? ` ${rest} ${next![0]}` : ''}`;
}

/** The largest unit alone: "3 min". For columns. */
export function inShort(ms: number): string {
  if (ms < 1_000) return 'now';
  const [unit, length] = UNITS.find(([, length]) => ms >= length)!;
  return `${Math.floor(ms / length)} ${unit}`;
}

export function latencyInWords(ms: number): string {
  if (ms < 1) return '< 1 ms';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

// By hand: a browser takes a tenth of a second to make the five formatters of Intl that this would be, before it draws anything.
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (number: number) => String(number).padStart(2, '0');
const hourOf = (date: Date) => `${two(date.getHours())}:${two(date.getMinutes())}`;
const clockOf = (date: Date) => `${hourOf(date)}:${two(date.getSeconds())}`;
const dayOf = (date: Date) => `${date.getDate()} ${MONTHS[date.getMonth()]}`;

/** Of the reader's own time zone: "12:03:07". */
export function clockTime(at: number): string {
  return clockOf(new Date(at));
}

/** Of the reader's own time zone: "22 Aug 2026, 12:03:07 UTC+2". */
export function moment(at: number): string {
  const date = new Date(at);
  return `${dayOf(date)} ${date.getFullYear()}, ${clockOf(date)} ${zoneOf(date)}`;
}

/** "UTC", "UTC+2", "UTC-3:30" */
function zoneOf(date: Date): string {
  const ahead = -date.getTimezoneOffset();
  if (ahead === 0) return 'UTC';
  const [hours, minutes] = [Math.floor(Math.abs(ahead) / 60), Math.abs(ahead) % 60];
  return `UTC${ahead < 0 ? '-' : '+'}${hours}${minutes > 0 ? `:${two(minutes)}` : ''}`;
}

/** "22 Aug 2026 (UTC)" */
export function utcDay(at: number): string {
  const date = new Date(at);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} (UTC)`;
}

/** A duration of ProtoJSON ("1.5s") in milliseconds. Not set: 0. */
export function durationMs(json: string | undefined): number {
  return json === undefined ? 0 : Number.parseFloat(json) * 1_000;
}

/** "2026-08-22T10:15" as an `input` of type datetime-local has it, in the reader's own time zone. */
export function toLocalInput(at: number): string {
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** For the axis of a chart whose marks are so many seconds apart. */
export function axisTime(at: number, stepS: number): string {
  return (stepS >= 86_400 ? dayOf : hourOf)(new Date(at));
}
