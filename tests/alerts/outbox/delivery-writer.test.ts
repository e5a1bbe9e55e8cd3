import { expect, it } from '@jest/globals';
import { createDeliveryWriter } from '../../../src/alerts/outbox/delivery-writer.ts';
import { delivery } from '../../store/alerts.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createOutboxStore } from './outbox-world.ts';

function createWorld() {
  const clock = createFakeClock();
  const store = createOutboxStore();
  const faults: unknown[] = [];
  const writer = createDeliveryWriter({ clock, store, onFault: (fault) => faults.push(fault) });
  return { clock, store, writer, faults };
}

it('writes at once what is saved in one turn, and what comes meanwhile with the next, the latest of each', async () => {
  const { clock, store, writer } = createWorld();
  store.mode = 'hold';
  const settled: string[] = [];
  for (const number of [1, 2]) void writer.save(delivery(number)).then(() => settled.push(`d${number}`));
  await clock.advance(0);
  void writer.save(delivery(1, { attempts: 1 })).then(() => settled.push('d1 again'));
  void writer.save(delivery(1, { attempts: 2 })).then(() => settled.push('d1 at last'));
  store.mode = 'keep';
  await clock.advance(0);
  expect(store.saves).toMatchObject([[{ id: 'd1', attempts: 0 }, { id: 'd2' }], [{ id: 'd1', attempts: 2 }]]);
  expect(settled.toSorted()).toEqual(['d1', 'd1 again', 'd1 at last', 'd2']);
  expect(clock.pendingTimers).toBe(0);
});

it('writes many in parts, and nobody is told before his part is kept', async () => {
  const { clock, store, writer } = createWorld();
  const kept: boolean[] = [];
  for (let number = 1; number <= 1_200; number++) {
    void writer.save(delivery(number)).then(() => kept.push(store.kept.has(`d${number}`)));
  }
  await clock.advance(0);
  expect(store.saves.map((each) => each.length)).toEqual([500, 500, 200]);
  expect([kept.length, kept.every(Boolean)]).toEqual([1_200, true]);
});

it('holds up nobody while the store fails, and tries again after longer and longer', async () => {
  const { clock, store, writer, faults } = createWorld();
  store.mode = 'refuse';
  let settled = 0;
  const save = (number: number) => void writer.save(delivery(number)).then(() => settled++);
  save(1);
  await clock.advance(0);
  save(2);
  await clock.advance(0);
  expect([settled, writer.unsaved, faults.length]).toEqual([2, 2, 1]);
  await clock.advance(5_000);
  store.mode = 'keep';
  expect(store.kept.size).toBe(0);
  await clock.advance(2_000);
  expect([store.kept.size, writer.unsaved, faults.length, faults[1]]).toEqual([2, 0, 2, undefined]);
});

it('keeps a bounded number of the latest for a store that fails', async () => {
  const { clock, store, writer } = createWorld();
  store.mode = 'refuse';
  for (let number = 1; number <= 25_000; number++) void writer.save(delivery(number));
  await clock.advance(0);
  expect(writer.unsaved).toBe(20_000);
  store.mode = 'keep';
  await writer.close();
  expect([store.kept.size, store.kept.has('d5000'), store.kept.has('d5001')]).toEqual([20_000, false, true]);
});

it('gives up at its end after two seconds', async () => {
  const { clock, store, writer } = createWorld();
  store.mode = 'hold';
  void writer.save(delivery(1));
  await clock.advance(0);
  let isClosed = false;
  void writer.close().then(() => {
    isClosed = true;
  });
  await clock.advance(1_999);
  expect(isClosed).toBe(false);
  await clock.advance(1);
  expect(isClosed).toBe(true);
  expect(clock.pendingTimers).toBe(0);
  store.mode = 'keep';
});
