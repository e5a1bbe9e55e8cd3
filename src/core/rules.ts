// How a group's rule makes one status of many. Rules see numbers of members only, never which: that is what lets the
// rollup keep a tally per group and change it in constant time.
import type { Impact, Rule, Share } from './definition.ts';
import { type Outcome, SEVERITY, type Status } from './status.ts';

/** Counted members by outcome, and the sums of their weights. */
export interface Votes {
  readonly healthy: number;
  readonly degraded: number;
  readonly unhealthy: number;
  readonly healthyWeight: number;
  readonly degradedWeight: number;
  readonly unhealthyWeight: number;
}

/** What a member contributes to its group. `UNKNOWN_AT_WORST_DEGRADED`: an unknown member of impact DEGRADES. */
export type Contribution = Outcome | 'UNKNOWN' | 'UNKNOWN_AT_WORST_DEGRADED' | 'MAINTENANCE' | 'IGNORED';

/** Applies impact, which comes before everything else: an ignored member is ignored in maintenance too. */
export function contribution(status: Status, impact: Impact): Contribution {
  if (impact === 'IGNORED') return 'IGNORED';
  if (impact === 'CRITICAL') return status;
  if (status === 'UNHEALTHY') return 'DEGRADED';
  return status === 'UNKNOWN' ? 'UNKNOWN_AT_WORST_DEGRADED' : status;
}

/** Members of one group by what they contribute. Weights are whole numbers, so that adding and taking away is exact. */
export type Tally = Record<Contribution, { count: number; weight: number }>;

export function createTally(): Tally {
  const none = () => ({ count: 0, weight: 0 });
  return {
    HEALTHY: none(),
    DEGRADED: none(),
    UNHEALTHY: none(),
    UNKNOWN: none(),
    UNKNOWN_AT_WORST_DEGRADED: none(),
    MAINTENANCE: none(),
    IGNORED: none(),
  };
}

/** What a tally comes to with the unknown members taken one way and the other. */
export interface Verdict {
  readonly status: Status;
  readonly ifUnknownHealthy: Status;
  readonly ifUnknownUnhealthy: Status;
}

/**
 * The status of a group. Rules are monotone, so the two extreme assignments of the unknown members bound all others:
 * where both come to the same status, every assignment does.
 */
export function judge(rule: Rule, tally: Tally): Verdict {
  const { HEALTHY, DEGRADED, UNHEALTHY, UNKNOWN, UNKNOWN_AT_WORST_DEGRADED } = tally;
  const unknown = UNKNOWN.count + UNKNOWN_AT_WORST_DEGRADED.count;
  if (HEALTHY.count + DEGRADED.count + UNHEALTHY.count + unknown === 0) {
    // What counts is in maintenance, all of it; or nothing counts, and then nobody knows, whatever the ignored ones are.
    const status = tally.MAINTENANCE.count > 0 ? 'MAINTENANCE' : 'UNKNOWN';
    return { status, ifUnknownHealthy: status, ifUnknownUnhealthy: status };
  }
  const ifUnknownHealthy = decide(rule, {
    healthy: HEALTHY.count + unknown,
    degraded: DEGRADED.count,
    unhealthy: UNHEALTHY.count,
    healthyWeight: HEALTHY.weight + UNKNOWN.weight + UNKNOWN_AT_WORST_DEGRADED.weight,
    degradedWeight: DEGRADED.weight,
    unhealthyWeight: UNHEALTHY.weight,
  });
  if (unknown === 0) return { status: ifUnknownHealthy, ifUnknownHealthy, ifUnknownUnhealthy: ifUnknownHealthy };
  const ifUnknownUnhealthy = decide(rule, {
    healthy: HEALTHY.count,
    degraded: DEGRADED.count + UNKNOWN_AT_WORST_DEGRADED.count,
    unhealthy: UNHEALTHY.count + UNKNOWN.count,
    healthyWeight: HEALTHY.weight,
    degradedWeight: DEGRADED.weight + UNKNOWN_AT_WORST_DEGRADED.weight,
    unhealthyWeight: UNHEALTHY.weight + UNKNOWN.weight,
  });
  const status = ifUnknownHealthy === ifUnknownUnhealthy ? ifUnknownHealthy : 'UNKNOWN';
  return { status, ifUnknownHealthy, ifUnknownUnhealthy };
}

/** How each kind of rule decides over known members; at least one is counted. Each is monotone: better votes never give a worse outcome. */
const DECIDE: { readonly [K in Rule['kind']]: (rule: Extract<Rule, { kind: K }>, votes: Votes) => Outcome } = {
  worst(_rule, votes) {
    if (votes.unhealthy > 0) return 'UNHEALTHY';
    return votes.degraded > 0 ? 'DEGRADED' : 'HEALTHY';
  },
  best(_rule, votes) {
    if (votes.healthy > 0) return 'HEALTHY';
    return votes.degraded > 0 ? 'DEGRADED' : 'UNHEALTHY';
  },
  quorum(rule, votes) {
    const total = votes.healthy + votes.degraded + votes.unhealthy;
    if (reaches(votes.healthy, rule.healthy, total)) return 'HEALTHY';
    return reaches(votes.healthy + votes.degraded, rule.degraded, total) ? 'DEGRADED' : 'UNHEALTHY';
  },
  weighted(rule, votes) {
    const weights = votes.healthyWeight + votes.degradedWeight + votes.unhealthyWeight;
    const score = (votes.healthyWeight + votes.degradedWeight / 2) / weights;
    if (score >= rule.healthyAt) return 'HEALTHY';
    return score >= rule.degradedAt ? 'DEGRADED' : 'UNHEALTHY';
  },
};

function decide<K extends Rule['kind']>(rule: Extract<Rule, { kind: K }>, votes: Votes): Outcome {
  return DECIDE[rule.kind as K](rule, votes);
}

function reaches(count: number, share: Share, total: number): boolean {
  return 'count' in share ? count >= share.count : count * 100 >= share.percent * total;
}

/** Whether a contribution is at least as bad as `outcome`. Unknown, ignored and maintained members are not. */
export function isAtLeastAsBad(contributed: Contribution, outcome: Outcome): boolean {
  const severity = contributed in SEVERITY ? SEVERITY[contributed as Outcome] : -1;
  return severity >= SEVERITY[outcome];
}
