// What the core must come to, written from the text of the design alone: naive, recursive, from the whole history, and
// sharing no code with src/. Slow is fine; obviously right is the point.
import type { Member, Rule, Share, SystemDefinition } from '../../src/core/definition.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Outcome, Status } from '../../src/core/status.ts';

const BEST_FIRST: readonly Outcome[] = ['HEALTHY', 'DEGRADED', 'UNHEALTHY'];

const worse = (a: Outcome, b: Outcome) => BEST_FIRST.indexOf(a) > BEST_FIRST.indexOf(b);

interface Vote {
  readonly outcome: Outcome;
  readonly weight: number;
}

/** The table "Group status", over known members. */
export function outcomeByDesign(rule: Rule, votes: readonly Vote[]): Outcome {
  const all = votes.length;
  const are = (outcome: Outcome) => votes.filter((vote) => vote.outcome === outcome).length;
  const enough = (share: Share, number: number) =>
    'count' in share ? number >= share.count : number / all >= share.percent / 100;
  if (rule.kind === 'worst') {
    if (are('UNHEALTHY') > 0) return 'UNHEALTHY';
    return are('HEALTHY') === all ? 'HEALTHY' : 'DEGRADED';
  }
  if (rule.kind === 'best') {
    if (are('HEALTHY') > 0) return 'HEALTHY';
    return are('UNHEALTHY') === all ? 'UNHEALTHY' : 'DEGRADED';
  }
  if (rule.kind === 'quorum') {
    if (enough(rule.healthy, are('HEALTHY'))) return 'HEALTHY';
    return enough(rule.degraded, are('HEALTHY') + are('DEGRADED')) ? 'DEGRADED' : 'UNHEALTHY';
  }
  const points = { HEALTHY: 1, DEGRADED: 0.5, UNHEALTHY: 0 };
  let score = 0;
  let weights = 0;
  for (const { outcome, weight } of votes) {
    score += weight * points[outcome];
    weights += weight;
  }
  if (score / weights >= rule.healthyAt) return 'HEALTHY';
  return score / weights >= rule.degradedAt ? 'DEGRADED' : 'UNHEALTHY';
}

/** Every way to take the unknown ones. */
export function assignments(number: number): Outcome[][] {
  if (number === 0) return [[]];
  return assignments(number - 1).flatMap((rest) => BEST_FIRST.map((outcome) => [...rest, outcome]));
}

/** A group's status: one that comes out whatever the unknown members turn out to be, else UNKNOWN. */
export function groupByDesign(
  rule: Rule,
  members: readonly (Pick<Member, 'impact' | 'weight'> & { readonly status: Status })[],
): Status {
  const counted = members.filter(({ impact }) => impact !== 'IGNORED');
  if (counted.length === 0) return 'UNKNOWN';
  const inService = counted.filter(({ status }) => status !== 'MAINTENANCE');
  if (inService.length === 0) return 'MAINTENANCE';
  const unknown = inService.filter(({ status }) => status === 'UNKNOWN');
  const results = assignments(unknown.length).map((assignment) => {
    const votes = inService.map((member) => {
      const outcome = member.status === 'UNKNOWN' ? assignment[unknown.indexOf(member)] : (member.status as Outcome);
      const capped = member.impact === 'DEGRADES' && outcome === 'UNHEALTHY' ? 'DEGRADED' : outcome;
      return { outcome: capped!, weight: member.weight };
    });
    return outcomeByDesign(rule, votes);
  });
  return new Set(results).size === 1 ? results[0]! : 'UNKNOWN';
}

/** What is known of the components apart from the rules. */
export interface Facts {
  /** Own status of a component that is no group. */
  own(id: string): Status;
  inMaintenance(id: string): boolean;
}

/** The status of a component, worked out from the leaves. */
export function statusByDesign(system: SystemDefinition, id: string, facts: Facts): Status {
  if (facts.inMaintenance(id)) return 'MAINTENANCE';
  const { subject } = definitionOf(system, id);
  if (subject.type !== 'group') return facts.own(id);
  return groupByDesign(
    subject.rule,
    subject.members.map(({ component, impact, weight }) => ({
      status: statusByDesign(system, component, facts),
      impact,
      weight,
    })),
  );
}

/** Whose failure explains that of the component. */
export function causedByDesign(system: SystemDefinition, id: string, facts: Facts): string[] {
  const fails = (one: string) => statusByDesign(system, one, facts) === 'UNHEALTHY';
  return fails(id) ? definitionOf(system, id).dependsOn.filter(fails) : [];
}

/**
 * Every way from the component down to what is to blame, as ids. Nothing is wrong with what is HEALTHY, and nothing with
 * what is out of service on purpose. A group blames its members, everything blames what `causedByDesign` says.
 */
