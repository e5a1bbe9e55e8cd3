import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ComponentDefinition, SystemDefinition } from '../../src/core/definition.ts';
import { type CauseStep, explain, MAX_CAUSES, MAX_CONTRIBUTIONS } from '../../src/core/explain.ts';
import { compileGraph } from '../../src/core/graph.ts';
import { createRollup } from '../../src/core/rollup.ts';
import type { Status } from '../../src/core/status.ts';
import { ownStatuses, systems } from '../support/arbitraries.ts';
import { group, probe, system } from '../support/definitions.ts';
import { causedByDesign, definitionOf, type Facts, statusByDesign, waysByDesign } from '../support/oracle.ts';

/** Explains components of a system in which own statuses and maintenance are as given; others are HEALTHY. */
function explainer(definition: SystemDefinition, own: Record<string, Status>) {
  const facts: Facts = {
    own: (id) => (own[id] === undefined || own[id] === 'MAINTENANCE' ? 'HEALTHY' : own[id]),
    inMaintenance: (id) => own[id] === 'MAINTENANCE',
  };
  const compiled = compileGraph(definition);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults));
  const { graph } = compiled;
  const idAt = (index: number) => graph.definitions[index]!.id;
  const rollup = createRollup(graph, {
    own: (index) => facts.own(idAt(index)),
    inMaintenance: (index) => facts.inMaintenance(idAt(index)),
  });
  const reasonOf = (index: number) => ({ code: 'BECAUSE', message: `of ${idAt(index)}` });
  return { facts, explain: (id: string) => explain(graph, rollup, reasonOf, graph.indexOf.get(id)!) };
}

/** `a > b` for a member, `a ~ b` for a dependency. */
const drawn = (path: readonly CauseStep[]) =>
  path
    .map(({ component, relation }) => (relation ? `${relation === 'member' ? '>' : '~'} ${component}` : component))
    .join(' ');

function causesOf(own: Record<string, Status>, ...components: ComponentDefinition[]) {
  const { causes } = explainer(system(...components), own).explain(components[0]!.id);
  return causes.map(drawn);
}

