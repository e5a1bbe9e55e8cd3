import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Impact, Rule } from '../../src/core/definition.ts';
import { contribution, createTally, judge } from '../../src/core/rules.ts';
import { OUTCOMES, type Outcome, type Status } from '../../src/core/status.ts';
import { impacts, rules, statuses, weights } from '../support/arbitraries.ts';
import { assignments, groupByDesign } from '../support/oracle.ts';

interface Voter {
  readonly status: Status;
  readonly impact: Impact;
  readonly weight: number;
}

/** What the rule comes to over these members. */
function verdictOf(rule: Rule, members: readonly Voter[]) {
  const tally = createTally();
  for (const { status, impact, weight } of members) {
    const slot = tally[contribution(status, impact)];
    slot.count += 1;
    slot.weight += weight;
  }
  return judge(rule, tally);
}

/** Members in short: statuses by their first letter (K for UNKNOWN), after `:` the impact by its first letter, after `*` the weight. */
function members(text: string): Voter[] {
  const status = { H: 'HEALTHY', D: 'DEGRADED', U: 'UNHEALTHY', K: 'UNKNOWN', M: 'MAINTENANCE' } as const;
  const impact = { C: 'CRITICAL', D: 'DEGRADES', I: 'IGNORED' } as const;
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [, letter, , mark = 'C', , weight = '1'] = /^(.)(:(.))?(\*(\d+))?$/.exec(word)!;
      return {
        status: status[letter as keyof typeof status],
        impact: impact[mark as keyof typeof impact],
        weight: Number(weight),
      };
    });
}

const worst: Rule = { kind: 'worst' };
const best: Rule = { kind: 'best' };
const quorum = (healthy: number, degraded = 1): Rule => ({
  kind: 'quorum',
  healthy: { count: healthy },
  degraded: { count: degraded },
});
const percent = (healthy: number, degraded: number): Rule => ({
  kind: 'quorum',
  healthy: { percent: healthy },
  degraded: { percent: degraded },
});
const weighted = (healthyAt: number, degradedAt: number): Rule => ({ kind: 'weighted', healthyAt, degradedAt });

describe('rules: the table of the design', () => {
  it.each<[string, Rule, string, Status]>([
    ['worst: all are healthy', worst, 'H H', 'HEALTHY'],
    ['worst: the worst is degraded', worst, 'H D', 'DEGRADED'],
    ['worst: any is unhealthy', worst, 'H D U', 'UNHEALTHY'],
    ['best: any is healthy', best, 'U H D', 'HEALTHY'],
    ['best: the best is degraded', best, 'U D', 'DEGRADED'],
    ['best: all are unhealthy', best, 'U U', 'UNHEALTHY'],
    ['quorum: enough healthy', quorum(2), 'H H U', 'HEALTHY'],
    ['quorum: too few healthy, one left', quorum(2), 'H U U', 'DEGRADED'],
    ['quorum: too few healthy, one degraded left', quorum(2), 'D U U', 'DEGRADED'],
    ['quorum: none left', quorum(2), 'U U U', 'UNHEALTHY'],
    ['quorum: too few left', quorum(3, 2), 'H U U', 'UNHEALTHY'],
    ['percent: exactly enough', percent(50, 25), 'H H U U', 'HEALTHY'],
    ['percent: enough for degraded only', percent(51, 50), 'H D U U', 'DEGRADED'],
    ['percent: of the counted members', percent(100, 100), 'H H U:I M', 'HEALTHY'],
    ['weighted: the score is exactly there', weighted(0.9, 0.5), 'H*9 U*1', 'HEALTHY'],
    ['weighted: degraded is worth one half', weighted(0.9, 0.5), 'D D', 'DEGRADED'],
    ['weighted: below', weighted(0.9, 0.5), 'H*1 U*2', 'UNHEALTHY'],
    ['impact: DEGRADES pulls to DEGRADED at most', worst, 'H U:D', 'DEGRADED'],
    ['impact: IGNORED does not count', worst, 'H U:I', 'HEALTHY'],
    ['maintenance is left out', worst, 'H M', 'HEALTHY'],
    ['maintenance is left out of a number that is asked for', quorum(2), 'H M', 'DEGRADED'],
    ['all in maintenance', worst, 'M M:D', 'MAINTENANCE'],
    ['all that count in maintenance', worst, 'M H:I', 'MAINTENANCE'],
    ['one ignored and one in maintenance', worst, 'U:I M', 'MAINTENANCE'],
    ['one ignored, in maintenance too, and one in maintenance', worst, 'M:I M', 'MAINTENANCE'],
    ['a quorum all of which is in maintenance', quorum(2), 'M M', 'MAINTENANCE'],
    ['a quorum that has enough beside one in maintenance', quorum(2), 'H H M', 'HEALTHY'],
    ['a quorum with one in maintenance that lacks one', quorum(2), 'H U M', 'DEGRADED'],
    ['a percentage of those that are not in maintenance', percent(100, 100), 'H H M', 'HEALTHY'],
    ['a quorum of one unknown and one in maintenance', quorum(1), 'K M', 'UNKNOWN'],
    ['only ignored ones, some in maintenance', worst, 'H:I M:I', 'UNKNOWN'],
    ['only ignored ones', worst, 'H:I U:I', 'UNKNOWN'],
    ['only ignored ones, in maintenance', worst, 'M:I', 'UNKNOWN'],
    ['no members', best, '', 'UNKNOWN'],
    ['unknown might be unhealthy', worst, 'H K', 'UNKNOWN'],
    ['unknown, and unhealthy already', worst, 'U K', 'UNHEALTHY'],
    ['unknown might be as bad', worst, 'D K', 'UNKNOWN'],
    ['unknown could only degrade, and degraded already', worst, 'D K:D', 'DEGRADED'],
    ['unknown, and healthy already', best, 'H K', 'HEALTHY'],
    ['unknown does not matter to the quorum', quorum(2), 'H H K', 'HEALTHY'],
    ['unknown decides the quorum', quorum(2), 'H U K', 'UNKNOWN'],
    ['one healthy and one unknown are DEGRADED at least, perhaps HEALTHY', quorum(2), 'H K', 'UNKNOWN'],
    ['unknown but ignored', worst, 'H K:I', 'HEALTHY'],
    ['unknown and maintenance', worst, 'K M', 'UNKNOWN'],
  ])('%s', (_name, rule, text, status) => {
    expect(verdictOf(rule, members(text)).status).toBe(status);
    expect(groupByDesign(rule, members(text))).toBe(status);
  });
});

