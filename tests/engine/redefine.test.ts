// A reload costs what it changes: what stays keeps its place. What it comes to must be what it would come to if nothing did.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ComponentDefinition, Impact, Rule, SystemDefinition } from '../../src/core/definition.ts';
import { compileGraph, type Graph } from '../../src/core/graph.ts';
import type { Health } from '../../src/core/health.ts';
import { compileNext, type NextGraph } from '../../src/core/next-graph.ts';
import { redefinedIds } from '../../src/core/redefined.ts';
import { createRollup } from '../../src/core/rollup.ts';
import { atOnce } from '../../src/core/steps.ts';
import { group, heartbeat, probe, system, windows } from '../support/definitions.ts';
import { type AggregatorWorld, createAggregatorWorld, START_MS, saw } from './aggregator-world.ts';

const LEAVES = ['a', 'b', 'c', 'd', 'e'] as const;
const GROUPS = ['inner', 'other'] as const;
type Leaf = (typeof LEAVES)[number];

/** Each in some way: what it is looked at by, what readers see of it, whether it is in maintenance, what it depends on. */
const WAYS = {
  plain: (id) => probe(id),
  elsewhere: (id) => probe(id, { fingerprint: 'other' }),
  labelled: (id) => probe(id, { labels: { team: 'one' } }),
  patient: (id) => probe(id, { schedule: { unhealthyThreshold: 3, staleAfterMs: 90_000 } }),
  serving: (id) => probe(id, { servingWhenDegraded: false }),
  away: (id) => probe(id, { maintenance: windows([0, START_MS + 40_000]) }),
  reporting: (id) => heartbeat(id),
  dependent: (id) => probe(id, { dependsOn: id === 'a' ? [] : ['a'] }),
} satisfies Record<string, (id: Leaf) => ComponentDefinition>;
type Way = keyof typeof WAYS;

/** What there is, in some order. Everything that is in no group is in the root. */
interface World {
  readonly order: readonly (Leaf | (typeof GROUPS)[number] | 'root')[];
  readonly ways: Readonly<Record<Leaf, Way | 'missing'>>;
  readonly members: readonly (readonly { readonly component: Leaf; readonly impact: Impact }[])[];
  readonly rule: Rule;
  readonly hasOther: boolean;
}

const worlds: fc.Arbitrary<World> = fc.record({
  order: fc.shuffledSubarray(['root', ...GROUPS, ...LEAVES] as const, { minLength: 8 }),
  ways: fc.record(
    Object.fromEntries(
      LEAVES.map((id) => [id, fc.constantFrom<Way | 'missing'>('missing', 'plain', ...(Object.keys(WAYS) as Way[]))]),
    ) as Record<Leaf, fc.Arbitrary<Way | 'missing'>>,
  ),
  members: fc.array(
    fc.uniqueArray(
      fc.record({
        component: fc.constantFrom(...LEAVES),
        impact: fc.constantFrom<Impact>('CRITICAL', 'CRITICAL', 'DEGRADES', 'IGNORED'),
      }),
      { selector: ({ component }) => component, maxLength: 4 },
    ),
    { minLength: 2, maxLength: 2 },
  ),
  rule: fc.constantFrom<Rule>({ kind: 'worst' }, { kind: 'best' }),
  hasOther: fc.boolean(),
});

function definitionOf({ order, ways, members, rule, hasOther }: World): SystemDefinition {
  const isThere = (id: Leaf) =>
    ways[id] !== 'missing' && !(id !== 'a' && ways[id] === 'dependent' && ways.a === 'missing');
  const [inner, other] = members.map((some) => some.filter(({ component }) => isThere(component)));
  const inGroups = new Set([...inner!, ...(hasOther ? other! : [])].map(({ component }) => component));
  const components: Record<string, ComponentDefinition> = {
    root: group('root', ['inner', ...LEAVES.filter((id) => isThere(id) && !inGroups.has(id))]),
    inner: group('inner', [...inner!, ...(hasOther ? ['other'] : [])], { rule }),
    ...(hasOther && { other: group('other', other!) }),
    ...Object.fromEntries(LEAVES.filter(isThere).map((id) => [id, WAYS[ways[id] as Way](id)])),
  };
  return { rootId: 'root', components: order.flatMap((id) => components[id] ?? []) };
}

/** What is the same is the same object, as after a reload of a file. */
function keeping(before: SystemDefinition, after: SystemDefinition): SystemDefinition {
  const known = new Map(before.components.map((definition) => [definition.id, definition]));
  const components = after.components.map((definition) => {
    const one = known.get(definition.id);
    return JSON.stringify(one) === JSON.stringify(definition) ? one! : definition;
  });
  return { ...after, components };
}

