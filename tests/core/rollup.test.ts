import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SystemDefinition } from '../../src/core/definition.ts';
import { compileGraph, type Graph } from '../../src/core/graph.ts';
import { createRollup, type Rollup } from '../../src/core/rollup.ts';
import type { Outcome, Status } from '../../src/core/status.ts';
import { ownStatuses, systems } from '../support/arbitraries.ts';
import { group, probe, system } from '../support/definitions.ts';
import { definitionOf, statusByDesign } from '../support/oracle.ts';

function graphOf(definition: SystemDefinition): Graph {
  const compiled = compileGraph(definition);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults));
  return compiled.graph;
}

const countsOf = (definition: SystemDefinition, id: string, statusOf: (id: string) => Status) => {
  const { subject } = definitionOf(definition, id);
  if (subject.type !== 'group') return undefined;
  const are = (status: Status) => subject.members.filter(({ component }) => statusOf(component) === status).length;
  return {
    total: subject.members.length,
    healthy: are('HEALTHY'),
    degraded: are('DEGRADED'),
    unhealthy: are('UNHEALTHY'),
    unknown: are('UNKNOWN'),
    maintenance: are('MAINTENANCE'),
    ignored: subject.members.filter(({ impact }) => impact === 'IGNORED').length,
  };
};

/** All that a rollup says of each component, in order of the definition. */
const readAll = (graph: Graph, rollup: Rollup) =>
  graph.definitions.map(({ id }, index) => ({
    id,
    status: rollup.status(index),
    counts: rollup.counts(index),
    blamed: rollup.blamed(index),
  }));

describe('rollup', () => {
  const steps = fc.array(
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ kind: fc.constant('own' as const), pick: fc.nat(), status: ownStatuses }) },
        {
          weight: 1,
          arbitrary: fc.record({ kind: fc.constant('maintenance' as const), pick: fc.nat(), active: fc.boolean() }),
        },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    { maxLength: 12 },
  );

  it('is at every step what the design says, and what a rollup made from nothing would be', () => {
    fc.assert(
      fc.property(systems(), steps, (definition, batches) => {
        const own = new Map<string, Outcome | 'UNKNOWN'>();
        const maintained = new Set<string>();
        const facts = {
          own: (id: string) => own.get(id) ?? ('UNKNOWN' as const),
          inMaintenance: (id: string) => maintained.has(id),
        };
        const graph = graphOf(definition);
        const idAt = (index: number) => graph.definitions[index]!.id;
        const fromNothing = () =>
          createRollup(graph, {
            own: (index) => facts.own(idAt(index)),
            inMaintenance: (index) => facts.inMaintenance(idAt(index)),
          });
        const expectAll = (rollup: Rollup) => {
          const statusOf = (id: string) => statusByDesign(definition, id, facts);
          for (const [index, { id }] of graph.definitions.entries()) {
            expect([id, rollup.status(index)]).toEqual([id, statusOf(id)]);
            expect(rollup.counts(index)).toEqual(countsOf(definition, id, statusOf));
          }
          expect(readAll(graph, rollup)).toEqual(readAll(graph, fromNothing()));
        };

        const rollup = fromNothing();
        expectAll(rollup);
        for (const batch of batches) {
          const before = readAll(graph, rollup);
          const set = new Set<number>();
          for (const step of batch) {
            const index = step.pick % graph.definitions.length;
            set.add(index);
            if (step.kind === 'maintenance') {
              if (step.active) maintained.add(idAt(index));
              else maintained.delete(idAt(index));
              rollup.setMaintenance(index, step.active);
            } else if (graph.definitions[index]!.subject.type !== 'group') {
              own.set(idAt(index), step.status);
              rollup.setOwn(index, step.status);
            } else {
              set.delete(index);
            }
          }
          const touched: number[] = [];
          rollup.settle((index) => touched.push(index));
          expectAll(rollup);
          // Told once each, members before groups, and nothing that changed is missing.
          expect(new Set(touched).size).toBe(touched.length);
          expect(touched).toEqual(touched.toSorted((a, b) => graph.rank[a]! - graph.rank[b]!));
          for (const [index, now] of readAll(graph, rollup).entries()) {
            if (JSON.stringify(now) !== JSON.stringify(before[index])) expect(touched).toContain(index);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('recomputes the ancestors of what changed only, and stops where nothing changes', () => {
    const graph = graphOf(
      system(
        group('root', ['left', 'right']),
        group('left', ['a', 'b']),
        group('right', ['c', 'd']),
        ...['a', 'b', 'c', 'd'].map((id) => probe(id)),
      ),
    );
    const rollup = createRollup(graph, { own: () => 'UNHEALTHY', inMaintenance: () => false });
    const touchedBy = (id: string, status: Outcome) => {
      const touched: string[] = [];
      rollup.setOwn(graph.indexOf.get(id)!, status);
      rollup.settle((index) => touched.push(graph.definitions[index]!.id));
      return touched;
    };
    expect(touchedBy('a', 'UNHEALTHY')).toEqual(['a']);
    // The counts of `left` change, its status does not: `root` is left alone.
    expect(touchedBy('a', 'HEALTHY')).toEqual(['a', 'left']);
    expect(touchedBy('b', 'HEALTHY')).toEqual(['b', 'left', 'root']);
  });

  it('recomputes a group that is above what changed by several ways once, after all of them', () => {
    const graph = graphOf(
      system(
        group('root', ['leaf', 'middle', 'long']),
        group('middle', ['leaf']),
        group('long', ['middle']),
        probe('leaf'),
      ),
    );
    const rollup = createRollup(graph, { own: () => 'HEALTHY', inMaintenance: () => false });
    const touched: string[] = [];
    rollup.setOwn(graph.indexOf.get('leaf')!, 'UNHEALTHY');
    rollup.settle((index) => touched.push(graph.definitions[index]!.id));
    expect(touched).toEqual(['leaf', 'middle', 'long', 'root']);
    expect(rollup.status(graph.rootIndex)).toBe('UNHEALTHY');
  });

  it('takes a chain of 100,000 groups without a stack overflow', () => {
    const depth = 100_000;
    const groups = Array.from({ length: depth }, (_, level) =>
      group(`g${level}`, [level + 1 < depth ? `g${level + 1}` : 'leaf']),
    );
    const graph = graphOf(system(...groups, probe('leaf')));
    const rollup = createRollup(graph, { own: () => 'UNKNOWN', inMaintenance: () => false });
    expect(rollup.status(graph.rootIndex)).toBe('UNKNOWN');
    rollup.setOwn(graph.indexOf.get('leaf')!, 'DEGRADED');
    let touched = 0;
    rollup.settle(() => {
      touched += 1;
    });
    expect(touched).toBe(depth + 1);
    expect(rollup.status(graph.rootIndex)).toBe('DEGRADED');
  });
});