export function waysByDesign(system: SystemDefinition, id: string, facts: Facts): string[][] {
  const statusOf = (one: string) => statusByDesign(system, one, facts);
  if (['HEALTHY', 'MAINTENANCE'].includes(statusOf(id))) return [];
  const next = new Set([...blamedByDesign(system, id, facts), ...causedByDesign(system, id, facts)]);
  if (next.size === 0) return [[id]];
  return [...next].flatMap((one) => waysByDesign(system, one, facts)).map((way) => [id, ...way]);
}

/** Members that count and are not well: those that are as bad as the group where there are such, else all of them. */
function blamedByDesign(system: SystemDefinition, id: string, facts: Facts): string[] {
  const { subject } = definitionOf(system, id);
  if (subject.type !== 'group') return [];
  const group = statusByDesign(system, id, facts);
  const bad = subject.members
    .filter(({ impact }) => impact !== 'IGNORED')
    .map(({ component, impact }) => ({ component, impact, status: statusByDesign(system, component, facts) }))
    .filter(({ status }) => status !== 'HEALTHY' && status !== 'MAINTENANCE');
  const asBad = bad.filter(({ status, impact }) => {
    if (group === 'UNKNOWN') return status === 'UNKNOWN';
    if (status === 'UNKNOWN') return false;
    return group === 'DEGRADED' || (status === 'UNHEALTHY' && impact === 'CRITICAL');
  });
  return (asBad.length > 0 ? asBad : bad).map(({ component }) => component);
}

export function definitionOf(system: SystemDefinition, id: string) {
  return system.components.find((definition) => definition.id === id)!;
}

export interface ConditionByDesign {
  readonly status: Outcome | 'UNKNOWN';
  /** The message of its reason; left out while nothing was observed. */
  readonly because?: string;
  readonly pending?: { readonly status: Outcome; readonly count: number; readonly because: string };
}

/** "Component status" from all its observations, the oldest first, each moment judged by the whole history before it. */
export function conditionByDesign(
  history: readonly Observation[],
  thresholds: { readonly healthy: number; readonly unhealthy: number },
): ConditionByDesign {
  const latest = history.at(-1);
  if (latest === undefined) return { status: 'UNKNOWN' };
  const { outcome } = latest;
  const before = conditionByDesign(history.slice(0, -1), thresholds);
  if (outcome === 'UNKNOWN' || before.status === 'UNKNOWN' || latest.decisive || outcome === before.status) {
    return { status: outcome, because: latest.reason.message };
  }
  return judge(history, before, worse(outcome, before.status), thresholds);
}

/** What other thresholds make of the same observations, when a change is pending. */
export function conditionUnderOthers(
  history: readonly Observation[],
  present: ConditionByDesign,
  thresholds: { readonly healthy: number; readonly unhealthy: number },
): ConditionByDesign {
  if (present.pending === undefined || present.status === 'UNKNOWN') return present;
  return judge(history, present, worse(present.pending.status, present.status), thresholds);
}

function judge(
  history: readonly Observation[],
  present: ConditionByDesign & { readonly status: Status },
  getsWorse: boolean,
  thresholds: { readonly healthy: number; readonly unhealthy: number },
): ConditionByDesign {
  const status = present.status as Outcome;
  const threshold = getsWorse ? thresholds.unhealthy : thresholds.healthy;
  const lastOnes = history.slice(-threshold);
  const enough = lastOnes.length === threshold && runBeyond(lastOnes, status, getsWorse).length === threshold;
  if (!enough) return { ...present, pending: pendingOf(runBeyond(history, status, getsWorse), getsWorse) };
  const next = nearestOf(lastOnes, getsWorse);
  const because = lastOnes.findLast(({ outcome }) => outcome === next)!.reason.message;
  const rest = runBeyond(history, next, getsWorse);
  return rest.length === 0 ? { status: next, because } : { status: next, because, pending: pendingOf(rest, getsWorse) };
}

/** The latest observations in a row that are all worse (or all better) than the status. */
function runBeyond(history: readonly Observation[], status: Outcome, worsens: boolean): Observation[] {
  const isBeyond = ({ outcome }: Observation) =>
    outcome !== 'UNKNOWN' && (worsens ? worse(outcome, status) : worse(status, outcome));
  const lastOther = history.findLastIndex((observation) => !isBeyond(observation));
  return history.slice(lastOther + 1);
}

/** The least bad of worse ones, the worst of better ones. */
function nearestOf(run: readonly Observation[], worsens: boolean): Outcome {
  return run.map(({ outcome }) => outcome as Outcome).reduce((a, b) => (worse(a, b) === worsens ? b : a));
}

/** To the nearest of them, and what the latest of them said. */
function pendingOf(run: readonly Observation[], worsens: boolean) {
  return { status: nearestOf(run, worsens), count: run.length, because: run.at(-1)!.reason.message };
}
