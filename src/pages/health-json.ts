// The health of a component as `application/health+json`, for load balancers (draft-inadarei-api-health-check-06; the
// sections named here are its own).
import type { Health } from '../core/health.ts';
import { type Reason, reasonText } from '../core/observation.ts';
import type { Status } from '../core/status.ts';
import type { HealthReader } from '../engine/health-ports.ts';

export const HEALTH_CONTENT_TYPE = 'application/health+json';
/** Members that one answer names at the most; the worst ones are in it. */
export const MAX_MEMBER_CHECKS = 100;

type HealthWord = 'pass' | 'warn' | 'fail';

interface Check {
  readonly componentId: string;
  readonly componentType: string;
  readonly observedValue: string | number;
  readonly observedUnit?: string;
  readonly status: HealthWord;
  readonly time?: string;
  readonly output?: string;
}

export interface HealthDocument {
  readonly status: HealthWord;
  readonly serviceId: string;
  readonly description: string;
  readonly output?: string;
  readonly notes?: readonly string[];
  readonly checks?: Readonly<Record<string, readonly Check[]>>;
}

/** Section 3.1: pass and warn answer 2xx, fail answers 4xx or 5xx. What is not known to work is no place to send requests to. */
const WORDS: Readonly<Record<Status, { readonly word: HealthWord; readonly httpStatus: 200 | 503 }>> = {
  HEALTHY: { word: 'pass', httpStatus: 200 },
  DEGRADED: { word: 'warn', httpStatus: 200 },
  UNHEALTHY: { word: 'fail', httpStatus: 503 },
  UNKNOWN: { word: 'fail', httpStatus: 503 },
  MAINTENANCE: { word: 'fail', httpStatus: 503 },
};
/** The worst first, where there is no room for all. */
const ORDER: Readonly<Record<Status, number>> = { UNHEALTHY: 0, UNKNOWN: 1, DEGRADED: 2, MAINTENANCE: 3, HEALTHY: 4 };

export function healthHttpStatus(health: Health): 200 | 503 {
  return WORDS[health.status].httpStatus;
}

/** What it reads of the state. */
export type MemberReader = Pick<HealthReader, 'health' | 'memberIds'>;

export function toHealthDocument(reader: MemberReader, health: Health): HealthDocument {
  const { word } = WORDS[health.status];
  const members = readMembers(reader, health.component);
  const shown = members.slice(0, MAX_MEMBER_CHECKS);
  const notes = [
    ...pendingNotes(health),
    ...(shown.length < members.length
      ? [`${shown.length} of ${members.length} members are shown, the worst first`]
      : []),
  ];
  const checks = { ...ownChecks(health), ...Object.fromEntries(shown.map(memberCheck)) };
  return {
    status: word,
    serviceId: health.component,
    description: `component ${health.component} is ${health.status}`,
    ...outputOf(health),
    ...(notes.length > 0 && { notes }),
    ...(Object.keys(checks).length > 0 && { checks }),
  };
}

function readMembers(reader: MemberReader, id: string): Health[] {
  return reader
    .memberIds(id)
    .map((memberId) => reader.health(memberId))
    .filter((member) => member !== undefined)
    .sort((a, b) => ORDER[a.status] - ORDER[b.status]);
}

/** Section 4: the key is the component's name and what is measured. */
function memberCheck(member: Health): [string, readonly Check[]] {
  return [
    `${member.component}:status`,
    [
      {
        componentId: member.component,
        componentType: 'component',
        observedValue: member.status,
        status: WORDS[member.status].word,
        ...timeOf(member),
        ...outputOf(member),
      },
    ],
  ];
}

function ownChecks(health: Health): Record<string, readonly Check[]> {
  if (health.latencyMs === undefined) return {};
  const check = {
    componentId: health.component,
    componentType: 'component',
    observedValue: health.latencyMs,
    observedUnit: 'ms',
    status: WORDS[health.status].word,
    ...timeOf(health),
  };
  return { [`${health.component}:responseTime`]: [check] };
}

/** Section 3.6: the reason, which is left out where all is well. */
function outputOf({ status, reason }: Health): { output?: string } {
  return WORDS[status].word === 'pass' ? {} : { output: reasonLine(reason) };
}

/** A change that its thresholds hold back: no part of the status, and so none of the output. */
function pendingNotes({ pending }: Health): string[] {
  if (pending === undefined) return [];
  const { count, threshold, status, reason } = pending;
  return [`pending: ${count} of ${threshold} for ${status}: ${reasonLine(reason)}`];
}

/** Its code alone for whoever may not see its words. */
function reasonLine(reason: Reason): string {
  const text = reasonText(reason);
  return text === '' ? reason.code : `${reason.code}: ${text}`;
}

/** When it was observed; for a group, since when it is so. */
function timeOf({ checkedAtMs, sinceMs }: Health): { time: string } {
  return { time: new Date(checkedAtMs ?? sinceMs).toISOString() };
}
