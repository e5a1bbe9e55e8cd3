// What the aggregator holds of one component, and the health that it makes of it.
import type { Suspension } from '../core/alert.ts';
import { counted } from '../core/counted.ts';
import type {
  CalendarHeartbeat,
  ComponentDefinition,
  MaintenancePeriod,
  PeriodicHeartbeat,
  ProbeSubject,
} from '../core/definition.ts';
import { formatDue, isByCalendar, nextDueMs } from '../core/due-times.ts';
import type { Health, MemberCounts } from '../core/health.ts';
import { NOTHING_IMPOSED } from '../core/imposed-maintenance.ts';
import { Numbered } from '../core/numbered.ts';
import type { Phases, Reason } from '../core/observation.ts';
import type { Status } from '../core/status.ts';
import type { Condition, Thresholds } from '../core/thresholds.ts';
import type { LookedAtAgain } from './deadlines.ts';

/** One look at the clocks: whatever follows from one cause happens at one time. */
export interface Moment {
  /** Epoch milliseconds. */
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** A moment that is past. The wall clock is taken to have been right since, as it is now. */
export function momentAt(monotonicMs: number, now: Moment): Moment {
  return { monotonicMs, wallMs: Math.round(now.wallMs - Math.max(0, now.monotonicMs - monotonicMs)) };
}

/** A run of a job that has said that it began, and not that it ended. */
export interface JobRun {
  /** Empty: it has none. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly startedMs: number;
  /** From when on its time is counted: later than its start where its end may have come to nobody. */
  readonly countsFrom: Moment;
}

/** Places of its numbers. */
const CHECKED_AT = 0;
const LATENCY = 1;
const COUNTS_FROM_WALL = 2;
const COUNTS_FROM_MONOTONIC = 3;
const EXPECTED_SINCE = 4;
const REVISED_AT = 5;
const RECORDED_AT = 6;
const WANTED = 7;
const NUMBERS = 8;

/** There may be very many, and most of what is known of each is when something was. */
export class ComponentState extends Numbered implements LookedAtAgain {
  definition: ComponentDefinition;
  /** What its observations came to, however old they are. Of groups: unused. */
  condition: Condition;
  /** Of the last probe run. */
  phases: Phases | undefined = undefined;
  /** The last observation no longer counts: it is stale, or the next report is late. */
  expired = false;
  /** Of a heartbeat. */
  run: JobRun | undefined = undefined;
  /** Set while it is in maintenance. */
  maintenance: (MaintenancePeriod & { readonly reason: string }) | undefined = undefined;
  /** Maintenance that people began, or are to begin, of what takes it. */
  imposed: readonly Suspension[] = NOTHING_IMPOSED;
  /** What was last decided; it can be read once it is durable. */
  health: Health;
  /** Its words have changed and have no revision yet. */
  owesWords = false;
  place = -1;

  /** Of something that nobody has looked at. `known`: its health until now, where there was one under its id. */
  constructor(definition: ComponentDefinition, known: Health | undefined, now: Moment) {
    super(NUMBERS);
    this.definition = definition;
    this.condition = initialCondition(definition);
    this.health = known ?? initialHealth(definition, now);
    if (definition.subject.type !== 'heartbeat') return;
    this.countsFrom = now;
    this.expectedSinceMs = now.wallMs;
  }