describe('explain: causes', () => {
  const quorum = { kind: 'quorum', healthy: { count: 2 }, degraded: { count: 1 } } as const;
  it.each<[string, Record<string, Status>, ComponentDefinition[], string[]]>([
    ['none when it is HEALTHY', { a: 'UNHEALTHY' }, [group('g', ['a', 'b'], { rule: { kind: 'best' } })], []],
    ['itself, with nothing below', { a: 'DEGRADED' }, [probe('a')], ['a']],
    ['the members that are as bad', { a: 'UNHEALTHY', b: 'DEGRADED' }, [group('g', ['a', 'b', 'c'])], ['g > a']],
    [
      'the worst first',
      { a: 'DEGRADED', b: 'UNHEALTHY' },
      [group('g', ['a', { component: 'b', impact: 'DEGRADES' }])],
      ['g > b', 'g > a'],
    ],
    [
      'not the ignored ones',
      { a: 'UNHEALTHY', b: 'UNHEALTHY' },
      [group('g', ['a', { component: 'b', impact: 'IGNORED' }])],
      ['g > a'],
    ],
    ['what is unknown', { a: 'UNKNOWN', b: 'DEGRADED' }, [group('g', ['a', 'b'])], ['g > a']],
    [
      'not what is unknown, when it does not matter',
      { a: 'UNKNOWN', b: 'UNHEALTHY' },
      [group('g', ['a', 'b'])],
      ['g > b'],
    ],
    ['none where all members are in maintenance', { a: 'MAINTENANCE', b: 'MAINTENANCE' }, [group('g', ['a', 'b'])], []],
    ['none where it is in maintenance itself', { a: 'MAINTENANCE' }, [probe('a')], []],
    ['none where a group is in maintenance itself', { g: 'MAINTENANCE', a: 'UNHEALTHY' }, [group('g', ['a'])], []],
    [
      'none where one is ignored and one in maintenance',
      { a: 'UNHEALTHY', b: 'MAINTENANCE' },
      [group('g', [{ component: 'a', impact: 'IGNORED' }, 'b'])],
      [],
    ],
    [
      'the group itself, where only ignored ones are in maintenance',
      { a: 'MAINTENANCE', b: 'MAINTENANCE' },
      [
        group('g', [
          { component: 'a', impact: 'IGNORED' },
          { component: 'b', impact: 'IGNORED' },
        ]),
      ],
      ['g'],
    ],
    [
      'the group itself, where a quorum lacks what is in maintenance',
      { a: 'MAINTENANCE' },
      [group('g', ['a', 'b'], { rule: quorum })],
      ['g'],
    ],
    [
      'what fails in a quorum, not what is in maintenance',
      { a: 'MAINTENANCE', b: 'UNHEALTHY' },
      [group('g', ['a', 'b', 'c'], { rule: quorum })],
      ['g > b'],
    ],
    [
      'not what lies below a member in maintenance',
      { m: 'MAINTENANCE', a: 'UNHEALTHY', b: 'UNHEALTHY' },
      [group('g', ['m', 'b']), group('m', ['a'])],
      ['g > b'],
    ],
    [
      'what is a member and a dependency, once',
      { a: 'UNHEALTHY', b: 'UNHEALTHY' },
      [group('g', ['a', 'b'], { dependsOn: ['a'] })],
      ['g > a', 'g > b'],
    ],
    [
      'what is an ignored member and a dependency, as a dependency',
      { a: 'UNHEALTHY', b: 'UNHEALTHY' },
      [group('g', [{ component: 'a', impact: 'IGNORED' }, 'b'], { dependsOn: ['a'] })],
      ['g > b', 'g ~ a'],
    ],
    [
      'a diamond, by each of its ways',
      { c: 'UNHEALTHY' },
      [group('g', ['a', 'b']), group('a', ['c']), group('b', ['c'])],
      ['g > a > c', 'g > b > c'],
    ],
    [
      'a member of two groups one of which is in maintenance, by the other',
      { a: 'MAINTENANCE', c: 'UNHEALTHY' },
      [group('g', ['a', 'b']), group('a', ['c']), group('b', ['c'])],
      ['g > b > c'],
    ],
    [
      'a member of two groups one of which ignores it, by the other',
      { c: 'UNHEALTHY' },
      [group('g', ['a', 'b']), group('a', ['c']), group('b', [{ component: 'c', impact: 'IGNORED' }, 'd']), probe('d')],
      ['g > a > c'],
    ],
    [
      'members that are each better than the group by its score',
      { a: 'DEGRADED', b: 'DEGRADED' },
      [group('g', ['a', 'b', 'c'], { rule: { kind: 'weighted', healthyAt: 1, degradedAt: 0.8 } })],
      ['g > a', 'g > b'],
    ],
    [
      'a dependency',
      { a: 'UNHEALTHY', b: 'UNHEALTHY' },
      [group('g', ['a']), probe('a', { dependsOn: ['b', 'c'] })],
      ['g > a ~ b'],
    ],
    [
      'not a dependency of what is DEGRADED only',
      { a: 'DEGRADED', b: 'UNHEALTHY' },
      [probe('a', { dependsOn: ['b'] })],
      ['a'],
    ],
    [
      'not a dependency that is DEGRADED only',
      { a: 'UNHEALTHY', b: 'DEGRADED' },
      [probe('a', { dependsOn: ['b'] })],
      ['a'],
    ],
    [
      'members, then dependencies',
      { a: 'UNHEALTHY', b: 'UNHEALTHY', c: 'UNHEALTHY' },
      [group('g', ['a', 'b'], { dependsOn: ['c'] })],
      ['g > a', 'g > b', 'g ~ c'],
    ],
    [
      'one root by two ways',
      { c: 'UNHEALTHY', a: 'UNHEALTHY', b: 'UNHEALTHY' },
      [group('g', ['a', 'b']), probe('a', { dependsOn: ['c'] }), probe('b', { dependsOn: ['c'] })],
      ['g > a ~ c', 'g > b ~ c'],
    ],
    ['a group of nothing', {}, [group('g', [])], ['g']],
  ])('%s', (_name, own, components, causes) => {
    const missing = ['a', 'b', 'c'].filter((id) => !components.some((definition) => definition.id === id));
    expect(causesOf(own, ...components, ...missing.map((id) => probe(id)))).toEqual(causes);
  });

  it('says of each step its status, its reason and whether its alert is suppressed', () => {
    const definition = system(group('g', ['a']), probe('a', { dependsOn: ['b'] }), probe('b'));
    const { causes, truncated } = explainer(definition, { a: 'UNHEALTHY', b: 'UNHEALTHY' }).explain('g');
    const step = (component: string, suppressed: boolean) => ({
      component,
      status: 'UNHEALTHY',
      reason: { code: 'BECAUSE', message: `of ${component}` },
      suppressed,
    });
    expect(causes).toEqual([
      [step('g', false), { ...step('a', true), relation: 'member' }, { ...step('b', false), relation: 'dependency' }],
    ]);
    expect(truncated).toBe(false);
  });

  it('gives ways that hold, that end at a root, and that leave out no member to blame', () => {
    const worlds = systems({ leaf: (id) => fc.constant(probe(id)) }).chain((definition) =>
      fc.record({
        definition: fc.constant(definition),
        statuses: fc.array(fc.oneof(ownStatuses, ownStatuses, fc.constant('MAINTENANCE' as const)), {
          minLength: definition.components.length,
          maxLength: definition.components.length,
        }),
      }),
    );
    fc.assert(
      fc.property(worlds, ({ definition, statuses }) => {
        // Of groups only maintenance is taken.
        const own = Object.fromEntries(definition.components.map(({ id }, at) => [id, statuses[at]!]));
        const { facts, explain: explainOne } = explainer(definition, own);
        const statusOf = (id: string) => statusByDesign(definition, id, facts);
        const countedMembers = (id: string) => {
          const { subject } = definitionOf(definition, id);
          if (subject.type !== 'group') return [];
          return subject.members.filter(({ impact }) => impact !== 'IGNORED');
        };
        for (const { id } of definition.components) {
          const { causes, truncated } = explainOne(id);
          expect(causes.length === 0).toBe(['HEALTHY', 'MAINTENANCE'].includes(statusOf(id)));
          const found = causes.map((path) => path.map(({ component }) => component).join());
          expect(new Set(found).size).toBe(found.length);
          const all = waysByDesign(definition, id, facts).map((way) => way.join());
          if (all.length <= MAX_CAUSES) expect(found.toSorted()).toEqual(all.toSorted());
          else expect([found.length, found.filter((way) => !all.includes(way))]).toEqual([MAX_CAUSES, []]);
          expect(truncated).toBe(all.length > MAX_CAUSES);
          for (const path of causes) {
            expect(path[0]).toMatchObject({ component: id });
            expect(path[0]).not.toHaveProperty('relation');
            expect(new Set(path.map(({ component }) => component)).size).toBe(path.length);
            for (const [at, { component, relation, status, suppressed }] of path.entries()) {
              expect(status).toBe(statusOf(component));
              expect(['HEALTHY', 'MAINTENANCE']).not.toContain(status);
              expect(suppressed).toBe(causedByDesign(definition, component, facts).length > 0);
              if (at === 0) continue;
              const above = path[at - 1]!.component;
              if (relation === 'dependency') expect(causedByDesign(definition, above, facts)).toContain(component);
              else expect(countedMembers(above).map((member) => member.component)).toContain(component);
            }
            const root = path.at(-1)!.component;
            expect(causedByDesign(definition, root, facts)).toEqual([]);
            const isBad = ({ component }: { component: string }) =>
              !['HEALTHY', 'MAINTENANCE'].includes(statusOf(component));
            expect(countedMembers(root).filter(isBad)).toEqual([]);
          }
          if (truncated) continue;
          const named = causes.map((path) => path[1]?.component);
          const status = statusOf(id);
          for (const { component, impact } of countedMembers(id)) {
            const one = statusOf(component);
            const isToBlame =
              (status === 'UNKNOWN' && one === 'UNKNOWN') ||
              (status === 'UNHEALTHY' && one === 'UNHEALTHY' && impact === 'CRITICAL') ||
              (status === 'DEGRADED' && (one === 'UNHEALTHY' || one === 'DEGRADED'));
            if (isToBlame) expect(named).toContain(component);
          }
          for (const dependency of causedByDesign(definition, id, facts)) expect(named).toContain(dependency);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('stops after the first 100 of a trillion ways', () => {
    const layers = 40;
    const layer = (at: number) => (at === layers ? [] : [`l${at}`, `r${at}`]);
    const lattice = Array.from({ length: layers }, (_, at) => at).flatMap((at) =>
      layer(at).map((id) => (at === layers - 1 ? probe(id) : group(id, layer(at + 1)))),
    );
    const definition = system(group('root', layer(0)), ...lattice);
    const roots = Object.fromEntries(layer(layers - 1).map((id) => [id, 'UNHEALTHY' as const]));
    const { causes, truncated } = explainer(definition, roots).explain('root');
    expect(causes).toHaveLength(MAX_CAUSES);
    expect(new Set(causes.map(drawn)).size).toBe(MAX_CAUSES);
    expect(truncated).toBe(true);
  });

  it.each([
    [MAX_CAUSES, false],
    [MAX_CAUSES + 1, true],
  ])('of %i causes: more than it tells? %s', (number, truncated) => {
    const ids = Array.from({ length: number }, (_, at) => `c${at}`);
    const own = Object.fromEntries(ids.map((id) => [id, 'UNHEALTHY' as const]));
    const told = explainer(system(group('root', ids), ...ids.map((id) => probe(id))), own).explain('root');
    expect(told.causes).toHaveLength(MAX_CAUSES);
    expect(told.truncated).toBe(truncated);
  });

  it('walks a chain of 100,000', () => {
    const depth = 100_000;
    const chain = Array.from({ length: depth }, (_, at) => group(`g${at}`, [at + 1 < depth ? `g${at + 1}` : 'leaf']));
    const { causes } = explainer(system(...chain, probe('leaf')), { leaf: 'UNHEALTHY' }).explain('g0');
    expect(causes).toHaveLength(1);
    expect(causes[0]).toHaveLength(depth + 1);
    expect(causes[0]!.at(-1)).toMatchObject({ component: 'leaf' });
  });
});

describe('explain: the rule', () => {
  it('says how a group was decided: members of the worst status first, and those that do not count apart', () => {
    const rule = { kind: 'quorum', healthy: { count: 2 }, degraded: { count: 1 } } as const;
    const definition = system(
      group(
        'g',
        [
          { component: 'ok', weight: 3 },
          'unknown',
          { component: 'late', impact: 'DEGRADES' },
          { component: 'off', impact: 'CRITICAL' },
          { component: 'noise', impact: 'IGNORED' },
        ],
        { rule },
      ),
      ...['ok', 'unknown', 'late', 'off', 'noise'].map((id) => probe(id)),
    );
    const own = { unknown: 'UNKNOWN', late: 'UNHEALTHY', off: 'MAINTENANCE', noise: 'DEGRADED' } as const;
    expect(explainer(definition, own).explain('g').rule).toEqual({
      rule,
      ifUnknownHealthy: 'HEALTHY',
      ifUnknownUnhealthy: 'DEGRADED',
      members: [
        { component: 'late', status: 'UNHEALTHY', contributes: 'DEGRADED', impact: 'DEGRADES', weight: 1 },
        { component: 'unknown', status: 'UNKNOWN', contributes: 'UNKNOWN', impact: 'CRITICAL', weight: 1 },
        { component: 'ok', status: 'HEALTHY', contributes: 'HEALTHY', impact: 'CRITICAL', weight: 3 },
      ],
      notCounted: [
        { component: 'noise', status: 'DEGRADED', impact: 'IGNORED', weight: 1 },
        { component: 'off', status: 'MAINTENANCE', impact: 'CRITICAL', weight: 1 },
      ],
    });
  });

  it('shows an unknown member of impact DEGRADES as unknown', () => {
    const definition = system(group('g', [{ component: 'a', impact: 'DEGRADES' }]), probe('a'));
    expect(explainer(definition, { a: 'UNKNOWN' }).explain('g').rule?.members[0]).toMatchObject({
      contributes: 'UNKNOWN',
    });
  });

  it('has none for what is no group', () => {
    expect(explainer(system(group('g', ['a']), probe('a')), {}).explain('a')).toEqual({
      component: 'a',
      causes: [],
      truncated: false,
    });
  });

  it('shows at most 1,000 members, the worst', () => {
    const ids = Array.from({ length: MAX_CONTRIBUTIONS + 10 }, (_, at) => `c${at}`);
    const bad = ids.slice(-5);
    const own = Object.fromEntries(bad.map((id) => [id, 'UNHEALTHY' as const]));
    const { rule } = explainer(system(group('g', ids), ...ids.map((id) => probe(id))), own).explain('g');
    expect(rule?.members).toHaveLength(MAX_CONTRIBUTIONS);
    expect(rule?.members.slice(0, 5).map(({ component }) => component)).toEqual(bad);
    expect(rule?.notCounted).toEqual([]);
  });

  it('shows at most 1,000 members that do not count', () => {
    const ids = Array.from({ length: MAX_CONTRIBUTIONS + 10 }, (_, at) => `c${at}`);
    const ignored = ids.map((component) => ({ component, impact: 'IGNORED' as const }));
    const { rule } = explainer(system(group('g', ignored), ...ids.map((id) => probe(id))), {}).explain('g');
    expect([rule?.members.length, rule?.notCounted.length]).toEqual([0, MAX_CONTRIBUTIONS]);
  });
});
