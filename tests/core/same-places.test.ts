import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findSamePlaces, NOWHERE } from '../../src/core/same-places.ts';
import { atOnce } from '../../src/core/steps.ts';

const keys = fc.uniqueArray(fc.constantFrom(...'abcdefghijkl'), { maxLength: 12 });

it('finds each where it was, and what is gone', () => {
  fc.assert(
    fc.property(keys, keys, (before, now) => {
      const found = atOnce(
        findSamePlaces({
          countBefore: before.length,
          countNow: now.length,
          isSame: (known, index) => before[known] === now[index],
          keyBefore: (known) => before[known]!,
          keyNow: (index) => now[index]!,
        }),
      );
      expect([...found.before]).toEqual(now.map((key) => before.indexOf(key)));
      expect(found.gone.map((known) => before[known])).toEqual(before.filter((key) => !now.includes(key)));
    }),
  );
  expect(NOWHERE).toBe(-1);
});

it('reads no key where all are where they were, from the beginning on or from the end', () => {
  const text = 'abcdefghijkl';
  for (const now of [text, `${text.slice(0, 4)}x${text.slice(4)}`, text.replace('e', '')]) {
    const read: string[] = [];
    const key = (from: string) => (index: number) => {
      read.push(from[index]!);
      return from[index]!;
    };
    atOnce(
      findSamePlaces({
        countBefore: text.length,
        countNow: now.length,
        isSame: (known, index) => text[known] === now[index],
        keyBefore: key(text),
        keyNow: key(now),
      }),
    );
    expect(read).toEqual(now === text ? [] : now.length > text.length ? ['x'] : ['e']);
  }
});
