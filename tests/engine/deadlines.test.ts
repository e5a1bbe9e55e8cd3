import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDeadlines, type Deadlines, type LookedAtAgain } from '../../src/engine/deadlines.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function createWorld() {
  const clock = createFakeClock();
  const due: { id: string; atMs: number }[] = [];
  const batches: string[][] = [];
  const deadlines = createDeadlines({
    clock,
    onDue(ids) {
      batches.push([...ids]);
      for (const id of ids) due.push({ id, atMs: clock.monotonicMs() });
    },
  });
  return { clock, deadlines: byId(deadlines), due, batches };
}

/** Each has its id by itself. */
function byId(deadlines: Deadlines) {
  const items = new Map<string, LookedAtAgain>();
  const set = (id: string, dueMs: number) => {
    const item = items.get(id) ?? { id, place: -1, wantedMs: undefined };
    items.set(id, item);
    deadlines.set(item, dueMs);
  };
  return { ...deadlines, set };
}

describe('deadlines', () => {
  it('tells each at its time, once, those of one time together, with one timer', async () => {
    const { clock, deadlines, due, batches } = createWorld();
    deadlines.set('b', 200);
    deadlines.set('a', 100);
    deadlines.set('c', 200);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(99);
    expect(due).toEqual([]);
    await clock.advance(1_000);
    expect(due.map(({ atMs }) => atMs)).toEqual([100, 200, 200]);
    expect(batches.map((ids) => ids.toSorted())).toEqual([['a'], ['b', 'c']]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('takes the latest word, be it earlier or later, or never', async () => {
    const { clock, deadlines, due } = createWorld();
    deadlines.set('later', 100);
    deadlines.set('later', 300);
    deadlines.set('earlier', 300);
    deadlines.set('earlier', 100);
    deadlines.set('never', 100);
    deadlines.set('never', Number.POSITIVE_INFINITY);
    deadlines.set('deleted', 100);
    deadlines.set('deleted', Number.POSITIVE_INFINITY);
    deadlines.set('unheard of', Number.POSITIVE_INFINITY);
    await clock.advance(1_000);
    expect(due).toEqual([
      { id: 'earlier', atMs: 100 },
      { id: 'later', atMs: 300 },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells what has passed already at the next turn', async () => {
    const { clock, deadlines, due } = createWorld();
    await clock.advance(500);
    deadlines.set('a', 100);
    expect(due).toEqual([]);
    await clock.advance(0);
    expect(due).toEqual([{ id: 'a', atMs: 500 }]);
  });

  it('takes new deadlines while it tells of old ones', async () => {
    const clock = createFakeClock();
    const times: number[] = [];
    const deadlines = byId(
      createDeadlines({
        clock,
        onDue() {
          times.push(clock.monotonicMs());
          if (times.length < 3) deadlines.set('a', clock.monotonicMs() + 100);
        },
      }),
    );
    deadlines.set('a', 100);
    await clock.advance(1_000);
    expect(times).toEqual([100, 200, 300]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('leaves no timer behind, and takes nothing after it is closed', async () => {
    const { clock, deadlines, due } = createWorld();
    deadlines.set('a', 100);
    deadlines.set('b', 200);
    deadlines.close();
    expect(clock.pendingTimers).toBe(0);
    deadlines.set('c', 300);
    deadlines.set('a', Number.POSITIVE_INFINITY);
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1_000);
    expect(due).toEqual([]);
  });

  it('is what a list of deadlines says, whatever is set, deleted and waited for', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('set' as const),
        id: fc.constantFrom('a', 'b', 'c', 'd'),
        inMs: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant(Number.POSITIVE_INFINITY)),
      }),
      fc.record({ kind: fc.constant('delete' as const), id: fc.constantFrom('a', 'b', 'c', 'd') }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { clock, deadlines, due } = createWorld();
        const model = new Map<string, number>();
        const expected: typeof due = [];
        for (const one of steps) {
          if (one.kind === 'set') {
            deadlines.set(one.id, clock.monotonicMs() + one.inMs);
            model.set(one.id, clock.monotonicMs() + one.inMs);
          } else if (one.kind === 'delete') {
            deadlines.set(one.id, Number.POSITIVE_INFINITY);
            model.delete(one.id);
          } else {
            await clock.advance(one.ms);
            for (const [id, atMs] of model) {
              if (atMs > clock.monotonicMs()) continue;
              model.delete(id);
              expected.push({ id, atMs });
            }
          }
          const known = [...model.values()].some((atMs) => atMs < Number.POSITIVE_INFINITY);
          expect(clock.pendingTimers > 0).toBe(known);
          const sorted = (all: typeof due) => all.toSorted((a, b) => a.atMs - b.atMs || a.id.localeCompare(b.id));
          expect(sorted(due)).toEqual(sorted(expected));
        }
        deadlines.close();
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
