// What GetAvailability answers, as the strips, the charts and the sparklines need it.
import { durationMs, inWords, utcDay } from './times.ts';

/** A span of time, and how long a component was what in it, in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly up: number;
  readonly down: number;
  /** Also the time in which OpenK did not watch. */
  readonly unknown: number;
  readonly maintenance: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
}

type TimeJson = Partial<Record<'healthy' | 'degraded' | 'unhealthy' | 'unknown' | 'maintenance', string>>;
interface BucketJson {
  readonly from: string;
  readonly to: string;
  readonly time?: TimeJson;
  readonly latency?: Partial<Record<'p50' | 'p95' | 'p99', string>>;
}

export interface Availability {
  readonly total: Span;
  readonly spans: readonly Span[];
}

export function readAvailability(json: unknown): Availability {
  const { availability } = json as { availability: { total: BucketJson; buckets?: readonly BucketJson[] } };
  return { total: toSpan(availability.total), spans: (availability.buckets ?? []).map(toSpan) };
}

function toSpan({ from, to, time = {}, latency }: BucketJson): Span {
  return {
    from: Date.parse(from),
    to: Date.parse(to),
    up: durationMs(time.healthy) + durationMs(time.degraded),
    down: durationMs(time.unhealthy),
    unknown: durationMs(time.unknown),
    maintenance: durationMs(time.maintenance),
    ...(latency?.p50 !== undefined && { p50: durationMs(latency.p50) }),
    ...(latency?.p95 !== undefined && { p95: durationMs(latency.p95) }),
    ...(latency?.p99 !== undefined && { p99: durationMs(latency.p99) }),
  };
}

/** Less of a span than can be written down says nothing of it. */
const LEAST_KNOWN = 0.000_1;

/** The share of the time that counts in which it was up: "99.98 %". Undefined where nothing counts, or next to nothing is known. */
export function uptime(span: Span): string | undefined {
  const { up, down, unknown, maintenance } = span;
  const isKnown = up + down > 0 && up + down >= (up + down + unknown + maintenance) * LEAST_KNOWN;
  return isKnown ? percent(up, up + down) : undefined;
}

/** The share of the time of which it is known how it was. */
export function known({ up, down, unknown, maintenance }: Span): string {
  const total = up + down + unknown + maintenance;
  const share = (total - unknown) / total;
  if (share > 0 && share < LEAST_KNOWN) return 'under 0.01 %';
  return total > 0 ? percent(total - unknown, total) : '0 %';
}

/** Rounded down: less than all is never 100 %. */
function percent(part: number, whole: number): string {
  const hundredths = Math.floor((part * 10_000) / whole);
  return `${(part < whole ? Math.min(hundredths, 9_999) : hundredths) / 100} %`;
}

/** "22 Aug 2026 (UTC): 99.2 % up, known 97.1 %, 1 h 3 min down" */
export function dayLabel(day: Span): string {
  const up = uptime(day);
  const words = day.up + day.down > 0 ? 'next to nothing known' : 'nothing known';
  const parts = [up === undefined ? words : `${up} up, known ${known(day)}`];
  if (day.down > 0) parts.push(`${inWords(day.down)} down`);
  if (day.maintenance > 0) parts.push(`${inWords(day.maintenance)} maintenance`);
  return `${utcDay(day.from)}: ${parts.join(', ')}`;
}

/** How a day is drawn: by the worst that matters. Half an hour of 24 that nobody watched does not make it unknown. */
export type DayState = 'up' | 'dip' | 'down' | 'unknown' | 'maintenance';

export function dayState(day: Span): DayState {
  const { up, down, maintenance } = day;
  if (up + down === 0) return maintenance > 0 ? 'maintenance' : 'unknown';
  if (down === 0) return 'up';
  return down / (up + down) >= 0.01 ? 'down' : 'dip';
}

/** The path of a line in a box of this size, with a gap where nothing is known; undefined where there is no line to draw. */
export function sparkline(values: readonly (number | undefined)[], width: number, height: number): string | undefined {
  const max = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  if (max === 0 || values.filter((value) => value !== undefined).length < 2) return undefined;
  const step = width / Math.max(values.length - 1, 1);
  let path = '';
  let isDrawing = false;
  for (const [place, value] of values.entries()) {
    if (value !== undefined) {
      const y = height - 1 - (value / max) * (height - 2);
      path += `${isDrawing ? 'L' : 'M'}${round(place * step)} ${round(y)}`;
    }
    isDrawing = value !== undefined;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
