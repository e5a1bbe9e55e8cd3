// What the forms of a page have in common: words, times and shares as people read them, and text that is safe in markup.
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import {
  IncidentImpact,
  IncidentStatus,
  type PlannedMaintenance,
  type StatusEntry,
  type StatusPage,
} from '../../../gen/openk/status/v1/status_pb.ts';

/** By shape and word, never by colour alone. */
export interface StatusWords {
  /** Names its shape and its colour. */
  readonly kind: 'up' | 'degraded' | 'down' | 'maintenance' | 'unknown';
  readonly word: string;
}

const UNKNOWN: StatusWords = { kind: 'unknown', word: 'Not known' };
const STATUS_WORDS: ReadonlyMap<HealthStatus, StatusWords> = new Map([
  [HealthStatus.HEALTHY, { kind: 'up', word: 'Operational' }],
  [HealthStatus.DEGRADED, { kind: 'degraded', word: 'Degraded' }],
  [HealthStatus.UNHEALTHY, { kind: 'down', word: 'Down' }],
  [HealthStatus.MAINTENANCE, { kind: 'maintenance', word: 'In maintenance' }],
]);

export function statusWords(status: HealthStatus): StatusWords {
  return STATUS_WORDS.get(status) ?? UNKNOWN;
}

/** One sentence about the whole page. */
export function pageSentence({ status, groups }: StatusPage): string {
  const entries = groups.flatMap((group) => group.entries);
  const isAll = entries.every((entry) => entry.status === status);
  switch (statusWords(status).kind) {
    case 'up':
      return 'All systems are operational';
    case 'degraded':
      return isAll ? 'All systems are degraded' : 'Some systems are degraded';
    case 'down':
      return isAll ? 'All systems are down' : 'Some systems are down';
    case 'maintenance':
      return isAll ? 'All systems are in maintenance' : 'Some systems are in maintenance';
    case 'unknown':
      return isAll ? 'The status is not known' : 'The status of some systems is not known';
  }
}

const INCIDENT_WORDS: Readonly<Record<IncidentStatus, string>> = {
  [IncidentStatus.UNSPECIFIED]: 'Investigating',
  [IncidentStatus.INVESTIGATING]: 'Investigating',
  [IncidentStatus.IDENTIFIED]: 'Identified',
  [IncidentStatus.MONITORING]: 'Monitoring',
  [IncidentStatus.RESOLVED]: 'Resolved',
};

export function incidentWord(status: IncidentStatus): string {
  return INCIDENT_WORDS[status] ?? 'Investigating';
}

const IMPACT_WORDS: Readonly<Record<IncidentImpact, string>> = {
  [IncidentImpact.UNSPECIFIED]: 'minor',
  [IncidentImpact.NONE]: 'none',
  [IncidentImpact.MINOR]: 'minor',
  [IncidentImpact.MAJOR]: 'major',
  [IncidentImpact.CRITICAL]: 'critical',
};

export function impactWord(impact: IncidentImpact): string {
  return IMPACT_WORDS[impact] ?? 'minor';
}

/** Rounded down to two digits, of which zeros at the end are left out: `99.98 %`. */
export function percent(ratio: number): string {
  // Six digits are exact; a division would make 0.29 of 0.29.
  const hundredths = Math.floor(Math.round(ratio * 1_000_000) / 100);
  return `${hundredths / 100} %`;
}

export function timeMs({ seconds, nanos }: Timestamp): number {
  return Number(seconds) * 1000 + nanos / 1_000_000;
}

/** RFC 3339, in whole seconds. */
export function isoTime(time: Timestamp): string {
  return `${new Date(timeMs(time)).toISOString().slice(0, 19)}Z`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2026-08-22` as `22 Aug 2026` */
export function dayText(date: string): string {
  const [year = '', month = '', day = ''] = date.split('-');
  return `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}`;
}

/** `22 Aug 2026, 12:03 UTC` */
export function timeText(time: Timestamp): string {
  const iso = isoTime(time);
  return `${dayText(iso.slice(0, 10))}, ${iso.slice(11, 16)} UTC`;
}

/** As of the page. */
export function isUnderWay({ asOf }: StatusPage, { start }: PlannedMaintenance): boolean {
  return start === undefined || timeMs(start) <= timeMs(asOf!);
}

export function entriesOf({ groups }: StatusPage): readonly StatusEntry[] {
  return groups.flatMap(({ entries }) => entries);
}

/** Names of entries by their keys. */
export function namesOf(page: StatusPage, keys: readonly string[]): readonly string[] {
  const names = new Map(entriesOf(page).map(({ key, name }) => [key, name]));
  return keys.flatMap((key) => names.get(key) ?? []);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** XML 1.0 has no other control characters than these, and no halves of surrogate pairs. */
const UNPRINTABLE = /[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu;

/** For text and attributes in quotes, of HTML and XML. */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(UNPRINTABLE, '\ufffd')
    .replaceAll(/[&<>"']/g, (char) => ESCAPES[char]!);
}