function graphOf(definition: SystemDefinition): Graph {
  const compiled = compileGraph(definition);
  if (!compiled.ok) throw new Error('the definition has faults');
  return compiled.graph;
}

/** Everything has another place, and nothing is known to be as it was. */
function wholeNext(from: Graph, definition: SystemDefinition): NextGraph {
  const graph = graphOf({ ...definition, components: definition.components.toReversed() });
  const byId = ({ definitions }: Graph) => new Map(definitions.map((one) => [one.id, one]));
  const gone = from.definitions.map(({ id }) => id).filter((id) => !graph.indexOf.has(id));
  return {
    graph,
    changes: { from, indexes: [...graph.order], gone, redefined: redefinedIds(byId(from), byId(graph)) },
  };
}

/** All that there is to see. Of what changes at one time the order is open. */
function seen({ aggregator, statusChanges }: AggregatorWorld, since: number) {
  const changes = aggregator.changesSince(since)!;
  return {
    healths: aggregator.ids().map((id) => ({ ...aggregator.health(id)!, revision: 0 })),
    changed: changes.changed.map(({ component }) => component).sort(),
    removed: changes.removed.toSorted(),
    revision: aggregator.revision,
    explained: aggregator.ids().map((id) => aggregator.explain(id)),
    parents: aggregator.ids().map((id) => aggregator.parents(id)),
    members: aggregator.ids().map((id) => aggregator.memberIds(id)),
    structureRevision: aggregator.structureRevision,
    statusChanges: statusChanges.map(({ from, health }) => `${health.component} ${from} ${health.status}`).sort(),
  };
}

/** What the rules make of the statuses of the leaves, by a rollup that has never known another graph. */
function statusesOf({ aggregator }: AggregatorWorld) {
  const graph = aggregator.graph();
  const healthAt = (index: number) => aggregator.health(graph.definitions[index]!.id)!;
  const rollup = createRollup(graph, {
    own: (index) => healthAt(index).status,
    inMaintenance: (index) => healthAt(index).status === 'MAINTENANCE',
  });
  return graph.definitions.map(({ id, subject }, index) => ({
    id,
    status: rollup.status(index),
    ...(subject.type === 'group' && { counts: rollup.counts(index) }),
  }));
}

/** Who takes a revision: what is new, what readers see as something else, and whose health is another. Everything else keeps its own. */
function expectChanges(
  { aggregator }: AggregatorWorld,
  before: SystemDefinition,
  after: SystemDefinition,
  healths: ReadonlyMap<string, Health | undefined>,
  since: number,
): void {
  const { changed, removed } = aggregator.changesSince(since)!;
  const ids = changed.map(({ component }) => component);
  const byId = ({ components }: SystemDefinition) => new Map(components.map((one) => [one.id, one]));
  const redefined = redefinedIds(byId(before), byId(after));
  expect(ids).toEqual(expect.arrayContaining([...redefined]));
  for (const { component, revision: _, ...now } of changed) {
    if (redefined.has(component)) continue;
    const { revision: __, component: ___, ...was } = healths.get(component) ?? { revision: 0, component };
    expect(now).not.toEqual(was);
  }
  const known = new Set(after.components.map(({ id }) => id));
  expect(aggregator.ids()).toEqual([...known].sort());
  expect(removed.toSorted()).toEqual([...byId(before).keys()].filter((id) => !known.has(id)).sort());
  for (const id of known)
    if (!ids.includes(id)) expect(aggregator.health(id)?.revision).toBe(healths.get(id)?.revision);
}

it('comes to the same as a reload of everything', async () => {
  const outcome = fc.constantFrom('HEALTHY', 'DEGRADED', 'UNHEALTHY', 'UNKNOWN');
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ observe: fc.constantFrom(...LEAVES), outcome }) },
    { weight: 1, arbitrary: fc.record({ afterMs: fc.nat({ max: 45_000 }) }) },
    { weight: 2, arbitrary: fc.record({ reload: worlds }) },
  );
  await fc.assert(
    fc.asyncProperty(worlds, fc.array(step, { maxLength: 20 }), async (first, steps) => {
      let definition = definitionOf(first);
      const [quick, whole] = [createAggregatorWorld(definition), createAggregatorWorld(definition)];
      for (const one of steps) {
        const since = whole.aggregator.revision;
        for (const { statusChanges } of [quick, whole]) statusChanges.length = 0;
        const healthsBefore = new Map(quick.aggregator.ids().map((id) => [id, quick.aggregator.health(id)]));
        if ('observe' in one) {
          for (const { aggregator } of [quick, whole]) aggregator.observe(one.observe, saw(one.outcome));
        } else if ('afterMs' in one) {
          for (const { clock } of [quick, whole]) await clock.advance(one.afterMs);
        } else {
          const before = definition;
          definition = keeping(definition, definitionOf(one.reload));
          const next = atOnce(compileNext(quick.aggregator.graph(), definition));
          quick.aggregator.reload(definition, undefined, next.ok ? next : undefined);
          whole.aggregator.reload(definition, undefined, wholeNext(whole.aggregator.graph(), definition));
          expectChanges(quick, before, definition, healthsBefore, since);
        }
        expect(seen(quick, since)).toEqual(seen(whole, since));
        for (const world of [quick, whole]) {
          for (const { id, status, counts } of statusesOf(world)) {
            expect(world.aggregator.health(id)).toMatchObject({ status, ...(counts && { memberCounts: counts }) });
          }
        }
      }
      for (const { aggregator } of [quick, whole]) aggregator.close();
    }),
    { numRuns: 300 },
  );
});

