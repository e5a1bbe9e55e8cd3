import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Adjacency } from '../../src/core/adjacency.ts';
import type { ComponentDefinition, SystemDefinition } from '../../src/core/definition.ts';
import { compileGraph } from '../../src/core/graph.ts';
import { systems } from '../support/arbitraries.ts';
import { group, probe, system } from '../support/definitions.ts';

const quorum = (healthy: number, degraded = 1) =>
  ({ kind: 'quorum', healthy: { count: healthy }, degraded: { count: degraded } }) as const;

const edgesOf = (edges: Adjacency, index: number) =>
  Array.from({ length: edges.count(index) }, (_, position) => edges.start(index) + position);

/** Faults as `component: path: message`. */
function faultsOf(definition: SystemDefinition): string[] {
  const compiled = compileGraph(definition);
  if (compiled.ok) return [];
  const misplaced = compiled.faults.filter((one) => definition.components[one.componentIndex]?.id !== one.componentId);
  expect(misplaced).toEqual([]);
  return compiled.faults.map(({ componentId, path, message }) => `${componentId}: ${path.join('.')}: ${message}`);
}

describe('graph: faults', () => {
  it.each<[string, ComponentDefinition[], string[]]>([
    ['nothing', [group('root', ['a', 'b'], { dependsOn: ['c'] }), probe('a'), probe('b'), probe('c')], []],
    ['a shared member', [group('root', ['a', 'g']), group('g', ['a']), probe('a')], []],
    ['a member that is depended on as well', [group('root', ['a'], { dependsOn: ['a'] }), probe('a')], []],
    ['a duplicate id', [group('root', []), probe('a'), probe('a')], ["a: id: 'a' is defined already"]],
    [
      'an unknown member',
      [group('root', ['payments', 'zzz']), probe('payment')],
      [
        "root: group.members.0.component: there is no component 'payments', did you mean 'payment'?",
        "root: group.members.1.component: there is no component 'zzz'",
      ],
    ],
    [
      'an unknown member twice, and once more in another group',
      [group('root', ['zzz', 'g', 'zzz']), group('g', ['zzz'])],
      [
        "root: group.members.0.component: there is no component 'zzz'",
        "root: group.members.2.component: 'zzz' is a member already",
        "g: group.members.0.component: there is no component 'zzz'",
      ],
    ],
    [
      'an unknown dependency',
      [group('root', []), probe('api', { dependsOn: ['root', 'netwrok'] }), probe('network')],
      ["api: depends_on.1: there is no component 'netwrok', did you mean 'network'?"],
    ],
    [
      'a duplicate member',
      [group('root', ['a', 'b', 'a']), probe('a'), probe('b')],
      ["root: group.members.2.component: 'a' is a member already"],
    ],
    ['a member of itself', [group('root', ['root'])], ['root: group.members.0.component: makes a cycle: root → root']],
    [
      'a dependency on itself',
      [group('root', []), probe('a', { dependsOn: ['a'] })],
      ['a: depends_on.0: makes a cycle: a → a'],
    ],
    [
      'a cycle of groups',
      [group('root', ['a']), group('a', ['b']), group('b', ['x', 'c']), group('c', ['a']), probe('x')],
      ['c: group.members.0.component: makes a cycle: a → b → c → a'],
    ],
    [
      'a cycle of dependencies',
      [group('root', []), probe('a', { dependsOn: ['b'] }), probe('b', { dependsOn: ['a'] })],
      ['b: depends_on.0: makes a cycle: a → b → a'],
    ],
    [
      'a member that depends on its group',
      [group('root', ['a']), probe('a', { dependsOn: ['b', 'root'] }), probe('b')],
      ['a: depends_on.1: makes a cycle: root → a → root'],
    ],
    [
      'two cycles',
      [group('root', ['a', 'b']), probe('a', { dependsOn: ['root'] }), probe('b', { dependsOn: ['b'] })],
      ['a: depends_on.0: makes a cycle: root → a → root', 'b: depends_on.0: makes a cycle: b → b'],
    ],
    [
      'a quorum that cannot be',
      [group('root', ['a', 'b', { component: 'c', impact: 'IGNORED' }], { rule: quorum(3) }), ...abc()],
      ['root: group.rule.quorum.healthy: asks for 3 members, and only 2 count'],
    ],
    [
      'a quorum for DEGRADED that cannot be',
      [group('root', ['a', 'b', 'c'], { rule: quorum(2, 4) }), ...abc()],
      ['root: group.rule.quorum.degraded: asks for 4 members, and only 3 count'],
    ],
    [
      'a default quorum for DEGRADED over ignored members only',
      [group('root', [{ component: 'a', impact: 'IGNORED' }], { rule: quorum(1) }), ...abc()],
      ['root: group.rule.quorum.healthy: asks for 1 member, and only 0 count'],
    ],
    [
      'an unknown member is one fault: the quorum would be right with it',
      [group('root', ['a', 'bb'], { rule: quorum(2) }), probe('a')],
      ["root: group.members.1.component: there is no component 'bb'"],
    ],
    [
      'all at once',
      [group('root', ['a', 'x1'], { dependsOn: ['y1'] }), probe('a', { dependsOn: ['root'] }), probe('a')],
      [
        "a: id: 'a' is defined already",
        "root: depends_on.0: there is no component 'y1'",
        "root: group.members.1.component: there is no component 'x1'",
        'a: depends_on.0: makes a cycle: root → a → root',
      ],
    ],
  ])('%s', (_name, components, faults) => {
    expect(faultsOf(system(...components))).toEqual(faults);
  });

  function abc() {
    return ['a', 'b', 'c'].map((id) => probe(id));
  }

  it('throws for a root that is not there: the configuration adds it', () => {
    expect(() => compileGraph({ rootId: 'system', components: [probe('a')] })).toThrow(
      "the root group 'system' is not among the components",
    );
  });

  it('finds a cycle in every system that has one, and names only what is one', () => {
    const closed = fc.tuple(systems(), fc.nat(), fc.nat()).map(([definition, from, to]) => {
      const ids = definition.components.map(({ id }) => id);
      const target = ids[to % ids.length]!;
      const at = from % ids.length;
      const changed = definition.components.with(at, {
        ...definition.components[at]!,
        dependsOn: [...definition.components[at]!.dependsOn.filter((id) => id !== target), target],
      });
      return { ...definition, components: changed };
    });
    fc.assert(
      fc.property(closed, (definition) => {
        const needs = new Map(
          definition.components.map(({ id, subject, dependsOn }) => [
            id,
            [...dependsOn, ...(subject.type === 'group' ? subject.members.map(({ component }) => component) : [])],
          ]),
        );
        const reaches = (from: string, to: string): boolean =>
          needs.get(from)!.some((next) => next === to || reachesOnce(next, to, new Set([from])));
        const reachesOnce = (from: string, to: string, seen: Set<string>): boolean => {
          if (seen.has(from)) return false;
          seen.add(from);
          return needs.get(from)!.some((next) => next === to || reachesOnce(next, to, seen));
        };
        const isCyclic = [...needs.keys()].some((id) => reaches(id, id));
        const compiled = compileGraph(definition);
        expect(compiled.ok).toBe(!isCyclic);
        for (const { message, componentId, path } of compiled.ok ? [] : compiled.faults) {
          const cycle = message.replace('makes a cycle: ', '').split(' → ');
          expect(cycle.at(-1)).toBe(cycle[0]);
          // The reference that closes it is where the fault is.
          expect(cycle.at(-2)).toBe(componentId);
          const { subject, dependsOn } = definition.components.find(({ id }) => id === componentId)!;
          const [field, , position] = path;
          const reference =
            field === 'depends_on'
              ? dependsOn[path[1] as number]
              : subject.type === 'group' && subject.members[position as number]!.component;
          expect(reference).toBe(cycle[0]);
          for (const [at, id] of cycle.slice(0, -1).entries()) expect(needs.get(id)).toContain(cycle[at + 1]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes 100,000 wrong names without looking for a near one each time', () => {
    const members = Array.from({ length: 100_000 }, (_, number) => `missing-service-${number}`);
    const known = Array.from({ length: 1_000 }, (_, number) => probe(`service-${number}`));
    const faults = faultsOf(system(group('root', members), ...known));
    expect(faults).toHaveLength(100_000);
  });

  it('finds as many cycles as there are, also more than a call takes arguments', () => {
    const alone = Array.from({ length: 150_000 }, (_, at) => probe(`c${at}`, { dependsOn: [`c${at}`] }));
    const { rootId, components } = system(group('root', []));
    const faults = faultsOf({ rootId, components: [...components, ...alone] });
    expect(faults).toHaveLength(150_000);
  });

  it('finds a cycle 100,000 components long', () => {
    const length = 100_000;
    const ring = Array.from({ length }, (_, at) => probe(`c${at}`, { dependsOn: [`c${(at + 1) % length}`] }));
    const faults = faultsOf(system(group('root', []), ...ring));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(/^c99999: depends_on\.0: makes a cycle: c0 → c1 → .* → c99999 → c0$/);
    expect(faults[0]).toContain(' → c9 → (99981 more) → c99991 → ');
    expect(faults[0]!.length).toBeLessThan(300);
  });
});

describe('graph: structure', () => {
  it('holds every reference in both directions, and ranks members before their groups', () => {
    fc.assert(
      fc.property(systems(), (definition) => {
        const compiled = compileGraph(definition);
        if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults));
        const { graph } = compiled;
        const idAt = (index: number) => graph.definitions[index]!.id;
        expect(idAt(graph.rootIndex)).toBe(definition.rootId);
        for (const [index, { id, subject, dependsOn }] of definition.components.entries()) {
          expect(graph.indexOf.get(id)).toBe(index);
          expect(graph.order[graph.rank[index]!]).toBe(index);
          expect(graph.dependencies.map(index, idAt)).toEqual(dependsOn);
          const members = subject.type === 'group' ? subject.members : [];
          expect(
            edgesOf(graph.members, index).map((edge) => ({
              component: idAt(graph.members.targets[edge]!),
              impact: graph.impacts.get(edge),
              weight: graph.weights[edge],
            })),
          ).toEqual(members);
          for (const member of graph.members.of(index)) {
            expect(graph.rank[member]!).toBeLessThan(graph.rank[index]!);
            expect(graph.parents.of(member)).toContain(index);
          }
          for (const at of edgesOf(graph.parents, index)) {
            const edge = graph.parents.edges[at]!;
            expect(edgesOf(graph.members, graph.parents.targets[at]!)).toContain(edge);
            expect(graph.members.targets[edge]).toBe(index);
          }
          for (const dependent of graph.dependents.of(index)) {
            expect(graph.dependencies.of(dependent)).toContain(index);
          }
          for (const dependency of graph.dependencies.of(index)) {
            expect(graph.dependents.of(dependency)).toContain(index);
          }
        }
      }),
    );
  });

  it('takes a chain of 100,000 groups and dependencies', () => {
    const depth = 100_000;
    const at = (level: number) =>
      level + 1 < depth ? { members: [`g${level + 1}`], dependsOn: [`g${level + 1}`] } : { members: [], dependsOn: [] };
    const groups = Array.from({ length: depth }, (_, level) => group(`g${level}`, at(level).members, at(level)));
    expect(faultsOf(system(...groups))).toEqual([]);
  });
});
