// Alerts in words: what the commands print of them.
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { type Alert, AlertState, Severity } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { inColumns } from './columns.ts';
import { reasonText, rfc3339, statusName, statusOf } from './health-text.ts';
import { printable } from './text.ts';

/** As users write them. */
export const ALERT_STATES = {
  PENDING: AlertState.PENDING,
  HELD: AlertState.HELD,
  OPEN: AlertState.OPEN,
  ACKNOWLEDGED: AlertState.ACKNOWLEDGED,
  SUSPENDED: AlertState.SUSPENDED,
  RESOLVED: AlertState.RESOLVED,
} as const;

/** Of a number that only a newer server knows: UNKNOWN. */
function nameOf(names: object, number: number): string {
  return Object.entries(names).find(([, value]) => value === number)?.[0] ?? 'UNKNOWN';
}

export function alertStateName({ state }: Pick<Alert, 'state'>): string {
  return nameOf(ALERT_STATES, state);
}

/** In the order in which they are given. */
export function alertTable(alerts: readonly Alert[], width: number, color: boolean): string[] {
  const rows = alerts.map((alert) => [
    printable(alert.id),
    alertStateName(alert),
    nameOf(Severity, alert.severity),
    statusName(statusOf(alert)),
    printable(alert.component),
    timeText(alert.opened ?? alert.since),
    detailText(alert),
  ]);
  return inColumns(['ALERT', 'STATE', 'SEVERITY', 'STATUS', 'COMPONENT', 'SINCE', 'WHY'], rows, { width, color });
}

/** One line: `OPEN payments-api: connection refused (CONNECTION_REFUSED)`. */
export function alertLine(alert: Alert): string {
  const detail = detailText(alert);
  return `${alertStateName(alert)} ${printable(alert.component)}${detail === '' ? '' : `: ${detail}`}`;
}

function detailText(alert: Alert): string {
  const { acknowledgement, consequenceCount, cause, flapping } = alert;
  const { author = '', note = '' } = acknowledgement ?? {};
  return [
    reasonText(alert),
    flapping ? 'changes all the time' : '',
    cause.length > 0 ? `caused by ${cause.map(printable).join(', ')}` : '',
    consequenceCount > 0 ? `${consequenceCount} more because of it` : '',
    acknowledgement === undefined ? '' : `acknowledged${author === '' ? '' : ` by ${printable(author)}`}`,
    note === '' ? '' : printable(note),
  ]
    .filter((text) => text !== '')
    .join('; ');
}

/** To the second, as in other tables. */
export function timeText(time: Parameters<typeof timestampDate>[0] | undefined): string {
  return time === undefined ? '' : rfc3339(timestampDate(time)).replace('T', ' ').replace(/\.\d+/, '');
}
