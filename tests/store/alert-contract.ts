// What every store has to keep of alerts and of what is sent of them.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AlertQuery, Delivery, DeliveryQuery } from '../../src/core/alert.ts';
import type { Store } from '../../src/core/store.ts';
import { alert, changes, delivery, resolved, saved, suspension } from './alerts.ts';
import { NOTHING, type StoreKind, type StoreWorld } from './store-contract.ts';

const HOUR_MS = 3_600_000;

export function describeAlerts({ create, keeps, pasts }: StoreKind): void {
  describe('alerts', () => {
    let world: StoreWorld;
    let store: Store;
    beforeEach(async () => {
      world = create();
      store = await world.open();
      await store.load();
    });
    afterEach(() => world.dispose());

    const keep = (more: Parameters<typeof changes>[0], untilMs = NOTHING.untilMs) =>
      store.append({ ...NOTHING, untilMs, alerts: changes(more) });
    const again = async () => {
      if (!keeps) return store.alerting();
      store = await world.open();
      await store.load();
      return store.alerting();
    };
    const alertIds = async (query: Partial<AlertQuery>) =>
      (await store.alerts({ limit: 10, ...query })).map(({ id }) => id);
    const numbers = async (query: Partial<DeliveryQuery>) =>
      (await store.deliveries({ limit: 10, ...query })).map(({ number }) => number);

    it('are none at first', async () => {
      expect(await store.alerting()).toEqual({ alerts: [], lastDeliveryNumber: 0, suspensions: [] });
      expect(await alertIds({})).toEqual([]);
      expect(await store.waitingDeliveries({ afterNumber: 0, limit: 10 })).toEqual([]);
    });

    it('that are not over are what was saved last, with what decides how they go on', async () => {
      await keep({ alerts: ['a', 'b', 'c', 'd'].map((id) => saved(alert(id))) });
      const acknowledged = alert('b', { state: 'ACKNOWLEDGED', acknowledgement: { author: 'me', atMs: 5, note: 'I' } });
      await keep({ alerts: [saved(acknowledged), saved(resolved('c', 9))], forgotten: ['d', 'never-was'] });
      const { alerts } = await again();
      expect(alerts).toEqual([saved(alert('a')), saved(acknowledged)]);
      expect(await store.alerts({ limit: 10 })).toEqual([resolved('c', 9)]);
    });

    it('that are over are found by each filter and in pages, the latest first', async () => {
      await keep({
        alerts: [
          resolved('a', 10),
          resolved('b', 30, { component: 'db' }),
          resolved('c', 20, { route: 'mail' }),
          resolved('d', 30),
          resolved('e', 20),
          alert('open'),
        ].map(saved),
      });
      expect(await alertIds({})).toEqual(['b', 'd', 'c', 'e', 'a']);
      expect(await alertIds({ limit: 2 })).toEqual(['b', 'd']);
      expect(await alertIds({ limit: 2, before: { resolvedMs: 30, id: 'd' } })).toEqual(['c', 'e']);
      expect(await alertIds({ before: { resolvedMs: 20, id: 'c' } })).toEqual(['e', 'a']);
      expect(await alertIds({ component: 'db' })).toEqual(['b']);
      expect(await alertIds({ component: 'api', before: { resolvedMs: 30, id: 'd' } })).toEqual(['c', 'e', 'a']);
      expect(await alertIds({ route: 'mail' })).toEqual(['c']);
      expect(await alertIds({ route: 'mail', component: 'db' })).toEqual([]);
      expect(await alertIds({ id: 'e' })).toEqual(['e']);
      for (const nothing of [{ component: 'db' }, { route: 'mail' }, { before: { resolvedMs: 20, id: 'e' } }]) {
        expect(await alertIds({ id: 'e', ...nothing })).toEqual([]);
      }
      expect(await alertIds({ id: 'open' })).toEqual([]);
    });

    it('have deliveries, which wait in the order of their numbers until they are saved otherwise', async () => {
      const made = [delivery(3), delivery(5, { channel: 'chat' }), delivery(9, { alert: 'b' }), delivery(10)];
      await keep({ deliveries: made });
      expect(await store.waitingDeliveries({ afterNumber: 0, limit: 10 })).toEqual(made);
      expect(await store.waitingDeliveries({ afterNumber: 3, limit: 2 })).toEqual(made.slice(1, 3));
      expect(await store.waitingDeliveries({ channel: 'hook', afterNumber: 3, limit: 9 })).toEqual(made.slice(2));
      expect(await store.waitingDeliveries({ exceptChannels: ['hook'], afterNumber: 0, limit: 9 })).toEqual([made[1]]);
      expect(
        await store.waitingDeliveries({ channel: 'hook', exceptChannels: ['hook'], afterNumber: 0, limit: 9 }),
      ).toEqual([]);
      const tried: Delivery = {
        ...made[0]!,
        attempts: 2,
        mayHaveArrived: true,
        nextAttemptMs: 70,
        error: 'the answer was 503 ☃',
      };
      const accepted: Delivery = { ...made[2]!, state: 'ACCEPTED', attempts: 1, settledMs: 60, handle: 'ts-1' };
      await store.saveDeliveries([tried, accepted]);
      expect((await again()).lastDeliveryNumber).toBe(10);
      if (!keeps) return;
      expect(await store.waitingDeliveries({ afterNumber: 0, limit: 10 })).toEqual([tried, made[1], made[3]]);
      expect(await store.deliveries({ alert: 'b', limit: 10 })).toEqual([accepted]);
    });

    it('have deliveries that are found by each filter and in pages, the newest first', async () => {
      await keep({
        deliveries: [
          delivery(1),
          delivery(2, { channel: 'chat' }),
          delivery(3, { alert: 'b', state: 'ACCEPTED', settledMs: 3 }),
          delivery(4, { alert: 'b', state: 'FAILED', settledMs: 4 }),
          delivery(5, { state: 'ACCEPTED', settledMs: 5 }),
        ],
      });
      expect(await numbers({})).toEqual([5, 4, 3, 2, 1]);
      expect(await numbers({ limit: 2 })).toEqual([5, 4]);
      expect(await numbers({ limit: 2, beforeNumber: 4 })).toEqual([3, 2]);
      expect(await numbers({ alert: 'b' })).toEqual([4, 3]);
      expect(await numbers({ channel: 'hook', states: ['WAITING', 'FAILED'] })).toEqual([4, 1]);
      expect(await numbers({ states: [] })).toEqual([5, 4, 3, 2, 1]);
      expect(await numbers({ alert: 'a', channel: 'chat', states: ['WAITING'] })).toEqual([2]);
    });

    it('have deliveries that were tried before the batch came that brings them: what came of them stays', async () => {
      const tried = delivery(1, { state: 'ACCEPTED', attempts: 1, settledMs: 8 });
      await store.saveDeliveries([tried]);
      await keep({ deliveries: [delivery(1), delivery(2)] });
      expect(await store.deliveries({ limit: 10 })).toEqual([delivery(2), tried]);
    });

    it('are kept with their batch, or not at all', async () => {
      const reason = { code: 'BECAUSE', message: 'of a test' };
      const record = {
        revision: 4,
        component: 'api',
        atMs: NOTHING.untilMs,
        to: 'HEALTHY',
        reason,
        causedBy: [],
      } as const;
      await store.append({ ...NOTHING, revision: 4, records: [record] });
      const parts = { alerts: [saved(alert('a'))], deliveries: [delivery(1)], suspensions: [suspension('s')] };
      // A revision that is given twice.
      const wrong = store.append({ ...NOTHING, revision: 4, records: [record], alerts: changes(parts) });
      await expect(wrong).rejects.toThrow(/unique/i);
      expect(await store.alerting()).toEqual({ alerts: [], lastDeliveryNumber: 0, suspensions: [] });
      await keep({ deliveries: [delivery(1)] });
      expect(await numbers({})).toEqual([1]);
    });

    it('have suspensions: all that are not over, and a thousand of the others', async () => {
      const over = (at: number) => suspension(`s${at}`, { createdMs: at, untilMs: at });
      const ended = suspension('ended', { createdMs: 2000, endedBy: 'key:ci' });
      await keep({ suspensions: [suspension('on', { createdMs: -1 }), { ...ended, endedBy: 'nobody' }] });
      await keep({ suspensions: Array.from({ length: 1001 }, (_, at) => over(at)).concat(ended) }, 1500);
      const { suspensions } = await again();
      expect([suspensions.length, suspensions[0], suspensions.at(-1)?.id]).toEqual([1002, ended, 'on']);
      expect(suspensions.at(-2)?.id).toBe('s1');
    });

    it('are forgotten when they have been over for longer than their retention, and deliveries that are settled', async () => {
      const nowMs = store.retention.alertsMs + HOUR_MS;
      await keep({
        alerts: [resolved('old', HOUR_MS - 1), resolved('new', HOUR_MS), alert('open', { openedMs: 1 })].map(saved),
        deliveries: [
          delivery(1, { state: 'ACCEPTED', settledMs: HOUR_MS - 1 }),
          delivery(2, { state: 'DROPPED', settledMs: HOUR_MS }),
          delivery(3),
        ],
      });
      await store.prune(nowMs);
      expect(await alertIds({})).toEqual(['new']);
      expect(await numbers({})).toEqual([3, 2]);
      await store.saveDeliveries([delivery(3, { state: 'FAILED', settledMs: 0 })]);
      await store.prune(nowMs * 2);
      expect([await alertIds({}), await numbers({})]).toEqual([[], []]);
      const { alerts, lastDeliveryNumber } = await again();
      expect(alerts.map((one) => one.alert.id)).toEqual(['open']);
      expect(lastDeliveryNumber).toBe(3);
    });

    it('have deliveries as a map by their ids would, whatever is saved when', async () => {
      const states = ['WAITING', 'ACCEPTED', 'FAILED', 'DROPPED'] as const;
      const step = fc.record({
        how: fc.constantFrom('batch', 'save'),
        numbers: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 5 }),
        state: fc.constantFrom(...states),
        channel: fc.constantFrom('hook', 'chat'),
        alert: fc.constantFrom('a', 'b'),
      });
      const query = fc.record(
        {
          alert: fc.constantFrom('a', 'b'),
          channel: fc.constantFrom('hook', 'chat'),
          states: fc.subarray([...states]),
          beforeNumber: fc.integer({ min: 1, max: 14 }),
          limit: fc.integer({ min: 1, max: 13 }),
        },
        { requiredKeys: ['limit'] },
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 12 }),
          fc.array(query, { maxLength: 6 }),
          async (steps, queries) => {
            const own = create();
            try {
              const opened = await own.open();
              await opened.load();
              const model = new Map<number, Delivery>();
              for (const { how, numbers: given, state, ...more } of steps) {
                const all = given.toSorted((x, y) => x - y).map((number) => delivery(number, { state, ...more }));
                for (const one of all) if (how === 'save' || !model.has(one.number)) model.set(one.number, one);
                if (how === 'save') await opened.saveDeliveries(all);
                else await opened.append({ ...NOTHING, alerts: changes({ deliveries: all }) });
              }
              for (const { limit, states: wanted = [], beforeNumber = 99, ...same } of queries) {
                const found = [...model.values()]
                  .filter((one) => one.number < beforeNumber && (wanted.length === 0 || wanted.includes(one.state)))
                  .filter(
                    (one) => (same.alert ?? one.alert) === one.alert && (same.channel ?? one.channel) === one.channel,
                  )
                  .toSorted((x, y) => y.number - x.number);
                const asked = { ...same, limit, states: wanted, beforeNumber };
                expect(await opened.deliveries(asked)).toEqual(found.slice(0, limit));
              }
            } finally {
              await own.dispose();
            }
          },
        ),
        { numRuns: pasts },
      );
    });
  });
}
