import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ChangeLog, createChangeLog, type EarlierLives, startOfLife } from '../../src/engine/change-log.ts';

const TOMBSTONES = 10_000;
const NOTHING: EarlierLives = { revision: 0, components: [], removed: [] };
const LIFE = 1_000_000_000;

/** A log of a first life whose changes are one revision apart. */
function createLog(start = 0, earlier = NOTHING) {
  const log: ChangeLog = createChangeLog(start, earlier);
  let revision = start;
  return {
    since: log.since,
    changed: (...ids: string[]) => {
      for (const id of ids) log.changed(id, ++revision);
    },
    removed: (...ids: string[]) => {
      for (const id of ids) log.removed(id, ++revision);
    },
    revision: () => log.revision,
  };
}

describe('change log', () => {
  it('stands at its latest revision', () => {
    const log = createLog(41);
    expect(log.revision()).toBe(41);
    log.changed('a', 'b');
    expect(log.revision()).toBe(43);
    log.removed('b');
    expect(log.revision()).toBe(44);
  });

  it('tells what changed last, each once, in order of revision', () => {
    const log = createLog();
    log.changed('a', 'b', 'c', 'a', 'd', 'b');
    log.removed('d');
    expect(log.since(1)).toEqual({ changed: ['c', 'a', 'b'], removed: ['d'] });
    expect(log.since(4)).toEqual({ changed: ['b'], removed: ['d'] });
    expect(log.since(7)).toEqual({ changed: [], removed: [] });
    expect(log.since(1, new Set(['b', 'a', 'd', 'nothing']))).toEqual({ changed: ['a', 'b'], removed: ['d'] });
  });

  it('tells of what was removed and came back as a change', () => {
    const log = createLog();
    log.changed('a');
    log.removed('a');
    expect(log.since(1)).toEqual({ changed: [], removed: ['a'] });
    log.changed('a');
    expect(log.since(1)).toEqual({ changed: ['a'], removed: [] });
  });

  it('is what a log of everything says', () => {
    const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const steps = fc.array(fc.record({ id: ids, removed: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.nat({ max: 40 }), fc.option(fc.uniqueArray(ids), { nil: undefined }), (all, at, some) => {
        const log = createLog();
        for (const { id, removed } of all) {
          if (removed) log.removed(id);
          else log.changed(id);
        }
        const after = Math.min(at, all.length);
        const tail = all.slice(after).filter(({ id }) => some === undefined || some.includes(id));
        const latest = tail.filter(({ id }, index) => tail.findLastIndex((step) => step.id === id) === index);
        expect(log.since(after, some && new Set(some))).toEqual({
          changed: latest.filter(({ removed }) => !removed).map(({ id }) => id),
          removed: latest.filter(({ removed }) => removed).map(({ id }) => id),
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('forgets the components that have been gone for longest, and says so to whoever would have to know', () => {
    const log = createLog();
    log.changed('stays');
    for (let number = 0; number < TOMBSTONES; number++) log.removed(`gone${number}`);
    expect(log.since(1)?.removed).toHaveLength(TOMBSTONES);
    log.removed('one more');
    expect(log.since(1)).toBeUndefined();
    // At revision 2, `gone0` was told already.
    expect(log.since(2)?.removed).toHaveLength(TOMBSTONES);
    expect(log.since(2, new Set(['gone0', 'gone1', 'one more']))).toEqual({
      changed: [],
      removed: ['gone1', 'one more'],
    });
  });

  it('does not count what came back among the gone', () => {
    const log = createLog();
    log.changed('first');
    for (let number = 0; number < TOMBSTONES; number++) log.removed(`gone${number}`);
    for (let number = 0; number < TOMBSTONES; number++) log.changed(`gone${number}`);
    for (let number = 0; number < TOMBSTONES; number++) log.removed(`other${number}`);
    expect(log.since(1)?.changed).toHaveLength(TOMBSTONES);
    expect(log.since(1)?.removed).toHaveLength(TOMBSTONES);
  });
});

describe('change log: over a restart', () => {
  const earlier: EarlierLives = {
    revision: 3 * LIFE + 50,
    components: [
      { id: 'old', revision: LIFE + 7 },
      { id: 'b', revision: 3 * LIFE + 40 },
      { id: 'a', revision: 3 * LIFE + 20 },
    ],
    removed: [
      { id: 'gone', revision: 3 * LIFE + 30 },
      { id: 'went', revision: 3 * LIFE + 50 },
    ],
  };
  const start = startOfLife(earlier.revision, 0);

  it('goes on without a gap for whoever stands in the last life', () => {
    const log = createLog(start, earlier);
    expect(log.revision()).toBe(start);
    expect(log.since(3 * LIFE + 20)).toEqual({ changed: ['b'], removed: ['gone', 'went'] });
    expect(log.since(3 * LIFE + 50)).toEqual({ changed: [], removed: [] });
    log.changed('a', 'gone', 'new');
    expect(log.since(3 * LIFE + 20)).toEqual({ changed: ['b', 'a', 'gone', 'new'], removed: ['went'] });
    expect(log.since(3 * LIFE + 20, new Set(['gone', 'went', 'old']))).toEqual({
      changed: ['gone'],
      removed: ['went'],
    });
    expect(log.since(start + 1)).toEqual({ changed: ['gone', 'new'], removed: [] });
  });

  it('gives a snapshot to whoever was told what was not kept, and to whoever stands in an earlier life', () => {
    const log = createLog(start, earlier);
    log.changed('a');
    for (const lost of [3 * LIFE + 51, start - 1, 2 * LIFE + 999, LIFE + 7]) expect(log.since(lost)).toBeUndefined();
    expect(log.since(start)).toEqual({ changed: ['a'], removed: [] });
  });

  it('gives a snapshot to whoever stands before the oldest removal that is kept', () => {
    const removed = Array.from({ length: TOMBSTONES }, (_, at) => ({ id: `gone${at}`, revision: 3 * LIFE + 100 + at }));
    const log = createLog(start, { ...earlier, revision: 3 * LIFE + 100 + TOMBSTONES, removed });
    expect(log.since(3 * LIFE + 99)).toBeUndefined();
    expect(log.since(3 * LIFE + 100)?.removed).toHaveLength(TOMBSTONES - 1);
  });

  it('knows nothing of lives that left nothing', () => {
    const log = createLog(start, { revision: earlier.revision, components: [], removed: [] });
    expect(log.since(3 * LIFE + 20)).toBeUndefined();
    expect(log.since(start)).toEqual({ changed: [], removed: [] });
  });

  it('starts each life above all that any life before may have given', () => {
    const nowMs = Date.UTC(2026, 0, 1);
    const first = startOfLife(0, nowMs);
    expect(first).toBe(nowMs * 1000);
    expect(startOfLife(first + 12_345, nowMs + 1)).toBeGreaterThanOrEqual(first + 12_345 + 1);
    expect(Math.floor(startOfLife(first, nowMs) / LIFE)).toBeGreaterThan(Math.floor(first / LIFE));
    // Nothing is kept, or an older file was put in its place.
    expect(startOfLife(0, nowMs + 60_000)).toBeGreaterThan(first + 12_345);
    // The clock stepped back.
    expect(startOfLife(first + 5, 0)).toBeGreaterThan(first + 5);
  });
});
