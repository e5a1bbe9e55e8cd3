// What every store has to keep. Each implementation is given as a world in which it can be opened, and opened again.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createUsage } from '../../src/core/history/usage.ts';
import type { Incident } from '../../src/core/status-page.ts';
import {
  type AuditQuery,
  type HistoryBatch,
  MAX_TOMBSTONES,
  type Retention,
  type StatusRecord,
  type Store,
  StoreFault,
  type TransitionsAfter,
} from '../../src/core/store.ts';
import { createHistoryOracle } from '../support/history-oracle.ts';
import { describeAlerts } from './alert-contract.ts';
import { arbitraryPast, FIRST_REVISION, past, START_MS, savedComponent } from './arbitrary-past.ts';
import { expectSameAnswers, plain } from './compare-stores.ts';

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
  auditMs: 10 * YEAR_MS,
  alertsMs: 10 * YEAR_MS,
};

export const NOTHING: HistoryBatch = {
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
        fc.asyncProperty(arbitraryPast, async (moments) => {
          const reference = createHistoryOracle({ nowMs: () => START_MS });
          const ownWorld = create();
          try {
            let store = await ownWorld.open();
            await store.load();
            await reference.load();
            const batches: HistoryBatch[] = [];
            for (const event of past(moments, { restarts: keeps, heldBack: true })) {
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
      expect(await again.load()).toMatchObject({ revision: 7, components: [a, later], removed });
      await again.append({ ...NOTHING, revision: 8, changed: [c!] });
      const third = await world.open();
      expect(await third.load()).toMatchObject({
        revision: 8,
        components: [a, later, c],
        removed: removed.slice(0, 1),
      });
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

    it('knows a component that comes back after nothing of it was left', async () => {
      const store = await world.open();
      const { startRevision } = await store.load();
      const reason = { code: 'BECAUSE', message: 'it is' };
      const change = (number: number, status: Pick<StatusRecord, 'from' | 'to'>, atMs: number): StatusRecord => {
        return { revision: startRevision + number, component: 'x', atMs, ...status, reason, causedBy: [] };
      };
      const seen = (atMs: number) => [{ component: 'x', atMs, outcome: 'HEALTHY' as const }];
      await store.append({
        ...NOTHING,
        records: [change(1, { to: 'HEALTHY' }, START_MS)],
        observations: seen(START_MS),
      });
      await store.append({ ...NOTHING, records: [change(2, { from: 'HEALTHY' }, START_MS)] });
      // So many that it is not remembered that it went.
      const removed = Array.from({ length: MAX_TOMBSTONES + 1 }, (_, at) => {
        return { id: `y${at}`, revision: startRevision + 3 + at };
      });
      await store.append({ ...NOTHING, removed: [{ id: 'x', revision: startRevision + 2 }, ...removed] });
      const untilMs = START_MS + 3 * store.retention.transitionsMs + 3 * store.retention.daysMs;
      // The clock steps: nobody lived through those years.
      await store.append({ ...NOTHING, untilMs });
      await store.prune(untilMs);
      const back = change(20_000, { to: 'HEALTHY' }, untilMs + 1000);
      await store.append({
        ...NOTHING,
        untilMs: untilMs + 2000,
        elapsedMs: 2000,
        records: [back],
        observations: seen(untilMs + 1500),
      });
      expect(await store.transitionsAfter(back.revision - 1, 10)).toEqual({ kind: 'kept', records: [back] });
      const known = await store.knownAt('x', untilMs + 1900);
      expect(known).toMatchObject({ kind: 'known', lastObservation: { atMs: untilMs + 1500 } });
    });

    describe('what it has after a revision', () => {
      const change = (revision: number, component: string, status: Pick<StatusRecord, 'from' | 'to'>): StatusRecord => {
        const reason = { code: 'BECAUSE', message: `change ${revision}` };
        return { revision, component, atMs: START_MS, ...status, reason, causedBy: [] };
      };
      const keep = (store: Store, records: readonly StatusRecord[]) =>
        store.append({ ...NOTHING, revision: records.at(-1)!.revision, records });
      const revisionsIn = (found: TransitionsAfter) =>
        found.kind === 'kept' ? found.records.map(({ revision }) => revision - FIRST_REVISION) : found;

      it('is in order of revision and in pages, also of components that are gone', async () => {
        const store = await world.open();
        const { startRevision } = await store.load();
        const records = [
          change(startRevision + 2, 'api', { to: 'HEALTHY' }),
          change(startRevision + 3, 'db', { to: 'UNHEALTHY' }),
          change(startRevision + 5, 'db', { from: 'UNHEALTHY' }),
          change(startRevision + 7, 'api', { from: 'HEALTHY', to: 'DEGRADED' }),
        ];
        await store.append({
          ...NOTHING,
          revision: startRevision + 7,
          records,
          removed: [{ id: 'db', revision: startRevision + 5 }],
        });
        expect(await store.transitionsAfter(startRevision, 10)).toEqual({ kind: 'kept', records });
        expect(revisionsIn(await store.transitionsAfter(startRevision, 2))).toEqual([2, 3]);
        expect(revisionsIn(await store.transitionsAfter(startRevision + 3, 2))).toEqual([5, 7]);
        expect(revisionsIn(await store.transitionsAfter(startRevision + 4, 1))).toEqual([5]);
        expect(revisionsIn(await store.transitionsAfter(startRevision + 7, 2))).toEqual([]);
      });

      it('has each record once, and none of them late, while more is written', async () => {
        const store = await world.open();
        const { startRevision } = await store.load();
        const writes: Promise<void>[] = [];
        const read: number[] = [];
        let after = startRevision;
        for (let number = 1; read.length < 40; number += 2) {
          if (number < 40) {
            const records = [number, number + 1].map((at) => change(startRevision + at, 'api', { to: 'HEALTHY' }));
            writes.push(keep(store, records));
          }
          const page = await store.transitionsAfter(after, 3);
          if (page.kind !== 'kept') throw new Error('it is forgotten');
          read.push(...page.records.map(({ revision }) => revision - startRevision));
          after = page.records.at(-1)?.revision ?? after;
        }
        await Promise.all(writes);
        expect(read).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
      });

      it('is not known of a revision that was published and never kept', async () => {
        const store = await world.open();
        const { startRevision } = await store.load();
        // Of an incarnation whose file is gone, or that had none.
        const lost = startRevision - 1;
        expect(await store.transitionsAfter(lost, 10)).toEqual({ kind: 'forgotten', completeAfter: startRevision });
        await keep(store, [change(startRevision + 2, 'api', { to: 'HEALTHY' })]);
        expect(revisionsIn(await store.transitionsAfter(startRevision + 1, 10))).toEqual([2]);
        expect(revisionsIn(await store.transitionsAfter(0, 10))).toEqual([2]);
      });

      it('goes on over restarts for whoever stands where something was kept', async () => {
        if (!keeps) return;
        const store = await world.open();
        const { startRevision: first } = await store.load();
        await keep(store, [change(first + 2, 'api', { to: 'HEALTHY' })]);
        const again = await world.open();
        const { startRevision: second, resumable } = await again.load();
        expect(resumable).toEqual([
          { from: first, to: first },
          { from: first, to: first + 2 },
        ]);
        await keep(again, [change(second + 1, 'api', { from: 'HEALTHY', to: 'DEGRADED' })]);
        const third = await world.open();
        await third.load();
        const ofSecond = [second + 1 - FIRST_REVISION];
        expect(revisionsIn(await third.transitionsAfter(first, 10))).toEqual([2, ...ofSecond]);
        expect(revisionsIn(await third.transitionsAfter(first + 2, 10))).toEqual(ofSecond);
        expect(revisionsIn(await third.transitionsAfter(second, 10))).toEqual(ofSecond);
        for (const lost of [first + 3, second - 1]) {
          expect(await third.transitionsAfter(lost, 10)).toEqual({ kind: 'forgotten', completeAfter: second });
        }
      });
    });

    describe('who changed what', () => {
      const entry = (atMs: number, principal: string, component: string) => {
        return { atMs, principal, address: '192.0.2.1', action: 'REPORT', component, detail: `${component} ☃` };
      };
      const ENTRIES = [
        entry(10, 'key:ci', 'a'),
        entry(20, 'key:ci', 'b'),
        entry(30, 'anonymous', 'a'),
        entry(25, 'key:ci', 'a'),
      ];
      const timesOf = async (store: Store, query: Partial<AuditQuery>) =>
        (await store.audit({ limit: 10, ...query })).map(({ atMs }) => atMs);

      it('is found again, the newest first, by each filter and in pages', async () => {
        const store = await world.open();
        await store.load();
        await store.append({ ...NOTHING, audit: ENTRIES.slice(0, 2) });
        await store.append(NOTHING);
        await store.append({ ...NOTHING, audit: ENTRIES.slice(2) });
        const found = await store.audit({ limit: 10 });
        expect(found.map(({ number, ...kept }) => kept)).toEqual(ENTRIES.toReversed());
        expect(await timesOf(store, { fromMs: 20, toMs: 30 })).toEqual([25, 20]);
        expect(await timesOf(store, { principal: 'key:ci' })).toEqual([25, 20, 10]);
        expect(await timesOf(store, { component: 'a', principal: 'key:ci' })).toEqual([25, 10]);
        expect(await timesOf(store, { limit: 2 })).toEqual([25, 30]);
        expect(await timesOf(store, { limit: 2, beforeNumber: found[1]!.number })).toEqual([20, 10]);
        expect(await timesOf(store, { principal: 'key:c' })).toEqual([]);
      });

      it('is kept with its batch, over a restart', async () => {
        if (!keeps) return;
        const store = await world.open();
        await store.load();
        await store.append({ ...NOTHING, audit: ENTRIES });
        const again = await world.open();
        await again.load();
        expect(await timesOf(again, {})).toEqual([25, 30, 20, 10]);
      });

      it('is forgotten when it is older than its retention, and its numbers are not given again', async () => {
        const store = await world.open();
        await store.load();
        await store.append({ ...NOTHING, audit: ENTRIES });
        const before = await store.audit({ limit: 1 });
        await store.prune(20 + store.retention.auditMs);
        expect(await timesOf(store, {})).toEqual([25, 30, 20]);
        await store.prune(100 + store.retention.auditMs);
        expect(await timesOf(store, {})).toEqual([]);
        await store.append({ ...NOTHING, audit: ENTRIES.slice(0, 1) });
        const [after] = await store.audit({ limit: 1 });
        expect(after?.number).toBeGreaterThan(before[0]!.number);
      });
    });

    describe('incidents', () => {
      const incident = (id: string, updatedMs: number, more: Partial<Incident> = {}): Incident => ({
        id,
        title: `${id} ☃`,
        status: 'INVESTIGATING',
        impact: 'MINOR',
        pages: ['public'],
        components: ['a'],
        startedMs: 1,
        updatedMs,
        updates: [{ atMs: 1, status: 'INVESTIGATING', text: 'We look.' }],
        notes: [{ atMs: 1, author: 'key:ci', text: 'who?' }],
        ...more,
      });

      it('are what was saved last, the newest first, over a restart too', async () => {
        const store = await world.open();
        await store.load();
        expect(await store.incidents()).toEqual([]);
        await store.saveIncident(incident('one', 10));
        await store.saveIncident(incident('two', 20));
        await store.saveIncident(incident('one', 30, { status: 'RESOLVED', resolvedMs: 30 }));
        const saved = [incident('one', 30, { status: 'RESOLVED', resolvedMs: 30 }), incident('two', 20)];
        expect(await store.incidents()).toEqual(saved);
        if (keeps) expect(await (await world.open()).incidents()).toEqual(saved);
      });

      it('are a thousand at most, and all that are open', async () => {
        const store = await world.open();
        await store.load();
        await store.saveIncident(incident('open', 1));
        for (let at = 2; at <= 1003; at++) {
          await store.saveIncident(incident(`i${at}`, at, { status: 'RESOLVED', resolvedMs: at }));
        }
        const ids = (await store.incidents()).map(({ id }) => id);
        expect([ids.length, ids[0], ids.at(-1)]).toEqual([1001, 'i1003', 'open']);
      });
    });

    it('keeps texts of others by topic and key, over a restart too', async () => {
      const store = await world.open();
      expect(await store.kept('a')).toEqual([]);
      await store.load();
      const long = `${'x☃'.repeat(200_000)}`;
      await store.keep({
        topic: 'a',
        texts: new Map([
          ['two', 'b'],
          ['one', 'a'],
          ['gone', 'c'],
        ]),
      });
      await store.keep({ topic: 'b', texts: new Map([['one', 'other']]) });
      await store.keep({
        topic: 'a',
        texts: new Map([
          ['two', long],
          ['gone', undefined],
          ['never', undefined],
        ]),
      });
      await store.keep({ topic: 'a', texts: new Map() });
      const saved = [
        { key: 'one', text: 'a' },
        { key: 'two', text: long },
      ];
      expect(await store.kept('a')).toEqual(saved);
      if (!keeps) return;
      const again = await world.open();
      expect(await again.kept('a')).toEqual(saved);
      expect(await again.kept('b')).toEqual([{ key: 'one', text: 'other' }]);
    });

    describeAlerts({ name, create, keeps, pasts });

    it('answers with a fault to every operation once it is closed, and may be closed again', async () => {
      const store = await world.open();
      await store.load();
      await store.close();
      await expect(store.load()).rejects.toThrow(StoreFault);
      await expect(store.append(NOTHING)).rejects.toThrow(StoreFault);
      await expect(store.prune(START_MS)).rejects.toThrow(StoreFault);
      await expect(store.transitionsAfter(0, 1)).rejects.toThrow(StoreFault);
      await expect(store.knownAt('api', START_MS)).rejects.toThrow(/is closed/);
      await expect(store.alerting()).rejects.toThrow(StoreFault);
      await expect(store.saveDeliveries([])).rejects.toThrow(StoreFault);
      await expect(store.deliveries({ limit: 1 })).rejects.toThrow(StoreFault);
      await store.close();
    });
  });
}
