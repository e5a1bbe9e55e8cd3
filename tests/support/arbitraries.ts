// Random systems for property tests: acyclic by construction, over a small pool of ids, in any order.
import fc from 'fast-check';
import type { ComponentDefinition, Impact, Member, Rule, Share, SystemDefinition } from '../../src/core/definition.ts';
import type { Observation } from '../../src/core/observation.ts';
import { OUTCOMES, STATUSES } from '../../src/core/status.ts';
import { group, heartbeat, probe } from './definitions.ts';

export const statuses = fc.constantFrom(...STATUSES);
export const outcomes = fc.constantFrom(...OUTCOMES);
export const ownStatuses = fc.constantFrom(...OUTCOMES, 'UNKNOWN' as const);
export const impacts = fc.constantFrom<Impact>('CRITICAL', 'CRITICAL', 'DEGRADES', 'IGNORED');
export const weights = fc.integer({ min: 1, max: 5 });

/** `counted`: members that are not IGNORED, so that a quorum is within reach. */
export function rules(counted: number): fc.Arbitrary<Rule> {
  const shares: fc.Arbitrary<Share> = fc.oneof(
    fc.record({ count: fc.integer({ min: 1, max: Math.max(counted, 1) }) }),
    fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
  );
  const twentieths = fc.integer({ min: 1, max: 20 });
  const all: fc.Arbitrary<Rule>[] = [
    fc.constant({ kind: 'worst' }),
    fc.constant({ kind: 'best' }),
    fc.tuple(twentieths, twentieths).map(([a, b]): Rule => {
      return { kind: 'weighted', healthyAt: Math.max(a, b) / 20, degradedAt: Math.min(a, b) / 20 };
    }),
  ];
  const quorum = fc.tuple(shares, shares).map(([healthy, degraded]): Rule => ({ kind: 'quorum', healthy, degraded }));
  return fc.oneof(...all, ...(counted > 0 ? [quorum] : []));
}

/** Observations; messages tell them apart. */
export const observations: fc.Arbitrary<Observation> = fc
  .record({
    outcome: fc.oneof({ weight: 12, arbitrary: outcomes }, { weight: 1, arbitrary: fc.constant('UNKNOWN' as const) }),
    message: fc.constantFrom('one', 'another', 'a third'),
    decisive: fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  })
  .map(({ outcome, message, decisive }) => ({
    outcome,
    reason: { code: 'SEEN', message },
    ...(decisive && { decisive }),
  }));

export interface SystemShape {
  /** How a component that is no group looks. */
  readonly leaf?: (id: string) => fc.Arbitrary<ComponentDefinition>;
  /** Ids that the system takes some of, besides its root. */
  readonly pool?: readonly string[];
}

const POOL = Array.from({ length: 9 }, (_, number) => `c${number}`);
const someLeaf = (id: string) => fc.constantFrom(probe(id), heartbeat(id));

/** References go back in the order of creation only; the definition has them shuffled. The root is `root`. */
export function systems({ leaf = someLeaf, pool = POOL }: SystemShape = {}): fc.Arbitrary<SystemDefinition> {
  return fc
    .shuffledSubarray([...pool], { minLength: 1 })
    .chain((ids) => fc.tuple(...ids.map((id, at) => component(id, ids.slice(0, at), leaf)), rootOf(ids)))
    .chain((components) => fc.shuffledSubarray(components, { minLength: components.length }))
    .map((components) => ({ rootId: 'root', components }));
}

function component(id: string, before: readonly string[], leaf: (id: string) => fc.Arbitrary<ComponentDefinition>) {
  const dependsOn = fc.oneof(
    { weight: 1, arbitrary: fc.constant<string[]>([]) },
    { weight: 2, arbitrary: fc.subarray([...before], { maxLength: Math.min(3, before.length) }) },
  );
  const kind = before.length === 0 ? leaf(id) : fc.oneof(leaf(id), groupOf(id, before));
  return fc.tuple(kind, dependsOn).map(([definition, ids]): ComponentDefinition => ({ ...definition, dependsOn: ids }));
}

function rootOf(ids: readonly string[]) {
  return groupOf('root', ids);
}

function groupOf(id: string, candidates: readonly string[]): fc.Arbitrary<ComponentDefinition> {
  return fc
    .subarray([...candidates])
    .chain((ids) =>
      fc.tuple(
        ...ids.map(
          (one): fc.Arbitrary<Member> => fc.record({ component: fc.constant(one), impact: impacts, weight: weights }),
        ),
      ),
    )
    .chain((members) => {
      const counted = members.filter(({ impact }) => impact !== 'IGNORED').length;
      return rules(counted).map((rule) => group(id, members, { rule }));
    });
}