/** From the graph of one world to that of another. */
function goneOver(first: World, second: World) {
  const before = definitionOf(first);
  const from = graphOf(before);
  const after = keeping(before, definitionOf(second));
  const next = atOnce(compileNext(from, after));
  if (!next.ok) throw new Error('the definition has faults');
  return { from, after, next };
}

it('finds what readers see as something else by edges, as it is found by definitions', () => {
  fc.assert(
    fc.property(worlds, worlds, (first, second) => {
      const { from, after, next } = goneOver(first, second);
      const { redefined, gone } = wholeNext(from, after).changes;
      expect([...next.changes.redefined].sort()).toEqual([...redefined].sort());
      expect(next.changes.gone.toSorted()).toEqual(gone.toSorted());
    }),
    { numRuns: 1000 },
  );
});

it('leaves in its place whatever can stay there', () => {
  fc.assert(
    fc.property(worlds, worlds, (first, second) => {
      const { from, after, next } = goneOver(first, second);
      const { graph, changes } = next;
      expect(new Set(graph.definitions)).toEqual(new Set(after.components));
      const moved = graph.definitions.flatMap(({ id }, index) => {
        const place = from.indexOf.get(id);
        return place === undefined || place === index ? [] : [place];
      });
      expect(moved.every((place) => place >= graph.definitions.length)).toBe(true);
      const others = graph.definitions.flatMap((definition, index) =>
        from.definitions[index] === definition ? [] : index,
      );
      expect(changes.indexes.toSorted((a, b) => a - b)).toEqual(others);
      expect(changes.indexes).toEqual(changes.indexes.toSorted((a, b) => graph.rank[a]! - graph.rank[b]!));
    }),
  );
});

it.each<[string, boolean, SystemDefinition]>([
  ['other labels', true, system(group('root', ['a']), probe('a', { labels: { team: 'one' } }))],
  ['a component more', false, system(group('root', ['a']), probe('a'), probe('b'))],
  ['one less', false, system(group('root', []))],
  ['another in its place', false, system(group('root', ['b']), probe('b'))],
  ['another group', false, system(group('root', ['a'], { rule: { kind: 'best' } }), probe('a'))],
  ['another dependency', false, system(group('root', ['a']), probe('a', { dependsOn: ['root'] }))],
  ['a group for a probe', false, system(group('root', ['a']), group('a', []))],
  ['another root', false, { ...system(group('root', ['a']), probe('a')), rootId: 'a' }],
])('takes over the edges of before with %s: %s', (_what, isSame, next) => {
  const from = graphOf(system(group('root', ['a']), probe('a')));
  const after = atOnce(compileNext(from, keeping({ rootId: 'root', components: from.definitions }, next)));
  expect(after.ok && after.graph.indexOf === from.indexOf).toBe(isSame);
});

it('does not take over the edges of what is a part, or depends on something else', () => {
  const part = { owner: 'a', name: 'b' };
  const from = graphOf(
    system(group('root', ['a', 'c']), probe('a'), probe('a.b', { part }), probe('c', { dependsOn: ['a'] })),
  );
  const compiled = (...components: ComponentDefinition[]) =>
    atOnce(compileNext(from, keeping({ rootId: 'root', components: from.definitions }, system(...components))));
  const [root, a, ab, c] = from.definitions as [
    ComponentDefinition,
    ComponentDefinition,
    ComponentDefinition,
    ComponentDefinition,
  ];
  const own = compiled(root, a, probe('a.b'), c);
  expect(own.ok && own.graph.parts).toEqual(new Map());
  const dependent = compiled(root, a, ab, probe('c', { dependsOn: ['a.b'] }));
  expect(dependent.ok && [...dependent.graph.dependencies.of(3)]).toEqual([2]);
  const labelled = compiled(root, a, ab, probe('c', { dependsOn: ['a'], labels: { team: 'one' } }));
  expect(labelled.ok && labelled.graph.indexOf).toBe(from.indexOf);
});
