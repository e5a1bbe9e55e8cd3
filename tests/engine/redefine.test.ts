// A reload in which every component keeps its place costs what it changes. What it comes to must be what it would come to otherwise.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ComponentDefinition, SystemDefinition } from '../../src/core/definition.ts';
import { compileGraph, type Graph, redefineGraph } from '../../src/core/graph.ts';
import { atOnce } from '../../src/core/steps.ts';
import { group, heartbeat, probe, system, windows } from '../support/definitions.ts';
import { type AggregatorWorld, createAggregatorWorld, START_MS, saw } from './aggregator-world.ts';

const NAMES = ['a', 'b', 'c', 'd'] as const;
type Name = (typeof NAMES)[number];

/** Each of the four in some way: what they are looked at by, what readers see of them, whether they are in maintenance. */
type Way = keyof typeof WAYS;
const WAYS = {
  plain: (id: Name) => probe(id, dependencies(id)),
  elsewhere: (id: Name) => probe(id, { ...dependencies(id), fingerprint: 'other' }),
  labelled: (id: Name) => probe(id, { ...dependencies(id), labels: { team: 'one' } }),
  patient: (id: Name) => probe(id, { ...dependencies(id), schedule: { unhealthyThreshold: 3, staleAfterMs: 90_000 } }),
  serving: (id: Name) => probe(id, { ...dependencies(id), servingWhenDegraded: false }),
  away: (id: Name) => probe(id, { ...dependencies(id), maintenance: windows([0, START_MS + 40_000]) }),
  reporting: (id: Name) => heartbeat(id, dependencies(id)),
} satisfies Record<string, (id: Name) => ComponentDefinition>;

function dependencies(id: Name) {
  return { dependsOn: id === 'c' ? ['a'] : [] };
}

const GROUPS = [
  group('root', ['inner', 'c']),
  group('inner', ['a', 'b', { component: 'd', impact: 'DEGRADES' }], {
    rule: { kind: 'quorum', healthy: { count: 3 }, degraded: { count: 1 } },
  }),
];
const definitionOf = (ways: readonly Way[]): SystemDefinition =>
  system(...GROUPS, ...NAMES.map((id, at) => WAYS[ways[at]!](id)));

function graphOf(definition: SystemDefinition): Graph {
  const compiled = compileGraph(definition);
  if (!compiled.ok) throw new Error('the definition has faults');
  return compiled.graph;
}

/** All that there is to see. */
function seen({ aggregator, statusChanges }: AggregatorWorld, since: number) {
  return {
    healths: aggregator.ids().map((id) => aggregator.health(id)),
    changes: aggregator.changesSince(since),
    explained: aggregator.ids().map((id) => aggregator.explain(id)),
    structureRevision: aggregator.structureRevision,
    statusChanges,
  };
}

it('comes to the same as a reload of everything', async () => {
  const ways = fc.array(fc.constantFrom(...(Object.keys(WAYS) as Way[])), { minLength: 4, maxLength: 4 });
  const outcome = fc.constantFrom('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN');
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ observe: fc.constantFrom(...NAMES), outcome }) },
    { weight: 1, arbitrary: fc.record({ afterMs: fc.nat({ max: 45_000 }) }) },
    { weight: 2, arbitrary: fc.record({ reload: ways }) },
  );
  await fc.assert(
    fc.asyncProperty(ways, fc.array(step, { maxLength: 20 }), async (first, steps) => {
      const [quick, whole] = [createAggregatorWorld(definitionOf(first)), createAggregatorWorld(definitionOf(first))];
      let definition = definitionOf(first);
      for (const one of steps) {
        const since = whole.aggregator.revision;
        if ('observe' in one) {
          for (const { aggregator } of [quick, whole]) aggregator.observe(one.observe, saw(one.outcome));
        } else if ('afterMs' in one) {
          for (const { clock } of [quick, whole]) await clock.advance(one.afterMs);
        } else {
          const next = definitionOf(one.reload);
          // What is the same is the same object, as after a reload of a file.
          const components = next.components.map((definition_, at) =>
            JSON.stringify(definition_) === JSON.stringify(definition.components[at])
              ? definition.components[at]!
              : definition_,
          );
          definition = { ...next, components };
          const after = atOnce(redefineGraph(quick.aggregator.graph(), definition));
          expect(after?.graph.indexOf).toBe(quick.aggregator.graph().indexOf);
          quick.aggregator.reload(definition, undefined, after);
          whole.aggregator.reload(definition, undefined, { graph: graphOf(definition) });
        }
        expect(seen(quick, since)).toEqual(seen(whole, since));
      }
      for (const { aggregator } of [quick, whole]) aggregator.close();
    }),
    { numRuns: 150 },
  );
});

it.each<[string, SystemDefinition]>([
  ['a component more', system(group('root', ['a']), probe('a'), probe('b'))],
  ['one less', system(group('root', []))],
  ['another in its place', system(group('root', ['b']), probe('b'))],
  ['another group', system(group('root', ['a'], { rule: { kind: 'best' } }), probe('a'))],
  ['another dependency', system(group('root', ['a']), probe('a', { dependsOn: ['root'] }))],
  ['a group for a probe', system(group('root', ['a']), group('a', []))],
  ['another root', { ...system(group('root', ['a']), probe('a')), rootId: 'a' }],
])('is none with %s', (_what, next) => {
  const root = group('root', ['a']);
  const graph = graphOf(system(root, probe('a')));
  expect(atOnce(redefineGraph(graph, system(root, probe('a', { labels: { team: 'one' } }))))).toBeDefined();
  expect(atOnce(redefineGraph(graph, next))).toBeUndefined();
});
