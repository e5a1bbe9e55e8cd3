// Why a component has its status: how its rule decided, and the ways to the roots of its trouble.
import { isDecisive } from './blame.ts';
import type { Impact, Rule } from './definition.ts';
import type { Graph } from './graph.ts';
import type { Reason } from './observation.ts';
import { type Contribution, contribution, createTally, judge, type Tally } from './rules.ts';
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
  /** Those that count: of the worst status first, at most `MAX_CONTRIBUTIONS`. */
  readonly members: readonly MemberContribution[];
  /** Those that do not: of impact IGNORED, or in MAINTENANCE. In the same order, as many at the most. */
  readonly notCounted: readonly MemberContribution[];
}

export interface Explanation {
  readonly component: string;
  /** For groups. */
  readonly rule?: RuleExplanation;
  /** From the component to each root cause, each way once, at most `MAX_CAUSES`. Empty when it is HEALTHY or in MAINTENANCE. */
  readonly causes: readonly (readonly CauseStep[])[];
  /** There are more causes. */
  readonly truncated: boolean;
}

/** What is asked of each component: of a standings, or of what was published. */
export interface Standings {
  status(index: number): Status;
}

export const MAX_CONTRIBUTIONS = 1000;
export const MAX_CAUSES = 100;

/** The components that an UNHEALTHY component depends on and that are UNHEALTHY too. */
export function unhealthyDependencies(graph: Graph, standings: Standings, index: number): readonly number[] {
  const { dependencies } = graph;
  if (dependencies.count(index) === 0 || standings.status(index) !== 'UNHEALTHY') return [];
  return [...dependencies.of(index)].filter((dependency) => standings.status(dependency) === 'UNHEALTHY');
}

/** Which components there are for whoever asks. */
type Shows = (index: number) => boolean;

/**
 * @param shows Default: all. Others are named nowhere, and ways end before them. What was decided with them stays decided, and who
 * is to blame too: what is shown in place of one that is not would be blamed for nothing.
 */
export function explain(
  graph: Graph,
  standings: Standings,
  reasonOf: (index: number) => Reason,
  index: number,
  shows: Shows = () => true,
): Explanation {
  const { causes, truncated } = findCauses(graph, standings, reasonOf, index, shows);
  const rule = explainRule(graph, standings, index, shows);
  return { component: graph.definitions[index]!.id, ...(rule && { rule }), causes, truncated };
}

function explainRule(graph: Graph, standings: Standings, index: number, shows: Shows): RuleExplanation | undefined {
  const { subject } = graph.definitions[index]!;
  if (subject.type !== 'group') return undefined;
  const verdict = judge(subject.rule, tallyOf(graph, standings, index));
  const members: MemberContribution[] = [];
  for (let edge = graph.members.start(index); edge < graph.members.end(index); edge++) {
    if (shows(graph.members.targets[edge]!)) members.push(describeMember(graph, standings, edge));
  }
  members.sort((a, b) => badness(b.status) - badness(a.status));
  const isCounted = ({ contributes }: MemberContribution) => contributes !== undefined;
  return {
    rule: subject.rule,
    ifUnknownHealthy: verdict.ifUnknownHealthy,
    ifUnknownUnhealthy: verdict.ifUnknownUnhealthy,
    members: members.filter(isCounted).slice(0, MAX_CONTRIBUTIONS),
    notCounted: members.filter((member) => !isCounted(member)).slice(0, MAX_CONTRIBUTIONS),
  };
}

function tallyOf({ members, impacts, weights }: Graph, { status }: Standings, group: number): Tally {
  const tally = createTally();
  for (let edge = members.start(group); edge < members.end(group); edge++) {
    const slot = tally[contribution(status(members.targets[edge]!), impacts.get(edge))];
    slot.count += 1;
    slot.weight += weights[edge]!;
  }
  return tally;
}

function describeMember(graph: Graph, standings: Standings, edge: number): MemberContribution {
  const member = graph.members.targets[edge]!;
  const impact = graph.impacts.get(edge);
  const status = standings.status(member);
  const contributed = contribution(status, impact);
  const described = { component: graph.definitions[member]!.id, status, impact, weight: graph.weights[edge]! };
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
function findCauses(
  graph: Graph,
  standings: Standings,
  reasonOf: (index: number) => Reason,
  start: number,
  shows: Shows,
) {
  const causes: CauseStep[][] = [];
  let truncated = false;
  const path: CauseStep[] = [];
  const step = (index: number, relation?: CauseStep['relation']): CauseStep => ({
    component: graph.definitions[index]!.id,
    ...(relation && { relation }),
    status: standings.status(index),
    reason: reasonOf(index),
    suppressed: unhealthyDependencies(graph, standings, index).some(shows),
  });
  const stack: { index: number; relation?: CauseStep['relation']; depth: number }[] = [];
  if (hasCauses(standings.status(start))) stack.push({ index: start, depth: 0 });
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (causes.length === MAX_CAUSES) {
      truncated = true;
      break;
    }
    path.length = top.depth;
    path.push(step(top.index, top.relation));
    const depth = path.length;
    const members = blamedMembers(graph, standings, top.index).filter(shows);
    const dependencies = unhealthyDependencies(graph, standings, top.index).filter(
      // What is both is one way.
      (index) => shows(index) && !members.includes(index),
    );
    if (members.length + dependencies.length === 0) causes.push([...path]);
    // A stack gives back the last first; pushed in reverse they are walked in order, members before dependencies.
    for (const index of dependencies.toReversed()) stack.push({ index, relation: 'dependency', depth });
    for (const index of members.toReversed()) stack.push({ index, relation: 'member', depth });
  }
  return { causes, truncated };
}

/** What is in maintenance is out of service on purpose: no trouble, and the cause of none. */
function hasCauses(status: Status): boolean {
  return status !== 'HEALTHY' && status !== 'MAINTENANCE';
}

/** The members that explain the status of a group, those of the worst status first. */
function blamedMembers(graph: Graph, standings: Standings, index: number): readonly number[] {
  const status = standings.status(index);
  if (!hasCauses(status)) return [];
  const parts = graph.parts.get(index);
  if (parts !== undefined) {
    // Whatever is not well: a part that fails may leave the whole degraded.
    const unwell = parts.filter((part) => hasCauses(standings.status(part)));
    return unwell.sort((a, b) => badness(standings.status(b)) - badness(standings.status(a)));
  }
  const counted: { readonly member: number; readonly contributed: Contribution }[] = [];
  for (let edge = graph.members.start(index); edge < graph.members.end(index); edge++) {
    const member = graph.members.targets[edge]!;
    const own = standings.status(member);
    const contributed = contribution(own, graph.impacts.get(edge));
    if (contributed !== 'IGNORED' && hasCauses(own)) counted.push({ member, contributed });
  }
  const decisive = counted.filter(({ contributed }) => isDecisive(contributed, status));
  // By score or by number, members that are each better than the group can still make it what it is.
  return (decisive.length > 0 ? decisive : counted)
    .map(({ member }) => member)
    .sort((a, b) => badness(standings.status(b)) - badness(standings.status(a)));
}
