// The health of a component in words: what the commands print of it.
import { styleText } from 'node:util';
import { durationMs, type Timestamp, timestampDate, timestampMs } from '@bufbuild/protobuf/wkt';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import type { ComponentHealth } from '../../gen/openk/health/v1/health_pb.ts';
import { formatDuration } from '../config/duration.ts';
import { printable } from './text.ts';

/** The statuses, the worst first: the order of tables. */
export const WORST_FIRST = [
  HealthStatus.UNHEALTHY,
  HealthStatus.DEGRADED,
  HealthStatus.UNKNOWN,
  HealthStatus.MAINTENANCE,
  HealthStatus.HEALTHY,
] as const;
export type KnownStatus = (typeof WORST_FIRST)[number];

const STATUS: Readonly<Record<KnownStatus, { name: string; style: Parameters<typeof styleText>[0] }>> = {
  [HealthStatus.UNHEALTHY]: { name: 'UNHEALTHY', style: ['red', 'bold'] },
  [HealthStatus.DEGRADED]: { name: 'DEGRADED', style: 'yellow' },
  [HealthStatus.UNKNOWN]: { name: 'UNKNOWN', style: 'magenta' },
  [HealthStatus.MAINTENANCE]: { name: 'MAINTENANCE', style: 'cyan' },
  [HealthStatus.HEALTHY]: { name: 'HEALTHY', style: 'green' },
};

/** The status; UNKNOWN for one that only a newer server knows, or for none. */
export function statusOf(health: Pick<ComponentHealth, 'status'> | undefined): KnownStatus {
  return WORST_FIRST.find((status) => status === health?.status) ?? HealthStatus.UNKNOWN;
}

export function statusName(status: KnownStatus): string {
  return STATUS[status].name;
}

/** `text` in the colour of `status`, or as it is. */
export function inStatusColor(status: KnownStatus, text: string, color: boolean): string {
  return color ? styleText(STATUS[status].style, text, { validateStream: false }) : text;
}

/** For people: `connection refused (CONNECTION_REFUSED)`. Empty when there is none. */
export function reasonText({
  reason,
}: {
  readonly reason?: { readonly code: string; readonly message: string } | undefined;
}): string {
  const { message = '', code = '' } = reason ?? {};
  if (message === '') return printable(code);
  return printable(code === '' ? message : `${message} (${code})`);
}

/** The server's own word on when the status began, as RFC 3339 in UTC. Empty when it gave none. */
export function sinceText(health: ComponentHealth): string {
  return health.since === undefined ? '' : rfc3339(timestampDate(health.since));
}

/** How long ago, by the largest unit alone: `3m`. What is to come is now. */
export function ageText(time: Timestamp | undefined, nowMs: number): string {
  if (time === undefined) return '';
  const seconds = Math.max(0, Math.floor((nowMs - timestampMs(time)) / 1000));
  const [size, unit] = AGE_UNITS.find(([size]) => seconds >= size) ?? [1, 's'];
  return `${Math.floor(seconds / size)}${unit}`;
}

const AGE_UNITS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'm'],
] as const;

/** What its thresholds hold back: `pending: 1 of 3 for UNHEALTHY: connection refused (CONNECTION_REFUSED)`. Empty for nothing. */
export function pendingText({ pending }: Pick<ComponentHealth, 'pending'>): string {
  if (pending === undefined) return '';
  const why = reasonText(pending);
  return `pending: ${pending.count} of ${pending.threshold} for ${statusName(statusOf(pending))}${why === '' ? '' : `: ${why}`}`;
}

/** One line: `HEALTHY payments-api: answered 200 (OK)`. */
export function headline(health: Pick<ComponentHealth, 'component' | 'status' | 'reason'>, color: boolean): string {
  const status = statusOf(health);
  const reason = reasonText(health);
  const name = `${inStatusColor(status, statusName(status), color)} ${printable(health.component)}`;
  return reason === '' ? name : `${name}: ${reason}`;
}

/** What else there is to say, a line each. */
export function details(health: ComponentHealth): string[] {
  const lines: string[] = [];
  const since = sinceText(health);
  if (since !== '') lines.push(`since ${since}`);
  if (health.checkedAt !== undefined) {
    const took = health.latency === undefined ? '' : `, took ${formatDuration(Math.round(durationMs(health.latency)))}`;
    lines.push(`last checked ${rfc3339(timestampDate(health.checkedAt))}${took}`);
  }
  if (health.run?.start !== undefined) {
    const { id, start } = health.run;
    lines.push(`running since ${rfc3339(timestampDate(start))}${id === '' ? '' : ` (run ${printable(id)})`}`);
  }
  const pending = pendingText(health);
  if (pending !== '') lines.push(pending);
  if (health.memberCounts !== undefined) {
    const { total, healthy, degraded, unhealthy, unknown, maintenance } = health.memberCounts;
    const counts = { healthy, degraded, unhealthy, unknown, maintenance };
    const parts = Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
    lines.push(`members: ${total}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`);
  }
  if (health.causedBy.length > 0) lines.push(`caused by: ${health.causedBy.map(printable).join(', ')}`);
  if (health.maintenance !== undefined) {
    const { reason, until } = health.maintenance;
    const end = until === undefined ? 'its configuration changes' : rfc3339(timestampDate(until));
    lines.push(`in maintenance until ${end}${reason === '' ? '' : `: ${printable(reason)}`}`);
  }
  return lines;
}

/** A timestamp that no date can hold is shown as such, never thrown. */
export function rfc3339(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an impossible time' : date.toISOString();
}
