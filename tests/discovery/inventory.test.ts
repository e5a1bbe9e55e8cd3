// What of a source's targets is watched: pure, so that every order and every time can be tried.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createInventory, type Inventory } from '../../src/discovery/inventory.ts';
import type { Target } from '../../src/discovery/source.ts';

const target = (name: string, labels: Record<string, string> = {}): Target => ({ name, address: `${name}:80`, labels });
const LIMITS = { keepForMs: 100, limit: 3 };
const take = (inventory: Inventory, names: readonly string[] | undefined, nowMs: number, limits = LIMITS) =>
  inventory.take({ targets: names?.map((name) => target(name)), faults: [], lost: [] }, limits, nowMs);
const names = ({ held }: Inventory) => [...held.keys()].sort().join('');

describe('a target that is named no more', () => {
  it('is watched on as long as it is kept, and comes back as if nothing had been', () => {
    const inventory = createInventory();
    take(inventory, ['a', 'b'], 0);
    const before = inventory.held.get('b')!.target;
    take(inventory, ['a'], 10);
    expect([names(inventory), inventory.dueMs]).toEqual(['ab', 110]);
    take(inventory, ['a', 'b'], 60);
    expect([inventory.held.get('b')!.target === before, inventory.dueMs]).toEqual([true, Number.POSITIVE_INFINITY]);
    take(inventory, ['a'], 70);
    take(inventory, ['a'], 169);
    expect(names(inventory)).toBe('ab');
    take(inventory, ['a'], 170);
    expect(names(inventory)).toBe('a');
  });

  it('goes by an empty list too, and stays by none', () => {
    const inventory = createInventory();
    take(inventory, ['a'], 0);
    take(inventory, undefined, 1000);
    expect([names(inventory), inventory.dueMs]).toEqual(['a', Number.POSITIVE_INFINITY]);
    take(inventory, [], 1000);
    take(inventory, [], 1100);
    expect(names(inventory)).toBe('');
  });
});

it('of before the start is watched until the source names it, or as long as what is named no more', () => {
  const inventory = createInventory();
  inventory.remember([target('a', { x: '1' }), target('b')], LIMITS, 0);
  take(inventory, undefined, 0);
  expect([names(inventory), inventory.dueMs]).toEqual(['ab', 100]);
  const before = inventory.held.get('b')!.target;
  take(inventory, ['b'], 50);
  expect(inventory.held.get('b')).toEqual({ target: before, goneSinceMs: undefined, observation: undefined });
  take(inventory, undefined, 100);
  expect([names(inventory), inventory.dueMs]).toEqual(['b', Number.POSITIVE_INFINITY]);

  const small = createInventory();
  small.remember(
    ['a', 'b', 'c', 'd'].map((name) => target(name)),
    LIMITS,
    0,
  );
  expect(names(small)).toBe('abc');
  take(small, ['d'], 1);
  expect(names(small)).toBe('bcd');
});

describe('the limit', () => {
  it('leaves out what comes later, by name, and counts it', () => {
    const inventory = createInventory();
    take(inventory, ['d', 'c', 'b', 'a', 'e'], 0);
    expect([names(inventory), inventory.leftOut]).toEqual(['abc', 2]);
    take(inventory, ['A', 'a', 'b', 'c'], 1);
    expect([names(inventory), inventory.leftOut]).toEqual(['abc', 1]);
  });

  it('takes the room of what is only kept, the longest gone first', () => {
    const inventory = createInventory();
    take(inventory, ['a', 'b', 'c'], 0);
    take(inventory, ['a', 'c'], 1);
    take(inventory, ['a'], 2);
    take(inventory, ['a', 'x'], 3);
    expect([names(inventory), inventory.leftOut]).toEqual(['acx', 0]);
  });

  it('that has become lower takes effect', () => {
    const inventory = createInventory();
    take(inventory, ['a', 'b', 'c'], 0);
    take(inventory, ['a', 'b', 'c'], 1, { keepForMs: 100, limit: 2 });
    expect([names(inventory), inventory.leftOut]).toEqual(['ab', 1]);
  });
});

it('takes one that is named twice once, whatever the order, and says so where it differs', () => {
  const list = [target('a', { x: '2' }), target('a', { x: '1' }), target('a', { x: '1' })];
  for (const targets of [list, list.toReversed()]) {
    const inventory = createInventory();
    inventory.take({ targets, faults: [], lost: [] }, LIMITS, 0);
    expect(inventory.held.get('a')!.target.labels).toEqual({ x: '1' });
    expect(inventory.faults.length).toBeGreaterThan(0);
  }
});

it('holds what a plain reading of the rules says, whatever comes', () => {
  const reading = fc.option(fc.uniqueArray(fc.constantFrom(...'abcdef')), { nil: undefined });
  fc.assert(
    fc.property(fc.array(fc.tuple(reading, fc.integer({ min: 0, max: 80 })), { maxLength: 20 }), (steps) => {
      const inventory = createInventory();
      let nowMs = 0;
      let last: readonly string[] = [];
      for (const [named, waitMs] of steps) {
        nowMs += waitMs;
        take(inventory, named, nowMs);
        last = named ?? last;
        const held = [...inventory.held];
        expect(held.length).toBeLessThanOrEqual(LIMITS.limit);
        for (const [name, { goneSinceMs }] of held) {
          expect(goneSinceMs === undefined).toBe(last.includes(name));
          if (goneSinceMs !== undefined) expect(nowMs - goneSinceMs).toBeLessThan(LIMITS.keepForMs);
        }
        // What is named and not held has no room, not even that of something which is only kept.
        const missing = last.filter((name) => !inventory.held.has(name));
        if (named !== undefined) expect(inventory.leftOut).toBe(missing.length);
        if (named !== undefined && missing.length > 0)
          expect(held.every(([, { goneSinceMs }]) => goneSinceMs === undefined)).toBe(true);
      }
    }),
  );
});
