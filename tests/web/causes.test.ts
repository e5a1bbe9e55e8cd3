import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { consequencesOf, findCauses } from '../../web/src/model/causes.ts';
import { isBad } from '../../web/src/model/components.ts';
import { anyWorld, componentsOf, type Each, idsOf } from './world.ts';

const bad = { status: 'UNHEALTHY' } as const;

describe('causes', () => {
  it.each<{ title: string; world: Each[]; causes: [string, number][]; consequences: number }>([
    { title: 'none where all is well', world: [{ id: 'a' }], causes: [], consequences: 0 },
    {
      title: 'what is UNKNOWN or in MAINTENANCE is none',
      world: [
        { id: 'a', status: 'UNKNOWN' },
        { id: 'b', status: 'MAINTENANCE' },
      ],
      causes: [],
      consequences: 0,
    },
    {
      title: 'a member is the cause of the groups above it, as far as they are not well',
      world: [
        { id: 'db', ...bad, parents: ['shop'] },
        { id: 'shop', status: 'DEGRADED', parents: ['all', 'calm'] },
        { id: 'calm', parents: ['above-calm'] },
        { id: 'above-calm', ...bad },
        { id: 'all', ...bad },
      ],
      causes: [
        ['db', 2],
        ['above-calm', 0],
      ],
      consequences: 2,
    },
    {
      title: 'what depends on it, and the groups of that, follow from it',
      world: [
        { id: 'db', ...bad },
        { id: 'api', ...bad, causedBy: ['db'], parents: ['shop'] },
        { id: 'web', ...bad, causedBy: ['api'] },
        { id: 'shop', ...bad },
      ],
      causes: [['db', 3]],
      consequences: 3,
    },
    {
      title: 'what follows from two causes counts for both, and once in all',
      world: [
        { id: 'a', status: 'DEGRADED', parents: ['g'] },
        { id: 'b', ...bad, parents: ['g'] },
        { id: 'g', ...bad },
      ],
      causes: [
        ['b', 1],
        ['a', 1],
      ],
      consequences: 1,
    },
    {
      title: 'a dependency that is well again, or that the reader may not see, is none',
      world: [{ id: 'api', ...bad, causedBy: ['db', 'hidden'] }, { id: 'db' }],
      causes: [['api', 0]],
      consequences: 0,
    },
    {
      title: 'the first by name stands for a circle, whatever comes in from below',
      world: [
        { id: 'z', ...bad, causedBy: ['y'] },
        { id: 'y', ...bad, causedBy: ['x'] },
        { id: 'x', ...bad, causedBy: ['y'] },
      ],
      causes: [['x', 2]],
      consequences: 2,
    },
    {
      title: 'groups that are below themselves end',
      world: [
        { id: 'g', ...bad, parents: ['g', 'h'] },
        { id: 'h', ...bad, parents: ['g'] },
      ],
      causes: [['g', 1]],
      consequences: 1,
    },
  ])('$title', ({ world, causes, consequences }) => {
    const components = componentsOf(...world);
    const found = findCauses(components);
    expect(found.list.map(({ index, consequences }) => [components.ids[index], consequences])).toEqual(causes);
    expect(found.consequences).toBe(consequences);
  });

  it('lists the consequences of one by name', () => {
    const components = componentsOf(
      { id: 'db', ...bad, parents: ['a10', 'a9'] },
      { id: 'a10', ...bad },
      { id: 'a9', ...bad },
    );
    expect(idsOf(components, consequencesOf(components.indexOf('db')!, components))).toEqual(['a9', 'a10']);
  });

  it('are what a naive search finds, and leave nothing out where things go in circles', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const components = componentsOf(...world);
        const { list, consequences } = findCauses(components);
        const naive = naiveCauses(world);
        const found = new Map(list.map(({ index, consequences }) => [components.ids[index]!, consequences]));
        for (const [id, count] of naive.roots) expect(found.get(id)).toBe(count);
        const explained = new Set(
          list.flatMap(({ index }) => [index, ...consequencesOf(index, components)]).map((i) => components.ids[i]!),
        );
        expect(explained).toEqual(naive.bad);
        expect(consequences).toBe(naive.bad.size - list.length);
        if (!naive.hasCircle) expect(found.size).toBe(naive.roots.size);
      }),
      { numRuns: 500 },
    );
  });
});

/** By following every path from below, again and again. */
function naiveCauses(world: readonly Each[]) {
  const badOnes = world.filter(({ status }) => isBad(status!));
  const bad = new Set(badOnes.map(({ id }) => id));
  const below = (id: string): string[] => {
    const own = world.find((each) => each.id === id)!.causedBy!;
    const members = badOnes.filter(({ parents }) => parents!.includes(id)).map((each) => each.id);
    return [...own, ...members].filter((other) => other !== id && bad.has(other));
  };
  const comesFrom = (id: string, cause: string, seen: string[] = []): boolean =>
    below(id).some((each) => each === cause || (!seen.includes(each) && comesFrom(each, cause, [...seen, each])));
  const roots = new Map<string, number>();
  for (const id of bad) {
    if (below(id).length > 0) continue;
    roots.set(id, [...bad].filter((other) => comesFrom(other, id)).length);
  }
  return { bad, roots, hasCircle: [...bad].some((id) => comesFrom(id, id)) };
}
