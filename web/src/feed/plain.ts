// Generated messages as the plain data that tabs know.
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import type { ComponentHealth, ComponentSummary } from '../../gen/openk/health/v1/health_pb.ts';
import type { About, Health, Status } from './messages.ts';

/** By number. One that this page does not know yet is as good as UNKNOWN. */
const STATUS: readonly Status[] = ['UNKNOWN', 'HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN', 'MAINTENANCE'];

export function toHealth(message: ComponentHealth): Health {
  const { reason, pending, memberCounts: counts, maintenance } = message;
  return {
    id: message.component,
    status: toStatus(message.status),
    since: toMs(message.since) ?? 0,
    reason: reason?.code ?? '',
    message: reason?.message ?? '',
    causedBy: message.causedBy,
    ...optional('checkedAt', toMs(message.checkedAt)),
    ...optional('latencyMs', toLength(message.latency)),
    ...(pending !== undefined && {
      pending: {
        status: toStatus(pending.status),
        count: pending.count,
        threshold: pending.threshold,
        message: pending.reason?.message ?? '',
      },
    }),
    ...(counts !== undefined && {
      members: {
        total: counts.total,
        UNHEALTHY: counts.unhealthy,
        DEGRADED: counts.degraded,
        UNKNOWN: counts.unknown,
        MAINTENANCE: counts.maintenance,
        HEALTHY: counts.healthy,
      },
    }),
    ...(maintenance !== undefined && {
      maintenance: { reason: maintenance.reason, ...optional('until', toMs(maintenance.until)) },
    }),
  };
}

export function toAbout({ id, displayName, kind, labels, parents }: ComponentSummary): About {
  return { id, displayName, kind, labels, parents };
}

function toStatus(status: HealthStatus): Status {
  return STATUS[status] ?? 'UNKNOWN';
}

function toMs(time: Timestamp | undefined): number | undefined {
  return time && Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6);
}

function toLength(duration: Duration | undefined): number | undefined {
  return duration && Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

/** A field that is not there where it has no value: the types of tabs know no `undefined` in it. */
function optional<Name extends string>(name: Name, value: number | undefined): { [N in Name]?: number } {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: number };
}
