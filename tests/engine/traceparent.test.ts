import { randomFillSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createTraceparents } from '../../src/engine/traceparent.ts';

describe('traceparent', () => {
  it('is a new one each time, in the form of the W3C', () => {
    const next = createTraceparents(randomFillSync);
    const some = Array.from({ length: 100 }, next);
    for (const one of some) expect(one).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(new Set(some).size).toBe(some.length);
  });

  it('takes every random byte to where it belongs', () => {
    const next = createTraceparents((bytes) => bytes.set(Array.from(bytes, (_, at) => at + 1)));
    expect(next()).toBe('00-0102030405060708090a0b0c0d0e0f10-1112131415161718-00');
  });

  it('has no id of zeros alone', () => {
    const next = createTraceparents((bytes) => bytes.fill(0));
    expect(next()).toBe(`00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-00`);
  });
});
