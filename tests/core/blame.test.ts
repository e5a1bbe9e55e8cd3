import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createBlameMarks } from '../../src/core/blame.ts';
import { explain } from '../../src/core/explain.ts';
import { compileGraph } from '../../src/core/graph.ts';
import { createRollup } from '../../src/core/rollup.ts';
import { createTally } from '../../src/core/rules.ts';
import { ownStatuses, systems } from '../support/arbitraries.ts';

describe('who is to blame', () => {
  it('is who ExplainHealth names', () => {
    fc.assert(
      fc.property(systems(), fc.array(ownStatuses, { minLength: 10, maxLength: 10 }), (definition, own) => {
        const compiled = compileGraph(definition);
        if (!compiled.ok) throw new Error(JSON.stringify(compiled.faults));
        const { graph } = compiled;
        const rollup = createRollup(graph, { own: (index) => own[index % 10]!, inMaintenance: () => false });
        const reasonOf = () => ({ code: '', message: '' });
        for (const [index, { id, subject }] of graph.definitions.entries()) {
          if (subject.type !== 'group') continue;
          const { causes } = explain(graph, rollup, reasonOf, index);
          const steps = causes.flatMap(([, next]) => (next?.relation === 'member' ? [next.component] : []));
          const explained = new Set(steps);
          const { first, count } = rollup.blamed(index) ?? { first: [], count: 0 };
          const named = first.map((member) => graph.definitions[member]!.id);
          expect([id, count]).toEqual([id, explained.size]);
          expect(named.length).toBe(Math.min(3, count));
          expect(named.filter((name) => !explained.has(name))).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is found among any number, the worst first, then in order', () => {
    const marks = createBlameMarks(1_000);
    const tally = createTally();
    const move = (position: number, to: 'UNHEALTHY' | 'DEGRADED' | 'HEALTHY') => {
      marks.move(position, undefined, to);
      tally[to].count += 1;
    };
    for (const position of [999, 31, 32, 0, 511]) move(position, 'DEGRADED');
    expect(marks.blamed('DEGRADED', tally, 3)).toEqual({ first: [0, 31, 32], count: 5 });
    move(700, 'UNHEALTHY');
    expect(marks.blamed('DEGRADED', tally, 3)).toEqual({ first: [700, 0, 31], count: 6 });
    expect(marks.blamed('UNHEALTHY', tally, 3)).toEqual({ first: [700], count: 1 });
    marks.move(0, 'DEGRADED', 'HEALTHY');
    tally.DEGRADED.count -= 1;
    expect(marks.blamed('DEGRADED', tally, 3)).toEqual({ first: [700, 31, 32], count: 5 });
    expect(marks.blamed('HEALTHY', tally, 3)).toBeUndefined();
  });
});