describe('rules: properties', () => {
  const groups = fc
    .array(fc.record({ status: statuses, impact: impacts, weight: weights }), { maxLength: 8 })
    .chain((voters) => {
      const counted = voters.filter(({ impact }) => impact !== 'IGNORED').length;
      return fc.record({ voters: fc.constant(voters), rule: rules(counted) });
    });

  it('two evaluations come to what every assignment of the unknown members comes to', () => {
    fc.assert(
      fc.property(groups, ({ voters, rule }) => {
        expect(verdictOf(rule, voters).status).toBe(groupByDesign(rule, voters));
      }),
      { numRuns: 5_000 },
    );
  });

  it('tells what it would be with the unknown ones healthy, and with them unhealthy', () => {
    fc.assert(
      fc.property(groups, ({ voters, rule }) => {
        const taken = (outcome: Outcome) =>
          voters.map((voter) => (voter.status === 'UNKNOWN' ? { ...voter, status: outcome } : voter));
        const { ifUnknownHealthy, ifUnknownUnhealthy } = verdictOf(rule, voters);
        expect(ifUnknownHealthy).toBe(groupByDesign(rule, taken('HEALTHY')));
        expect(ifUnknownUnhealthy).toBe(groupByDesign(rule, taken('UNHEALTHY')));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is monotone: a member that gets better never makes its group worse', () => {
    const severity = (status: Status) => OUTCOMES.indexOf(status as Outcome);
    fc.assert(
      fc.property(groups, fc.nat(), ({ voters, rule }, pick) => {
        const known = voters.map(
          (voter) => ({ ...voter, status: voter.status === 'UNKNOWN' ? 'DEGRADED' : voter.status }) as Voter,
        );
        const voter = known[pick % Math.max(known.length, 1)];
        if (voter === undefined || voter.status === 'MAINTENANCE') return;
        const results = OUTCOMES.map((status) => {
          return severity(
            verdictOf(
              rule,
              known.map((one) => (one === voter ? { ...one, status } : one)),
            ).status,
          );
        });
        expect(results).toEqual(results.toSorted((a, b) => a - b));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is monotone for every vote of up to four members, without exception', () => {
    const quorums = [1, 2, 3, 4].flatMap((healthy) => [1, 2, 3, 4].map((degraded) => quorum(healthy, degraded)));
    const percents = [1, 34, 50, 67, 100].flatMap((healthy) =>
      [1, 50, 100].map((degraded) => percent(healthy, degraded)),
    );
    const scores = [0.25, 0.5, 0.9, 1].map((healthyAt) => weighted(healthyAt, healthyAt / 2));
    for (const rule of [worst, best, ...quorums, ...percents, ...scores]) {
      for (const votes of [1, 2, 3, 4].flatMap(assignments)) {
        const statusOf = (outcomes: readonly Outcome[]) =>
          verdictOf(
            rule,
            outcomes.map((status, at) => ({ status, impact: 'CRITICAL', weight: at + 1 })),
          ).status as Outcome;
        const status = statusOf(votes);
        for (const [at, outcome] of votes.entries()) {
          if (outcome === 'HEALTHY') continue;
          const better = statusOf(votes.with(at, outcome === 'UNHEALTHY' ? 'DEGRADED' : 'HEALTHY'));
          expect(OUTCOMES.indexOf(better)).toBeLessThanOrEqual(OUTCOMES.indexOf(status));
        }
      }
    }
  });
});
