// What readers see of a page: a message in which nothing is but what the page shows. Everything that leaves OpenK about a page is
// made of this message, so that what is not in it can leak nowhere.
import { createHash } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { type Duration, DurationSchema, type Timestamp, TimestampSchema } from '@bufbuild/protobuf/wkt';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import {
  IncidentImpact,
  IncidentStatus,
  type StatusPage,
  StatusPageSchema,
} from '../../gen/openk/status/v1/status_pb.ts';
import type { MaintenancePeriod } from '../core/definition.ts';
import type { Health } from '../core/health.ts';
import type { Status } from '../core/status.ts';
import type { Incident, StatusPageDefinition, StatusPageEntry } from '../core/status-page.ts';
import { DAY_MS, type DayStrip } from './day-strip.ts';

export interface PageSources {
  /** Undefined: it is gone. */
  readonly health: (component: string) => Pick<Health, 'status' | 'sinceMs'> | undefined;
  readonly strips: ReadonlyMap<string, DayStrip>;
  /** Of a component: what goes on, and what comes. */
  readonly maintenance: (component: string) => readonly MaintenancePeriod[];
  /** The newest first. Those of other pages are not shown. */
  readonly incidents: readonly Incident[];
}

/** The worst first. */
const ORDER: readonly Status[] = ['UNHEALTHY', 'UNKNOWN', 'DEGRADED', 'MAINTENANCE', 'HEALTHY'];
const AHEAD_MS = 14 * DAY_MS;
const RESOLVED_MS = 14 * DAY_MS;
const MAX_MAINTENANCE = 20;
/** However many are open, all of those are shown. */
const MAX_INCIDENTS = 50;
const KEY_CHARS = 10;

export function projectPage(
  definition: StatusPageDefinition,
  sources: PageSources,
  { nowMs, revision }: { readonly nowMs: number; readonly revision: number },
): StatusPage {
  const { id, title, description, url, uptimeDays } = definition;
  const groups = definition.groups.map((group) => ({
    title: group.title,
    entries: group.entries.map((entry) => projectEntry(definition, entry, sources)),
  }));
  const shown = new Set(groups.flatMap(({ entries }) => entries.map(({ status }) => status)));
  const worst = ORDER.find((status) => shown.has(HealthStatus[status])) ?? 'UNKNOWN';
  return create(StatusPageSchema, {
    id,
    title,
    description,
    url,
    uptimeDays,
    status: HealthStatus[worst],
    groups,
    incidents: projectIncidents(definition, sources, nowMs),
    maintenance: projectMaintenance(definition, sources, nowMs),
    asOf: timestamp(nowMs),
    revision: BigInt(revision),
  });
}

/** Of an entry: hexadecimal, and the same for as long as its page and its component are called the same. */
export function entryKey(page: string, component: string): string {
  return hash('entry', page, component);
}

function projectEntry(
  { id, showsLatency, uptimeDays }: StatusPageDefinition,
  { component, name }: StatusPageEntry,
  { health, strips }: PageSources,
) {
  const now = health(component);
  const strip = strips.get(component);
  const latencyMs = showsLatency ? strip?.latencyMs : undefined;
  const entry = {
    key: entryKey(id, component),
    name,
    status: HealthStatus[now?.status ?? 'UNKNOWN'],
    ...(now && { since: timestamp(now.sinceMs) }),
    ...(latencyMs !== undefined && { latency: duration(latencyMs) }),
  };
  if (strip === undefined || uptimeDays === 0) return entry;
  const { uptimeRatio, knownRatio } = strip;
  return {
    ...entry,
    days: strip.days.slice(-uptimeDays),
    knownRatio,
    ...(uptimeRatio !== undefined && { uptimeRatio }),
  };
}

/** Without what operators note for each other, and who they are. */
function projectIncidents({ id: page, groups }: StatusPageDefinition, { incidents }: PageSources, nowMs: number) {
  const shown = new Set(groups.flatMap(({ entries }) => entries.map(({ component }) => component)));
  const isShown = ({ pages, resolvedMs = nowMs }: Incident) => pages.includes(page) && resolvedMs > nowMs - RESOLVED_MS;
  const all = incidents.filter(isShown);
  const isOpen = ({ resolvedMs }: Incident) => resolvedMs === undefined;
  const room = MAX_INCIDENTS - all.filter(isOpen).length;
  const resolved = new Set(all.filter((incident) => !isOpen(incident)).slice(0, Math.max(0, room)));
  return all
    .filter((incident) => isOpen(incident) || resolved.has(incident))
    .map(({ id, title, status, impact, startedMs, updatedMs, resolvedMs, components, updates }) => ({
      id,
      title,
      status: IncidentStatus[status],
      impact: IncidentImpact[impact],
      started: timestamp(startedMs),
      updated: timestamp(updatedMs),
      ...(resolvedMs !== undefined && { resolved: timestamp(resolvedMs) }),
      entries: components.filter((component) => shown.has(component)).map((component) => entryKey(page, component)),
      updates: updates.toReversed().map((update) => ({
        time: timestamp(update.atMs),
        status: IncidentStatus[update.status],
        text: update.text,
      })),
    }));
}

/** Entries whose maintenance is at the same time have one. Why is not said: those are words for operators. */
function projectMaintenance(definition: StatusPageDefinition, { maintenance }: PageSources, nowMs: number) {
  const periods = new Map<string, MaintenancePeriod & { readonly entries: string[] }>();
  for (const { component } of definition.groups.flatMap(({ entries }) => entries)) {
    for (const period of maintenance(component)) {
      if (period.fromMs > nowMs + AHEAD_MS) continue;
      const id = hash('maintenance', definition.id, `${period.fromMs}-${period.untilMs}`);
      const known = periods.get(id) ?? { ...period, entries: [] };
      known.entries.push(entryKey(definition.id, component));
      periods.set(id, known);
    }
  }
  return [...periods]
    .toSorted(([, a], [, b]) => a.fromMs - b.fromMs)
    .slice(0, MAX_MAINTENANCE)
    .map(([id, { fromMs, untilMs, entries }]) => ({
      id,
      entries,
      // 0 is that of a maintenance by hand, whose start nobody knows.
      ...(fromMs > 0 && { start: timestamp(fromMs) }),
      ...(untilMs !== undefined && { end: timestamp(untilMs) }),
    }));
}

function hash(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, KEY_CHARS);
}

/** In whole milliseconds, as pages show them. */
function timestamp(epochMs: number): Timestamp {
  return create(TimestampSchema, split(epochMs));
}

function duration(ms: number): Duration {
  return create(DurationSchema, split(ms));
}

function split(ms: number): { seconds: bigint; nanos: number } {
  const whole = Math.round(ms);
  const seconds = Math.floor(whole / 1000);
  return { seconds: BigInt(seconds), nanos: (whole - seconds * 1000) * 1_000_000 };
}
