import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createChangeLog } from '../../src/engine/change-log.ts';

const TOMBSTONES = 10_000;

describe('change log', () => {
  it('gives out one revision after another, above those of an earlier life', () => {
    const log = createChangeLog(41);
    expect(log.revision).toBe(41);
    expect(log.changed('a')).toBe(42);
    expect(log.changed('b')).toBe(43);
    expect(log.changed('a')).toBe(44);
    log.removed('b');
    expect(log.revision).toBe(45);
  });

  it('knows nothing of an earlier life: whoever stands in it, at its end too, needs a snapshot', () => {
    const log = createChangeLog(41);
    log.changed('a');
    expect(log.since(40)).toBeUndefined();
    expect(log.since(41)).toBeUndefined();
    expect(log.since(42)).toEqual({ changed: [], removed: [] });
  });

  it('tells what changed last, each once, in order of revision', () => {
    const log = createChangeLog(0);
    for (const id of ['a', 'b', 'c', 'a', 'd', 'b']) log.changed(id);
    log.removed('d');
    expect(log.since(1)).toEqual({ changed: ['c', 'a', 'b'], removed: ['d'] });
    expect(log.since(4)).toEqual({ changed: ['b'], removed: ['d'] });
    expect(log.since(7)).toEqual({ changed: [], removed: [] });
    expect(log.since(1, new Set(['b', 'a', 'd', 'nothing']))).toEqual({ changed: ['a', 'b'], removed: ['d'] });
  });

  it('tells of what was removed and came back as a change', () => {
    const log = createChangeLog(0);
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
        const log = createChangeLog(0);
        for (const { id, removed } of all) {
          if (removed) log.removed(id);
          else log.changed(id);
        }
        const after = Math.min(Math.max(at, 1), all.length);
        const tail = all.slice(after).filter(({ id }) => some === undefined || some.includes(id));
        const latest = tail.filter(({ id }, index) => tail.findLastIndex((step) => step.id === id) === index);
        expect(log.since(after, some && new Set(some)) ?? 'a snapshot').toEqual(
          all.length === 0
            ? 'a snapshot'
            : {
                changed: latest.filter(({ removed }) => !removed).map(({ id }) => id),
                removed: latest.filter(({ removed }) => removed).map(({ id }) => id),
              },
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('forgets the components that have been gone for longest, and says so to whoever would have to know', () => {
    const log = createChangeLog(0);
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
    const log = createChangeLog(0);
    log.changed('first');
    for (let number = 0; number < TOMBSTONES; number++) log.removed(`gone${number}`);
    for (let number = 0; number < TOMBSTONES; number++) log.changed(`gone${number}`);
    for (let number = 0; number < TOMBSTONES; number++) log.removed(`other${number}`);
    expect(log.since(1)?.changed).toHaveLength(TOMBSTONES);
    expect(log.since(1)?.removed).toHaveLength(TOMBSTONES);
  });
});
