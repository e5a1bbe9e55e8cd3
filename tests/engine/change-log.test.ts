import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ChangeLog, createChangeLog, type EarlierChanges } from '../../src/engine/change-log.ts';

const TOMBSTONES = 10_000;
const NOTHING: EarlierChanges = { resumable: [], components: [], removed: [] };

/** A log of a first incarnation whose changes are one revision apart. */
function createLog(start = 0, earlier = NOTHING) {
  const latest = new Map(earlier.components.map(({ id, revision }) => [id, revision]));
  const log: ChangeLog = createChangeLog(start, earlier, (id) => latest.get(id));
  let revision = start;
  return {
    since: log.since,
    changed: (...ids: string[]) => {
      for (const id of ids) {
        latest.set(id, ++revision);
        log.changed(id, revision);
      }
    },
    removed: (...ids: string[]) => {
      for (const id of ids) {
        latest.delete(id);
        log.removed(id, ++revision);
      }
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

  it('stays right over very many changes of a few', () => {
    const log = createLog();
    log.changed('seldom');
    for (let number = 0; number < 5_000; number++) log.changed('a', 'b');
    expect(log.since(0)).toEqual({ changed: ['seldom', 'a', 'b'], removed: [] });
    log.removed('a');
    for (let number = 0; number < 5_000; number++) log.changed('b');
    expect(log.since(0)).toEqual({ changed: ['seldom', 'b'], removed: ['a'] });
    expect(log.since(10_001)).toEqual({ changed: ['b'], removed: ['a'] });
    expect(log.since(10_002)).toEqual({ changed: ['b'], removed: [] });
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
  const [LIFE, START] = [3_000, 5_000];
  const earlier: EarlierChanges = {
    resumable: [{ from: LIFE, to: LIFE + 50 }],
    components: [
      { id: 'old', revision: 7 },
      { id: 'b', revision: LIFE + 40 },
      { id: 'a', revision: LIFE + 20 },
    ],
    removed: [
      { id: 'gone', revision: LIFE + 30 },
      { id: 'went', revision: LIFE + 50 },
    ],
  };

  it('goes on without a gap for whoever stands in the last incarnation', () => {
    const log = createLog(START, earlier);
    expect(log.revision()).toBe(START);
    expect(log.since(LIFE)).toEqual({ changed: ['a', 'b'], removed: ['gone', 'went'] });
    expect(log.since(LIFE + 20)).toEqual({ changed: ['b'], removed: ['gone', 'went'] });
    expect(log.since(LIFE + 50)).toEqual({ changed: [], removed: [] });
    log.changed('a', 'gone', 'new');
    expect(log.since(LIFE + 20)).toEqual({ changed: ['b', 'a', 'gone', 'new'], removed: ['went'] });
    expect(log.since(LIFE + 20, new Set(['gone', 'went', 'old']))).toEqual({ changed: ['gone'], removed: ['went'] });
    expect(log.since(START + 1)).toEqual({ changed: ['gone', 'new'], removed: [] });
  });

  it('gives a snapshot to whoever was told what was not kept, and to whoever stands in an earlier incarnation', () => {
    const log = createLog(START, earlier);
    log.changed('a');
    for (const lost of [LIFE + 51, START - 1, LIFE - 1, 7]) expect(log.since(lost)).toBeUndefined();
    expect(log.since(START)).toEqual({ changed: ['a'], removed: [] });
  });

  it('gives a snapshot to whoever stands before the oldest removal that is kept', () => {
    const removed = Array.from({ length: TOMBSTONES }, (_, at) => ({ id: `gone${at}`, revision: LIFE + 100 + at }));
    const log = createLog(20_000, {
      ...earlier,
      resumable: [{ from: LIFE, to: LIFE + 100 + TOMBSTONES }],
      removed,
    });
    expect(log.since(LIFE + 99)).toBeUndefined();
    expect(log.since(LIFE + 100)?.removed).toHaveLength(TOMBSTONES - 1);
  });

  it('goes on, after incarnations that changed nothing, for whoever was in the last of them or in the one before them', () => {
    const quiet = { from: 4_000, to: 4_000 };
    const log = createLog(START, { ...earlier, resumable: [quiet, ...earlier.resumable] });
    expect(log.since(4_000)).toEqual({ changed: [], removed: [] });
    expect(log.since(LIFE + 40)).toEqual({ changed: [], removed: ['went'] });
    expect(log.since(4_001)).toBeUndefined();
    expect(log.since(3_999)).toBeUndefined();
  });

  it('gives a snapshot where it is not known which incarnation kept what there is', () => {
    const log = createLog(START, { ...earlier, resumable: [] });
    expect(log.since(LIFE + 20)).toBeUndefined();
    expect(log.since(START)).toEqual({ changed: [], removed: [] });
  });
});
