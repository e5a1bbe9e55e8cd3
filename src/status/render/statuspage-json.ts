// The page in the shapes of Statuspage's public API, version 2, which aggregators read. There is no word for "not known" in it:
// such a component is `degraded_performance` there, never `operational`.
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import {
  IncidentStatus,
  type PlannedMaintenance,
  type StatusIncident,
  type StatusPage,
} from '../../../gen/openk/status/v1/status_pb.ts';
import { entriesOf, impactWord, isoTime, isUnderWay, namesOf, pageSentence } from './words.ts';

export const STATUSPAGE_FILES = [
  'summary',
  'status',
  'components',
  'incidents',
  'incidents/unresolved',
  'scheduled-maintenances',
] as const;

export type StatuspageFile = (typeof STATUSPAGE_FILES)[number];

const NOT_KNOWN = { component: 'degraded_performance', indicator: 'minor' };
const WORDS: ReadonlyMap<HealthStatus, { readonly component: string; readonly indicator: string }> = new Map([
  [HealthStatus.HEALTHY, { component: 'operational', indicator: 'none' }],
  [HealthStatus.DEGRADED, { component: 'degraded_performance', indicator: 'minor' }],
  [HealthStatus.UNHEALTHY, { component: 'major_outage', indicator: 'major' }],
  [HealthStatus.MAINTENANCE, { component: 'under_maintenance', indicator: 'maintenance' }],
]);
const INCIDENT_STATUSES: Readonly<Record<IncidentStatus, string>> = {
  [IncidentStatus.UNSPECIFIED]: 'investigating',
  [IncidentStatus.INVESTIGATING]: 'investigating',
  [IncidentStatus.IDENTIFIED]: 'identified',
  [IncidentStatus.MONITORING]: 'monitoring',
  [IncidentStatus.RESOLVED]: 'resolved',
};

export function renderStatuspageJson(page: StatusPage, file: StatuspageFile): string {
  const unresolved = page.incidents.filter(({ resolved }) => resolved === undefined);
  const incidents = (shown: readonly StatusIncident[]) => shown.map((incident) => toIncident(page, incident));
  const parts = {
    components: () => ({ components: toComponents(page) }),
    status: () => ({ status: toStatus(page) }),
    incidents: () => ({ incidents: incidents(page.incidents) }),
    'incidents/unresolved': () => ({ incidents: incidents(unresolved) }),
    'scheduled-maintenances': () => ({
      scheduled_maintenances: page.maintenance.map((maintenance) => toMaintenance(page, maintenance)),
    }),
    summary: () => ({
      ...parts.components(),
      ...parts['incidents/unresolved'](),
      ...parts['scheduled-maintenances'](),
      ...parts.status(),
    }),
  };
  const { id, title, url, asOf } = page;
  const head = { id, name: title, url, time_zone: 'Etc/UTC', updated_at: isoTime(asOf!) };
  return JSON.stringify({ page: head, ...parts[file]() });
}

function toStatus(page: StatusPage) {
  const isAllDown =
    page.status === HealthStatus.UNHEALTHY && entriesOf(page).every(({ status }) => status === page.status);
  const { indicator } = WORDS.get(page.status) ?? NOT_KNOWN;
  return { indicator: isAllDown ? 'critical' : indicator, description: pageSentence(page) };
}

function toComponents({ id, groups, asOf }: StatusPage) {
  const pageTime = isoTime(asOf!);
  const common = { showcase: false, start_date: null, page_id: id, only_show_if_degraded: false };
  let position = 0;
  return groups.flatMap(({ title, entries }, at) => {
    const groupId = `${id}-group-${at + 1}`;
    const times = entries.flatMap(({ since }) => (since === undefined ? [] : isoTime(since)));
    const groupTime = times.sort().at(-1) ?? pageTime;
    const group = {
      id: groupId,
      name: title,
      status: worstOf(entries.map(({ status }) => WORDS.get(status) ?? NOT_KNOWN)),
      created_at: groupTime,
      updated_at: groupTime,
      position: ++position,
      description: null,
      ...common,
      group_id: null,
      group: true,
      components: entries.map(({ key }) => key),
    };
    const components = entries.map(({ key, name, status, since }) => {
      const time = since === undefined ? pageTime : isoTime(since);
      return {
        id: key,
        name,
        status: (WORDS.get(status) ?? NOT_KNOWN).component,
        created_at: time,
        updated_at: time,
        position: ++position,
        description: WORDS.has(status) ? null : 'The status is not known.',
        ...common,
        group_id: groupId,
        group: false,
      };
    });
    return [group, ...components];
  });
}

const COMPONENTS_WORST_FIRST = ['major_outage', 'degraded_performance', 'under_maintenance'];

function worstOf(words: readonly { readonly component: string }[]): string {
  const shown = new Set(words.map(({ component }) => component));
  return (
    COMPONENTS_WORST_FIRST.find((word) => shown.has(word)) ?? (shown.size > 0 ? 'operational' : NOT_KNOWN.component)
  );
}

function toIncident(page: StatusPage, incident: StatusIncident) {
  const { id, title, status, impact, started, updated, resolved, entries, updates } = incident;
  return {
    id,
    name: title,
    status: INCIDENT_STATUSES[status],
    created_at: isoTime(started!),
    updated_at: isoTime(updated!),
    monitoring_at: timeOf(incident, IncidentStatus.MONITORING),
    resolved_at: resolved === undefined ? null : isoTime(resolved),
    impact: impactWord(impact),
    shortlink: page.url === '' ? '' : `${page.url}#incident-${id}`,
    started_at: isoTime(started!),
    page_id: page.id,
    incident_updates: updates.map((update, at) => ({
      id: `${id}-${updates.length - at}`,
      status: INCIDENT_STATUSES[update.status],
      body: update.text,
      incident_id: id,
      created_at: isoTime(update.time!),
      updated_at: isoTime(update.time!),
      display_at: isoTime(update.time!),
      affected_components: null,
    })),
    components: toComponents(page).filter((component) => entries.includes(component.id)),
  };
}

function timeOf({ updates }: StatusIncident, status: IncidentStatus): string | null {
  const update = updates.findLast((each) => each.status === status);
  return update === undefined ? null : isoTime(update.time!);
}

function toMaintenance(page: StatusPage, maintenance: PlannedMaintenance) {
  const { id, entries, start, end } = maintenance;
  const asOf = isoTime(page.asOf!);
  return {
    id,
    name: `Maintenance of ${namesOf(page, entries).join(', ')}`,
    status: isUnderWay(page, maintenance) ? 'in_progress' : 'scheduled',
    created_at: asOf,
    updated_at: asOf,
    monitoring_at: null,
    resolved_at: null,
    impact: 'maintenance',
    shortlink: page.url,
    started_at: start === undefined ? asOf : isoTime(start),
    page_id: page.id,
    incident_updates: [],
    components: toComponents(page).filter((component) => entries.includes(component.id)),
    scheduled_for: start === undefined ? asOf : isoTime(start),
    scheduled_until: end === undefined ? null : isoTime(end),
  };
}
