// Generated messages as the plain data that tabs know.
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type { Alert as AlertMessage } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import type { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import type { ComponentHealth, ComponentSummary } from '../../gen/openk/health/v1/health_pb.ts';
import type { About, Alert, AlertState, Health, Status } from './messages.ts';

/** By number. One that this page does not know yet is as good as UNKNOWN. */
const STATUS: readonly Status[] = ['UNKNOWN', 'HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN', 'MAINTENANCE'];

/** By number. One that this page does not know yet is shown as what is to be taken care of. */
const ALERT_STATE: readonly AlertState[] = ['OPEN', 'PENDING', 'HELD', 'OPEN', 'ACKNOWLEDGED', 'SUSPENDED', 'RESOLVED'];
const SEVERITY = ['', 'info', 'warning', 'error', 'critical'];

export function toHealth(message: ComponentHealth): Health {
  const { reason, pending, memberCounts: counts, maintenance, run } = message;
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
    ...optional('runningSince', toMs(run?.start)),
    ...(maintenance !== undefined && {
      maintenance: { reason: maintenance.reason, ...optional('until', toMs(maintenance.until)) },
    }),
  };
}

export function toAbout({ id, displayName, kind, labels, parents }: ComponentSummary): About {
  return { id, displayName, kind, labels, parents };
}

export function toAlert(message: AlertMessage): Alert {
  const { id, route, component, cause, acknowledgement } = message;
  return {
    id,
    route,
    component,
    state: ALERT_STATE[message.state] ?? 'OPEN',
    status: toStatus(message.status),
    severity: SEVERITY[message.severity] ?? '',
    message: message.reason?.message || message.reason?.code || '',
    since: toMs(message.since) ?? 0,
    cause,
    consequences: message.consequenceCount,
    isFlapping: message.flapping,
    ...(acknowledgement !== undefined && {
      acknowledged: {
        author: acknowledgement.author,
        note: acknowledgement.note,
        at: toMs(acknowledgement.time) ?? 0,
      },
    }),
  };
}

function toStatus(status: HealthStatus): Status {
  return STATUS[status] ?? 'UNKNOWN';
}

function toMs(time: Timestamp | undefined): number | undefined {
  return time && Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6);
}

function toLength(duration: Duration | undefined): number | undefined {
  // To a thousandth of a millisecond, as what the page begins with.
  return duration && Math.round(Number(duration.seconds) * 1e6 + duration.nanos / 1e3) / 1e3;
}

/** A field that is not there where it has no value: the types of tabs know no `undefined` in it. */
function optional<Name extends string>(name: Name, value: number | undefined): { [N in Name]?: number } {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: number };
}