  get id() {
    return this.definition.id;
  }
  /** Epoch milliseconds of the last observation. */
  get checkedAtMs(): number | undefined {
    return this.getNumber(CHECKED_AT);
  }
  set checkedAtMs(ms: number | undefined) {
    this.setNumber(CHECKED_AT, ms);
  }
  get latencyMs(): number | undefined {
    return this.getNumber(LATENCY);
  }
  set latencyMs(ms: number | undefined) {
    this.setNumber(LATENCY, ms);
  }
  /** Of the last observation, or from when on a report is waited for. It counts from then on. */
  get countsFrom(): Moment | undefined {
    const wallMs = this.getNumber(COUNTS_FROM_WALL);
    return wallMs === undefined ? undefined : { wallMs, monotonicMs: this.getNumber(COUNTS_FROM_MONOTONIC)! };
  }
  set countsFrom(moment: Moment | undefined) {
    this.setNumber(COUNTS_FROM_WALL, moment?.wallMs);
    this.setNumber(COUNTS_FROM_MONOTONIC, moment?.monotonicMs);
  }
  /** Epoch milliseconds, of a heartbeat that never reported: since when it could have. */
  get expectedSinceMs(): number | undefined {
    return this.getNumber(EXPECTED_SINCE);
  }
  set expectedSinceMs(ms: number | undefined) {
    this.setNumber(EXPECTED_SINCE, ms);
  }
  /** Monotonic milliseconds of its latest revision in this incarnation. */
  get revisedAtMs(): number | undefined {
    return this.getNumber(REVISED_AT);
  }
  set revisedAtMs(ms: number | undefined) {
    this.setNumber(REVISED_AT, ms);
  }
  /** Monotonic milliseconds of the last observation that went to history. */
  get recordedAtMs(): number | undefined {
    return this.getNumber(RECORDED_AT);
  }
  set recordedAtMs(ms: number | undefined) {
    this.setNumber(RECORDED_AT, ms);
  }
  get wantedMs(): number | undefined {
    return this.getNumber(WANTED);
  }
  set wantedMs(ms: number | undefined) {
    this.setNumber(WANTED, ms);
  }
}

/** Code of the reason that a report gives. */
export const REPORTED = 'REPORTED';
/** Code of the reason of a heartbeat whose report did not come in time. */
export const LATE = 'LATE';

/** Code of the reason of what nobody can look at. */
export const PLACE_CUT_OFF = 'PLACE_CUT_OFF';

const NEVER_CHECKED: Reason = { code: 'NEVER_CHECKED', message: 'not checked yet' };
const NEVER_REPORTED: Reason = { code: 'NEVER_REPORTED', message: 'no report yet' };

const NOBODY: Health['causedBy'] = Object.freeze([]);

function initialCondition({ subject }: ComponentDefinition): Condition {
  return { status: 'UNKNOWN', reason: subject.type === 'heartbeat' ? NEVER_REPORTED : NEVER_CHECKED };
}

/** Of what nobody has looked at. */
export function initialHealth(definition: ComponentDefinition, { wallMs }: Moment): Health {
  return {
    component: definition.id,
    status: 'UNKNOWN',
    sinceMs: wallMs,
    reason: initialCondition(definition).reason,
    causedBy: NOBODY,
    revision: 0,
  };
}

/** Equal: what was seen of one holds for the other. */
export function identityOf({ subject }: ComponentDefinition): string {
  return subject.type === 'probe' ? `${subject.kind} ${subject.fingerprint}` : subject.type;
}

/** Epoch milliseconds: when the report is due that is waited for. */
function dueMs(subject: CalendarHeartbeat, countsFrom: Moment): number {
  return nextDueMs(subject, countsFrom.wallMs);
}

/** The condition of a component whose last observation is too old. */
function expiredCondition(subject: Subject, countsFrom: Moment): Condition {
  if (subject.type === 'heartbeat') {
    const grace = `${formatMs(subject.graceMs)} of grace`;
    const message = isByCalendar(subject)
      ? `no report, due at ${formatDue(subject, dueMs(subject, countsFrom))}, within ${grace}`
      : `no report within ${formatMs(subject.periodMs)} and ${grace}`;
    return { status: 'UNHEALTHY', reason: { code: LATE, message } };
  }
  const message = `the last observation is older than ${formatMs(subject.schedule.staleAfterMs)}`;
  return { status: 'UNKNOWN', reason: { code: 'STALE', message } };
}

/** The condition of a component that is no group, whatever its maintenance. */
export function ownCondition({ expired, definition: { subject }, condition, countsFrom }: ComponentState): Condition {
  return expired && subject.type !== 'group' && countsFrom ? expiredCondition(subject, countsFrom) : condition;
}

/** A report decides at once. */
export function thresholdsOf({ subject }: ComponentDefinition): Thresholds {
  if (subject.type !== 'probe') return { healthy: 1, unhealthy: 1 };
  return { healthy: subject.schedule.healthyThreshold, unhealthy: subject.schedule.unhealthyThreshold };
}

/**
 * Monotonic milliseconds from which the last observation no longer counts; infinite where there is none to wait for. That of a
 * calendar moves with the wall clock: it is where it would be if that went on as it stands now.
 */
export function expiresAtMs({ definition: { subject }, countsFrom }: ComponentState, now: Moment): number {
  if (countsFrom === undefined || subject.type === 'group') return Number.POSITIVE_INFINITY;
  if (!isByCalendar(subject)) return countsFrom.monotonicMs + lifetimeMs(subject);
  return now.monotonicMs + (dueMs(subject, countsFrom) + subject.graceMs - now.wallMs);
}

/** The same in epoch milliseconds. */
export function expiryMs({ definition: { subject }, countsFrom }: ComponentState): number {
  if (countsFrom === undefined || subject.type === 'group') return Number.POSITIVE_INFINITY;
  if (isByCalendar(subject)) return dueMs(subject, countsFrom) + subject.graceMs;
  return countsFrom.wallMs + lifetimeMs(subject);
}

/** How long an observation counts where no calendar says until when. */
function lifetimeMs(subject: ProbeSubject | PeriodicHeartbeat): number {
  return subject.type === 'heartbeat' ? subject.periodMs + subject.graceMs : subject.schedule.staleAfterMs;
}

export function hasExpired(state: ComponentState, now: Moment): boolean {
  return expiresAtMs(state, now) <= now.monotonicMs;
}

type Subject = ProbeSubject | PeriodicHeartbeat | CalendarHeartbeat;

/** What the graph knows of a component at this moment. */
export interface Surroundings {
  readonly status: Status;
  readonly counts: MemberCounts | undefined;
  readonly causedBy: readonly string[];
  /** Of a group that is not well: ids of members that make it so, the worst first, and how many there are. */
  readonly blamed: { readonly ids: readonly string[]; readonly count: number } | undefined;
}

/** A health that nobody else has seen yet. */
export type HealthDraft = { -readonly [Key in keyof Health]: Health[Key] };

/** The health that follows from state and graph. `sinceMs` and `revision` are the known ones; `conclude` moves them on. */
export function healthOf(state: ComponentState, surroundings: Surroundings): HealthDraft {
  const { definition, maintenance, checkedAtMs, latencyMs, phases, run } = state;
  const { sinceMs, revision } = state.health;
  const { status, counts, causedBy } = surroundings;
  const reason = reasonOf(state, surroundings);
  const component = definition.id;
  // What most have is there from the beginning on: V8 puts what comes later into an array of its own.
  const draft: HealthDraft =
    checkedAtMs !== undefined && latencyMs !== undefined
      ? { component, status, sinceMs, reason, causedBy, revision, checkedAtMs, latencyMs }
      : { component, status, sinceMs, reason, causedBy, revision };
  if (checkedAtMs !== undefined) draft.checkedAtMs = checkedAtMs;
  if (phases !== undefined) draft.phases = phases;
  if (run !== undefined) draft.run = { id: run.id, startedMs: run.startedMs };
  if (counts !== undefined) draft.memberCounts = counts;
  if (maintenance !== undefined) {
    const { untilMs, reason } = maintenance;
    draft.maintenance = { reason, ...(untilMs !== undefined && { untilMs }) };
    return draft;
  }
  const { pending } = ownCondition(state);
  if (pending !== undefined) draft.pending = pending;
  return draft;
}

/** Whether two healths differ in what counts as a change: everything but when the last look was, how long it took and what came in it. */
export function isChange(before: Health, after: Health): boolean {
  return hasOtherWords(before, after) || isChangeBeyondWords(before, after);
}

/** Whether the message of its reason has changed, or the run of its job. */
export function hasOtherWords(before: Health, after: Health): boolean {
  return (
    before.reason.message !== after.reason.message ||
    before.run?.startedMs !== after.run?.startedMs ||
    before.run?.id !== after.run?.id
  );
}

/** Whether more has changed than that. */
export function isChangeBeyondWords(before: Health, after: Health): boolean {
  return (
    before.status !== after.status ||
    before.reason.code !== after.reason.code ||
    before.pending?.status !== after.pending?.status ||
    before.pending?.count !== after.pending?.count ||
    before.pending?.threshold !== after.pending?.threshold ||
    before.pending?.reason.code !== after.pending?.reason.code ||
    before.pending?.reason.message !== after.pending?.reason.message ||
    before.maintenance?.reason !== after.maintenance?.reason ||
    before.maintenance?.untilMs !== after.maintenance?.untilMs ||
    before.causedBy.join() !== after.causedBy.join() ||
    !sameCounts(before.memberCounts, after.memberCounts)
  );
}

function sameCounts(before: MemberCounts | undefined, after: MemberCounts | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return (
    before.total === after.total &&
    before.healthy === after.healthy &&
    before.degraded === after.degraded &&
    before.unhealthy === after.unhealthy &&
    before.unknown === after.unknown &&
    before.maintenance === after.maintenance &&
    before.ignored === after.ignored
  );
}

function reasonOf(state: ComponentState, { status, counts, blamed }: Surroundings): Reason {
  if (state.maintenance !== undefined) {
    return { code: 'MAINTENANCE', message: state.maintenance.reason || 'in maintenance' };
  }
  if (counts === undefined) return ownCondition(state).reason;
  const { subject } = state.definition;
  const isOfPlaces = subject.type === 'group' && subject.isOfPlaces === true;
  const reason = isOfPlaces ? placesReason(status, counts) : groupReason(status, counts);
  // Evidence: that other members are to blame now is no change of the group (ADR 4).
  return blamed === undefined ? reason : { ...reason, evidence: namesOf(blamed) };
}

/** `cache, shop and 3 more`: `ExplainHealth` names all of them. */
function namesOf({ ids, count }: NonNullable<Surroundings['blamed']>): string {
  return ids.length < count ? `${ids.join(', ')} and ${count - ids.length} more` : ids.join(', ');
}

function groupReason(status: Status, counts: MemberCounts): Reason {
  const parts = (['healthy', 'degraded', 'unhealthy', 'unknown', 'maintenance'] as const)
    .filter((key) => counts[key] > 0)
    .map((key) => `${counts[key]} ${key === 'maintenance' ? 'in maintenance' : key}`);
  const ignored = counts.ignored > 0 ? `, ${counts.ignored} of them ignored` : '';
  const message =
    counts.total === 0 ? 'no members' : `of ${counted(counts.total, 'member')}: ${parts.join(', ')}${ignored}`;
  return { code: `MEMBERS_${status}`, message };
}

/** `2 of 3 places unhealthy, 1 unknown`: those first that are as the whole is. */
function placesReason(status: Status, counts: MemberCounts): Reason {
  const keys = (['unhealthy', 'degraded', 'healthy', 'unknown', 'maintenance'] as const).filter(
    (key) => counts[key] > 0,
  );
  const own = status.toLowerCase();
  const [first, ...rest] = keys.toSorted((a, b) => Number(b === own) - Number(a === own) || counts[b] - counts[a]);
  const word = (key: string) => (key === 'maintenance' ? 'in maintenance' : key);
  const words = [
    `${counts[first!]} of ${counts.total} places ${word(first!)}`,
    ...rest.map((key) => `${counts[key]} ${word(key)}`),
  ];
  return { code: `MEMBERS_${status}`, message: words.join(', ') };
}

/** `90s`, `1h30m`: as the configuration writes durations. */
export function formatMs(ms: number): string {
  if (ms === 0) return '0s';
  if (ms % 1000 !== 0) return `${ms}ms`;
  const seconds = ms / 1000;
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join('');
}
