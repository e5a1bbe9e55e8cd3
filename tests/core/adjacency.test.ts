import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Adjacency, AdjacencyBuilder } from '../../src/core/adjacency.ts';
import { atOnce } from '../../src/core/steps.ts';

function built(lists: readonly (readonly number[])[], spare = 0): Adjacency {
  const builder = new AdjacencyBuilder(lists.length, lists.flat().length + spare);
  let edges = 0;
  for (const [source, targets] of lists.entries()) {
    for (const target of targets) expect(builder.add(source, target)).toBe(edges++);
  }
  return builder.build();
}

const listsOf = (adjacency: Adjacency, size: number) =>
  Array.from({ length: size }, (_, index) => [...adjacency.of(index)]);

describe('adjacency', () => {
  const lists = fc
    .integer({ min: 1, max: 12 })
    .chain((size) => fc.array(fc.array(fc.nat(size - 1), { maxLength: 6 }), { minLength: size, maxLength: size }));

  it('holds the lists that it was built of, however much room there was', () => {
    fc.assert(
      fc.property(lists, fc.nat(3), (given, spare) => {
        const adjacency = built(given, spare);
        expect(listsOf(adjacency, given.length)).toEqual(given);
        for (const [index, targets] of given.entries()) {
          expect(adjacency.count(index)).toBe(targets.length);
          expect(adjacency.map(index, (target) => `to ${target}`)).toEqual(targets.map((target) => `to ${target}`));
        }
      }),
    );
  });

  it('turned round has all edges by their targets, sources in order, and knows each by its number', () => {
    fc.assert(
      fc.property(lists, (given) => {
        const adjacency = built(given);
        const reversed = atOnce(adjacency.reversed());
        const sourcesOf = (target: number) =>
          given.flatMap((targets, source) => targets.filter((each) => each === target).map(() => source));
        expect(listsOf(reversed, given.length)).toEqual(given.map((_, target) => sourcesOf(target)));
        for (const target of given.keys()) {
          for (let at = reversed.start(target); at < reversed.end(target); at++) {
            const edge = reversed.edges[at]!;
            const source = reversed.targets[at]!;
            expect(adjacency.targets[edge]).toBe(target);
            expect(edge).toBeGreaterThanOrEqual(adjacency.start(source));
            expect(edge).toBeLessThan(adjacency.end(source));
          }
        }
        expect(reversed.edges.toSorted()).toEqual(Int32Array.from(adjacency.targets.keys()));
      }),
    );
  });

  it('is turned round in steps', () => {
    const steps = built([Array.from({ length: 10_000 }, () => 0)]).reversed();
    let count = 0;
    while (!steps.next().done) count += 1;
    expect(count).toBe(10);
  });
});
