// The past of a component as text: its uptime, a bar of its time, its changes of status. Pure.
import { type Duration, type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import type {
  AvailabilityBucket,
  ComponentAvailability,
  GetAvailabilityResponse,
  ListTransitionsResponse,
  ServiceLevel,
  Transition,
} from '../../gen/openk/health/v1/health_pb.ts';
import { durationToMs, formatDuration } from '../config/duration.ts';
import { spanText as daysText, percentText } from '../core/slo/burn-words.ts';
import {
  inStatusColor,
  type KnownStatus,
  reasonText,
  rfc3339,
  statusName,
  statusOf,
  WORST_FIRST,
} from './health-text.ts';
import { printable } from './text.ts';

/** They differ without colours too: the higher, the better. */
const CELLS: Readonly<Record<KnownStatus, string>> = {
  [HealthStatus.HEALTHY]: '█',
  [HealthStatus.DEGRADED]: '▅',
  [HealthStatus.UNHEALTHY]: '▁',
  [HealthStatus.MAINTENANCE]: '▒',
  [HealthStatus.UNKNOWN]: '·',
};

export interface HistoryAnswers {
  /** Asked for by steps: each bucket is a cell of the bar. */
  readonly availability: GetAvailabilityResponse;
  readonly changes: ListTransitionsResponse;
}

export function historyText({ availability: answer, changes }: HistoryAnswers, color: boolean): string {
  const { availability: own, members } = answer;
  const withMembers = members.length > 0;
  const lines = [
    `${printable(own?.component ?? '')} from ${timeText(answer.from)} to ${timeText(answer.to)}`,
    ...(own === undefined ? [] : overview(own, color)),
    ...members.map((member) => memberLine(member, color)),
    '',
    ...changes.transitions.map((transition) => changeLine(transition, withMembers, color)),
    ...(changes.transitions.length === 0 ? ['no change of status in this time'] : []),
    ...(changes.nextPageToken === '' ? [] : ['… and older ones: see more with --limit']),
  ];
  return `${lines.join('\n')}\n`;
}

function overview({ total, buckets, slo }: ComponentAvailability, color: boolean): string[] {
  if (total === undefined) return [];
  const statuses = WORST_FIRST.toReversed();
  const times = statuses.flatMap((status) => {
    const ms = timeIn(total, status);
    return ms > 0 ? [`${statusName(status)} ${spanText(ms)}`] : [];
  });
  const { latency, observations } = total;
  const cells = buckets.map(cellOf);
  const legend = statuses.filter((status) => cells.includes(status));
  return [
    `  ${ratioText(total)}: ${times.join(', ')}`,
    ...(latency
      ? [
          `  latency p50 ${latencyText(latency.p50)}, p95 ${latencyText(latency.p95)}, p99 ${latencyText(latency.p99)}` +
            ` (${observations} ${observations === 1n ? 'observation' : 'observations'})`,
        ]
      : []),
    `  ${bar(cells, color)}`,
    `  ${legend.map((status) => `${inStatusColor(status, CELLS[status], color)} ${statusName(status)}`).join('  ')}` +
      `, ${cellText(buckets)} each`,
    ...(slo === undefined ? [] : [`  ${sloText(slo)}`]),
  ];
}

/** `objective 99.9 % over 30d: 63 % of its budget of 43m12s left, burns 1.2 times as fast as it bears over 1h` */
function sloText({ objective, window, budget, spent, budgetLeftRatio, burnRates }: ServiceLevel): string {
  const [budgetMs, spentMs] = [budget, spent].map((one) => (one === undefined ? 0 : durationToMs(one)));
  const left =
    budgetLeftRatio === undefined
      ? 'no budget known'
      : budgetLeftRatio > 0
        ? `${percentText(budgetLeftRatio)} of its budget of ${spanText(budgetMs!)} left`
        : `nothing of its budget of ${spanText(budgetMs!)} left, ${spanText(spentMs!)} spent`;
  const rates = burnRates
    .filter(({ rate }) => rate > 0)
    .map(
      (one) =>
        `${one.rate.toFixed(1)} times over ${one.window === undefined ? '' : daysText(durationToMs(one.window))}`,
    );
  const burns = rates.length === 0 ? '' : `, burns ${rates.join(', ')}`;
  const over = window === undefined ? '' : ` over ${daysText(durationToMs(window))}`;
  return `objective ${objective} %${over}: ${left}${burns}`;
}

function memberLine({ component, total, buckets }: ComponentAvailability, color: boolean): string {
  return `  ${bar(buckets.map(cellOf), color)}  ${total === undefined ? '' : ratioText(total)}  ${printable(component)}`;
}

function changeLine(transition: Transition, named: boolean, color: boolean): string {
  const [from, to] = [transition.from, transition.to].map((status) => {
    const known = statusOf({ status });
    return inStatusColor(known, statusName(known), color);
  });
  const name = named ? `${printable(transition.component)} ` : '';
  const causes = transition.causedBy.map(printable).join(', ');
  const why = [reasonText(transition), ...(causes === '' ? [] : [`caused by ${causes}`])].filter((text) => text !== '');
  return `${timeText(transition.time)} ${name}${from} → ${to}${why.length > 0 ? `: ${why.join(', ')}` : ''}`;
}

function bar(cells: readonly KnownStatus[], color: boolean): string {
  return cells.map((status) => inStatusColor(status, CELLS[status], color)).join('');
}

/** A short outage is not to be lost in a wide cell; of the rest the longest counts. */
function cellOf(bucket: AvailabilityBucket): KnownStatus {
  for (const status of [HealthStatus.UNHEALTHY, HealthStatus.DEGRADED] as const) {
    if (timeIn(bucket, status) > 0) return status;
  }
  const others = [HealthStatus.HEALTHY, HealthStatus.MAINTENANCE, HealthStatus.UNKNOWN] as const;
  return others.reduce<KnownStatus>((a, b) => (timeIn(bucket, b) > timeIn(bucket, a) ? b : a), HealthStatus.HEALTHY);
}

function timeIn({ time }: AvailabilityBucket, status: KnownStatus): number {
  const times: Readonly<Record<KnownStatus, Duration | undefined>> = {
    [HealthStatus.HEALTHY]: time?.healthy,
    [HealthStatus.DEGRADED]: time?.degraded,
    [HealthStatus.UNHEALTHY]: time?.unhealthy,
    [HealthStatus.UNKNOWN]: time?.unknown,
    [HealthStatus.MAINTENANCE]: time?.maintenance,
  };
  const duration = times[status];
  return duration === undefined ? 0 : durationToMs(duration);
}

/** Never rounded up: 100 % is never down. */
function ratioText({ uptimeRatio }: AvailabilityBucket): string {
  if (uptimeRatio === undefined) return 'no uptime known';
  return uptimeRatio === 1 ? '100 % up' : `${(Math.floor(uptimeRatio * 100_000) / 1000).toFixed(3)} % up`;
}

function cellText(buckets: readonly AvailabilityBucket[]): string {
  // The last one may not be over.
  const [first] = buckets;
  if (first?.from === undefined || first.to === undefined) return '';
  return spanText(timestampDate(first.to).getTime() - timestampDate(first.from).getTime());
}

/** Seconds are enough of what takes minutes. */
function spanText(ms: number): string {
  return formatDuration(ms < 60_000 ? Math.round(ms) : Math.round(ms / 1000) * 1000);
}

/** Three digits: more is not known. */
function latencyText(latency: Duration | undefined): string {
  return formatDuration(latency === undefined ? 0 : Number(durationToMs(latency).toPrecision(3)));
}

function timeText(time: Timestamp | undefined): string {
  return time === undefined ? 'an unknown time' : rfc3339(timestampDate(time));
}
