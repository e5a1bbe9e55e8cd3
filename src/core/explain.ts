// Why a component has its status: how its rule decided, and the ways to the roots of its trouble.
import type { Impact, Rule } from './definition.ts';
import type { Edge, Graph } from './graph.ts';
import type { Reason } from './observation.ts';
import type { Rollup } from './rollup.ts';
import { contribution, isAtLeastAsBad } from './rules.ts';
import { isOutcome, type Outcome, SEVERITY, type Status } from './status.ts';

/** What a member contributes to its group. */
export interface MemberContribution {
  readonly component: string;
  readonly status: Status;
  /** After impact; left out when it does not count. */
  readonly contributes?: Outcome | 'UNKNOWN';
  readonly impact: Impact;
  readonly weight: number;
}

export interface CauseStep {
  readonly component: string;
  /** Why this step follows the one before; left out for the first. */
  readonly relation?: 'member' | 'dependency';
  readonly status: Status;
  readonly reason: Reason;
  /** Something that it depends on is UNHEALTHY while it is: alerts about it are suppressed. */
  readonly suppressed: boolean;
}

export interface RuleExplanation {
  readonly rule: Rule;
  readonly ifUnknownHealthy: Status;
  readonly ifUnknownUnhealthy: Status;
  /** The worst first, at most `MAX_CONTRIBUTIONS`. */
  readonly members: readonly MemberContribution[];
}

export interface Explanation {
  readonly component: string;
  /** For groups. */
  readonly rule?: RuleExplanation;
  /** From the component to each root cause, at most `MAX_CAUSES`. Empty when it is HEALTHY. */
  readonly causes: readonly (readonly CauseStep[])[];
  /** There are more causes. */
  readonly truncated: boolean;
}

export const MAX_CONTRIBUTIONS = 1000;
export const MAX_CAUSES = 100;

/** The components that an UNHEALTHY component depends on and that are UNHEALTHY too. */
export function unhealthyDependencies(graph: Graph, rollup: Rollup, index: number): readonly number[] {
  const dependencies = graph.dependencies[index]!;
  if (dependencies.length === 0 || rollup.status(index) !== 'UNHEALTHY') return [];
  return dependencies.filter((dependency) => rollup.status(dependency) === 'UNHEALTHY');
}

export function explain(graph: Graph, rollup: Rollup, reasonOf: (index: number) => Reason, index: number): Explanation {
  const { causes, truncated } = findCauses(graph, rollup, reasonOf, index);
  const rule = explainRule(graph, rollup, index);
  return { component: graph.definitions[index]!.id, ...(rule && { rule }), causes, truncated };
}

function explainRule(graph: Graph, rollup: Rollup, index: number): RuleExplanation | undefined {
  const { subject } = graph.definitions[index]!;
  const verdict = rollup.verdict(index);
  if (subject.type !== 'group' || verdict === undefined) return undefined;
  const members = graph.members[index]!.map((edge) => describeMember(graph, rollup, edge)).sort(
    (a, b) => badness(b.status) - badness(a.status),
  );
  return {
    rule: subject.rule,
    ifUnknownHealthy: verdict.ifUnknownHealthy,
    ifUnknownUnhealthy: verdict.ifUnknownUnhealthy,
    members: members.slice(0, MAX_CONTRIBUTIONS),
  };
}

function describeMember(graph: Graph, rollup: Rollup, edge: Edge): MemberContribution {
  const { impact, weight, member } = edge;
  const status = rollup.status(member);
  const contributed = contribution(status, impact);
  const described = { component: graph.definitions[member]!.id, status, impact, weight };
  if (contributed === 'IGNORED' || contributed === 'MAINTENANCE') return described;
  return { ...described, contributes: contributed === 'UNKNOWN_AT_WORST_DEGRADED' ? 'UNKNOWN' : contributed };
}

/** For sorting: what hurts most comes first. */
function badness(status: Status): number {
  if (isOutcome(status)) return SEVERITY[status] * 2;
  return status === 'UNKNOWN' ? 3 : 1;
}

/**
 * Walks from the component down whatever explains each status, depth first. Every such walk ends at a root cause, so
 * the work is bounded by the number of paths asked for, however many there are.
 */
function findCauses(graph: Graph, rollup: Rollup, reasonOf: (index: number) => Reason, start: number) {
  const causes: CauseStep[][] = [];
  let truncated = false;
  const path: CauseStep[] = [];
  const step = (index: number, relation?: CauseStep['relation']): CauseStep => ({
    component: graph.definitions[index]!.id,
    ...(relation && { relation }),
    status: rollup.status(index),
    reason: reasonOf(index),
    suppressed: unhealthyDependencies(graph, rollup, index).length > 0,
  });
  const stack: { index: number; relation?: CauseStep['relation']; depth: number }[] = [];
  if (rollup.status(start) !== 'HEALTHY') stack.push({ index: start, depth: 0 });
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (causes.length === MAX_CAUSES) {
      truncated = true;
      break;
    }
    path.length = top.depth;
    path.push(step(top.index, top.relation));
    const depth = path.length;
    const members = blamedMembers(graph, rollup, top.index);
    const dependencies = unhealthyDependencies(graph, rollup, top.index);
    if (members.length + dependencies.length === 0) causes.push([...path]);
    // A stack gives back the last first; pushed in reverse they are walked in order, members before dependencies.
    for (const index of dependencies.toReversed()) stack.push({ index, relation: 'dependency', depth });
    for (const index of members.toReversed()) stack.push({ index, relation: 'member', depth });
  }
  return { causes, truncated };
}

/** The members that explain a group's status, the worst first. */
function blamedMembers(graph: Graph, rollup: Rollup, index: number): readonly number[] {
  const status = rollup.status(index);
  // A group that is itself in maintenance is its own root.
  if (rollup.inMaintenance(index) || status === 'HEALTHY') return [];
  const counted = graph.members[index]!.map((edge) => ({
    edge,
    contributed: contribution(rollup.status(edge.member), edge.impact),
  })).filter(({ contributed }) => contributed !== 'HEALTHY' && contributed !== 'IGNORED');
  const decisive = counted.filter(({ contributed }) => {
    if (isOutcome(status)) return isAtLeastAsBad(contributed, status);
    return status === 'UNKNOWN' ? contributed.startsWith('UNKNOWN') : contributed === 'MAINTENANCE';
  });
  // By score or by number, members that are each better than the group can still make it what it is.
  return (decisive.length > 0 ? decisive : counted)
    .map(({ edge }) => edge.member)
    .sort((a, b) => badness(rollup.status(b)) - badness(rollup.status(a)));
}
