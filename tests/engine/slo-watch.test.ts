// Who is looked at when: what has been good is not.
import { expect, it } from '@jest/globals';
import type { BurnsBy } from '../../src/core/alert.ts';
import type { Health } from '../../src/core/health.ts';
import type { Status } from '../../src/core/status.ts';
import { createSloWatch } from '../../src/engine/slo-watch.ts';
import { DAY_MS, defined, SLO } from './slo-world.ts';

const health = (status: Status): Health => ({
  component: 'api',
  status,
  sinceMs: 0,
  reason: { code: '', message: '' },
  causedBy: [],
  revision: 1,
});
const PAGES = new Map<string, BurnsBy>([['api', { FAST: [0], MEDIUM: [], SLOW: [] }]]);

function begin(burnsBy: ReadonlyMap<string, BurnsBy>) {
  const watch = createSloWatch();
  watch.define([defined(SLO)], () => health('HEALTHY'), burnsBy, 0);
  for (const wanted of watch.wanted(0, 10)) watch.fill(wanted, []);
  return watch;
}
/** Looks as often as is due, and says what it came to. */
function pass(watch: ReturnType<typeof createSloWatch>, fromMs: number, toMs: number): string[] {
  const found: string[] = [];
  for (let atMs = fromMs; atMs <= toMs; atMs += 1_000) {
    if (watch.dueMs <= atMs) found.push(...watch.look(atMs).map(({ verdicts }) => verdicts.FAST));
  }
  return [...new Set(found)];
}

it('looks at what somebody is told of until it is known to be good, and again once it is not', () => {
  const watch = begin(PAGES);
  expect(watch.dueMs).toBeLessThan(1_000);
  expect(pass(watch, 0, 300_000)).toEqual(['UNKNOWN', 'BELOW']);
  expect(watch.dueMs).toBe(Number.POSITIVE_INFINITY);
  watch.see([health('UNHEALTHY')], 400_000);
  expect(pass(watch, 400_000, 500_000)).toEqual(['BETWEEN', 'ABOVE']);
  watch.see([health('HEALTHY')], 500_000);
  // For as long as anything of it is in the longest window.
  expect(pass(watch, 500_000, 900_000)).toEqual(['ABOVE', 'BELOW']);
  expect(watch.dueMs).toBeLessThan(Number.POSITIVE_INFINITY);
  for (let atMs = 3 * DAY_MS; atMs < 3 * DAY_MS + 520_000; atMs += 1_000) watch.look(atMs);
  expect(watch.dueMs).toBe(Number.POSITIVE_INFINITY);
});

it('looks at nothing that nobody is told of', () => {
  const watch = begin(new Map());
  watch.see([health('UNHEALTHY')], 1_000);
  expect(watch.dueMs).toBe(Number.POSITIVE_INFINITY);
  expect(watch.standing('api', 11_000)?.budget.badMs).toBe(10_000);
});

it('ends with its component', () => {
  const watch = begin(PAGES);
  watch.define([], () => health('HEALTHY'), PAGES, 1_000, { indexes: [], gone: ['api'] });
  expect(watch.dueMs).toBe(Number.POSITIVE_INFINITY);
  expect(watch.standing('api', 2_000)).toBeUndefined();
  expect(watch.wanted(2_000, 10)).toEqual([]);
});

it('looks at what is defined in another way alone', () => {
  const watch = begin(new Map());
  // Who is told of it is another, though it is the same.
  watch.define([defined(SLO)], () => health('HEALTHY'), PAGES, 1_000, { indexes: [], gone: [] });
  expect(watch.dueMs).toBeLessThan(2_000);
  const { slo: _none, ...bare } = defined(SLO);
  watch.define([bare], () => health('HEALTHY'), PAGES, 2_000, { indexes: [0], gone: [] });
  expect(watch.dueMs).toBe(Number.POSITIVE_INFINITY);
  expect(watch.standing('api', 3_000)).toBeUndefined();
  watch.define([defined(SLO)], () => health('HEALTHY'), PAGES, 3_000, { indexes: [0], gone: [] });
  expect(watch.standing('api', 4_000)).toBeUndefined();
  expect(watch.wanted(4_000, 10)).toHaveLength(1);
});
