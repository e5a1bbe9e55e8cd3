// What every store has to keep. Each implementation is given as a world in which it can be opened, and opened again.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createUsage } from '../../src/core/history/usage.ts';
import { type HistoryBatch, type Retention, type Store, StoreFault } from '../../src/core/store.ts';
import { createHistoryOracle } from '../support/history-oracle.ts';
import { expectSameAnswers, plain } from './compare-stores.ts';
import { arbitraryPast, live, START_MS, savedComponent } from './lived-time.ts';

export interface StoreWorld {
  /** Opens what the world holds; what was opened before is closed. */
  open(): Promise<Store>;
  dispose(): Promise<void>;
}

export interface StoreKind {
  readonly name: string;
  readonly create: () => StoreWorld;
  /** Whether what was kept is there when it is opened again. */
  readonly keeps: boolean;
  /** Random pasts to try. */
  readonly pasts: number;
}

const YEAR_MS = 365 * 86_400_000;
/** So long that nothing is forgotten in these tests. */
export const LONG: Retention = {
  transitionsMs: 10 * YEAR_MS,
  observationsMs: 10 * YEAR_MS,
  fiveMinutesMs: 10 * YEAR_MS,
  hoursMs: 10 * YEAR_MS,
  daysMs: 10 * YEAR_MS,
};

const NOTHING: HistoryBatch = {
  untilMs: START_MS,
  elapsedMs: 0,
  revision: 0,
  records: [],
  observations: [],
  changed: [],
  removed: [],
};

export function describeStore({ name, create, keeps, pasts }: StoreKind): void {
  describe(name, () => {
    let world: StoreWorld;
    beforeEach(() => {
      world = create();
    });
    afterEach(() => world.dispose());

    it('knows nothing at first', async () => {
      const store = await world.open();
      expect(await store.load()).toMatchObject({ components: [], removed: [] });
      expect(await store.knownAt('api', START_MS)).toEqual({ kind: 'no-record' });
      expect(await store.transitions({ components: ['api'], limit: 10 })).toEqual([]);
      const query = {
        components: ['api'],
        parts: [{ fromMs: 0, toMs: 7_200_000, stepMs: 3_600_000, tierMs: 3_600_000 }],
      } as const;
      const { components } = await store.availability(query);
      expect(components.map(({ steps }) => steps.map(plain))).toEqual([[createUsage(), createUsage()].map(plain)]);
    });

    it('answers as one that keeps everything, whatever the clock did', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryPast, async (past) => {
          const reference = createHistoryOracle({ nowMs: () => START_MS });
          const ownWorld = create();
          try {
            let store = await ownWorld.open();
            const { revision: firstRevision } = await store.load();
            await reference.load();
            const batches: HistoryBatch[] = [];
            for (const event of live(past, { restarts: keeps, heldBack: true, firstRevision })) {
              if (event.kind === 'restart') {
                store = await ownWorld.open();
                expect(await store.load()).toEqual(await reference.load());
              } else {
                await store.append(event.batch);
                await reference.append(event.batch);
                batches.push(event.batch);
              }
            }
            await expectSameAnswers(store, reference, batches);
          } finally {
            await ownWorld.dispose();
          }
        }),
        { numRuns: pasts },
      );
    }, 120_000);

    it('gives back what was saved last, and what is gone', async () => {
      const store = await world.open();
      await store.load();
      const [a, b, c] = ['a', 'b', 'c'].map((id, at) => savedComponent(id, 'HEALTHY', at + 1));
      await store.append({ ...NOTHING, revision: 3, changed: [a!, b!, c!] });
      const later = savedComponent('b', 'UNHEALTHY', 5);
      const removed = [
        { id: 'never-was', revision: 6 },
        { id: 'c', revision: 7 },
      ];
      await store.append({ ...NOTHING, revision: 7, changed: [later], removed });
      if (!keeps) return;
      const again = await world.open();
      expect(await again.load()).toEqual({ revision: 7, components: [a, later], removed });
      await again.append({ ...NOTHING, revision: 8, changed: [c!] });
      const third = await world.open();
      expect(await third.load()).toEqual({ revision: 8, components: [a, later, c], removed: removed.slice(0, 1) });
    });

    it('answers for each id in its place, also for one that is asked for twice', async () => {
      const store = await world.open();
      await store.load();
      const observation = { component: 'b', atMs: START_MS - 1, outcome: 'HEALTHY' } as const;
      await store.append({ ...NOTHING, elapsedMs: 1000, observations: [observation] });
      const fromMs = Math.floor(START_MS / 86_400_000) * 86_400_000;
      const day = { fromMs, toMs: fromMs + 86_400_000, stepMs: 86_400_000, tierMs: 86_400_000 } as const;
      const { components, untilMs } = await store.availability({ components: ['b', 'a', 'b'], parts: [day] });
      expect(untilMs).toBe(START_MS);
      expect(components.map(({ component, steps }) => [component, steps[0]?.outcomes.HEALTHY])).toEqual([
        ['b', 1],
        ['a', 0],
        ['b', 1],
      ]);
    });

    it('keeps appends in the order of the calls, though nobody waits between them', async () => {
      const store = await world.open();
      await store.load();
      const reasons = Array.from({ length: 50 }, (_, at) => `reason ${at}`);
      await Promise.all(
        reasons.map((message, at) =>
          store.append({
            ...NOTHING,
            untilMs: START_MS + at,
            elapsedMs: 1,
            revision: at + 1,
            records: [
              {
                revision: at + 1,
                component: 'api',
                atMs: START_MS + at,
                from: at % 2 === 0 ? 'HEALTHY' : 'UNHEALTHY',
                to: at % 2 === 0 ? 'UNHEALTHY' : 'HEALTHY',
                reason: { code: 'BECAUSE', message },
                causedBy: [],
              },
            ],
          }),
        ),
      );
      const listed = await store.transitions({ components: ['api'], limit: 100 });
      expect(listed.map(({ reason }) => reason.message)).toEqual(reasons.toReversed());
    });

    it('tells a fault from every verb once it is closed, and may be closed again', async () => {
      const store = await world.open();
      await store.load();
      await store.close();
      await expect(store.load()).rejects.toThrow(StoreFault);
      await expect(store.append(NOTHING)).rejects.toThrow(StoreFault);
      await expect(store.prune(START_MS)).rejects.toThrow(StoreFault);
      await expect(store.knownAt('api', START_MS)).rejects.toThrow(/is closed/);
      await store.close();
    });
  });
}
