// A page with something of everything on it, and with text that is markup if nobody escapes it.
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import {
  IncidentImpact,
  IncidentStatus,
  type StatusPage,
  StatusPageSchema,
} from '../../gen/openk/status/v1/status_pb.ts';

const time = (text: string) => timestampFromMs(Date.parse(text));
export const EVIL = '</title><script>alert(1)</script>"\'&]]>\u0000\u001b';

const day = (date: string, worst: HealthStatus, uptimeRatio: number | undefined, knownRatio: number) => ({
  date,
  worst,
  knownRatio,
  ...(uptimeRatio !== undefined && { uptimeRatio }),
});

export function createSamplePage(changes: Partial<StatusPage> = {}): StatusPage {
  const page = create(StatusPageSchema, {
    id: 'public',
    title: `Acme ${EVIL}`,
    description: EVIL,
    status: HealthStatus.UNHEALTHY,
    uptimeDays: 3,
    revision: 7n,
    asOf: time('2026-11-29T03:12:07Z'),
    groups: [
      {
        title: `Shop ${EVIL}`,
        entries: [
          {
            key: 'a1',
            name: `Checkout ${EVIL}`,
            status: HealthStatus.UNHEALTHY,
            since: time('2026-11-29T02:40:00Z'),
            uptimeRatio: 0.999999,
            knownRatio: 0.972,
            days: [
              day('2026-11-27', HealthStatus.UNKNOWN, undefined, 0),
              day('2026-11-28', HealthStatus.HEALTHY, 1, 1),
              day('2026-11-29', HealthStatus.UNHEALTHY, 0.999999, 1),
            ],
          },
          { key: 'a2', name: 'Search', status: HealthStatus.UNKNOWN },
          { key: 'a3', name: 'Pictures', status: HealthStatus.HEALTHY, since: time('2026-11-01T00:00:00Z') },
        ],
      },
      { title: 'Inner', entries: [{ key: 'b1', name: 'Invoices', status: HealthStatus.MAINTENANCE }] },
    ],
    incidents: [
      {
        id: 'i2',
        title: `Slow ${EVIL}`,
        status: IncidentStatus.IDENTIFIED,
        impact: IncidentImpact.MAJOR,
        started: time('2026-11-29T02:41:00Z'),
        updated: time('2026-11-29T03:00:00Z'),
        entries: ['a1', 'gone'],
        updates: [
          { time: time('2026-11-29T03:00:00Z'), status: IncidentStatus.IDENTIFIED, text: `A disk. ${EVIL}` },
          { time: time('2026-11-29T02:41:00Z'), status: IncidentStatus.INVESTIGATING, text: 'We look.' },
        ],
      },
      {
        id: 'i1',
        title: 'No pictures',
        status: IncidentStatus.RESOLVED,
        impact: IncidentImpact.MINOR,
        started: time('2026-11-20T02:41:00Z'),
        updated: time('2026-11-20T04:00:00Z'),
        resolved: time('2026-11-20T04:00:00Z'),
        updates: [{ time: time('2026-11-20T04:00:00Z'), status: IncidentStatus.RESOLVED, text: 'Back.' }],
      },
    ],
    maintenance: [
      { id: 'm1', entries: ['b1'] },
      { id: 'm2', entries: ['a2', 'b1'], start: time('2026-12-01T22:00:00Z'), end: time('2026-12-02T02:00:00Z') },
    ],
  });
  return Object.assign(page, changes);
}
