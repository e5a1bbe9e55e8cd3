import { expect, it } from '@jest/globals';
import { type HistoryBatch, StoreFault } from '../../../src/core/store.ts';
import { IN_MEMORY } from '../../../src/store/sqlite/database.ts';
import { openOperations } from '../../../src/store/sqlite/operations.ts';
import type { OperationRunner } from '../../../src/store/thread/operations.ts';
import type { PackedBatch } from '../../../src/store/thread/packed-batch.ts';
import { createPackedStore } from '../../../src/store/thread/packed-store.ts';
import { START_MS } from '../arbitrary-past.ts';
import { LONG } from '../store-contract.ts';

it('names its components anew after a batch that never arrived', async () => {
  const store = 'memory:';
  const runner = openOperations({ path: IN_MEMORY, store, retention: LONG, owner: 'me' });
  let isLost = true;
  const losing: OperationRunner = {
    ...runner,
    run: (operation, argument) => (isLost ? Promise.reject(new StoreFault('lost')) : runner.run(operation, argument)),
  };
  const packed = createPackedStore(losing, { retention: LONG, nowMs: () => START_MS });
  const batch: HistoryBatch = {
    untilMs: START_MS + 1000,
    elapsedMs: 1000,
    revision: 1,
    records: [],
    observations: ['api', 'db'].map((component) => ({ component, atMs: START_MS, outcome: 'HEALTHY' })),
    changed: [],
    removed: [],
  };
  await expect(packed.append(batch)).rejects.toThrow('lost');
  isLost = false;
  await packed.load();
  await packed.append(batch);
  const fromMs = Math.floor(START_MS / 86_400_000) * 86_400_000;
  const day = { fromMs, toMs: fromMs + 86_400_000, stepMs: 86_400_000, tierMs: 86_400_000 } as const;
  const { components } = await packed.availability({ components: ['api', 'db'], parts: [day] });
  expect(components.map(({ steps }) => steps[0]?.outcomes.HEALTHY)).toEqual([1, 1]);
  await packed.close();
});

it('gives numbers anew where most that have one are gone, and counts each for what it is', async () => {
  const runner = openOperations({ path: IN_MEMORY, store: 'memory:', retention: LONG, owner: 'me' });
  let most = 0;
  const counting: OperationRunner = {
    ...runner,
    run(operation, argument) {
      if (operation === 'append') {
        const { firstNumber, newIds } = argument as PackedBatch;
        most = Math.max(most, firstNumber + newIds.length);
      }
      return runner.run(operation, argument);
    },
  };
  const packed = createPackedStore(counting, { retention: LONG, nowMs: () => START_MS });
  await packed.load();
  const pods = (round: number) => Array.from({ length: 600 }, (_, at) => `pod-${round}-${at}`);
  for (let round = 0; round < 12; round++) {
    await packed.append({
      untilMs: START_MS + round * 1000,
      elapsedMs: 1000,
      revision: round,
      records: [],
      observations: ['stays', ...pods(round)].map((component) => ({ component, atMs: START_MS, outcome: 'HEALTHY' })),
      changed: [],
      removed: round === 0 ? [] : pods(round - 1).map((id) => ({ id, revision: round })),
    });
  }
  expect(most).toBeLessThan(3_000);
  const fromMs = Math.floor(START_MS / 86_400_000) * 86_400_000;
  const day = { fromMs, toMs: fromMs + 86_400_000, stepMs: 86_400_000, tierMs: 86_400_000 } as const;
  const asked = ['stays', 'pod-3-7', 'pod-11-599'];
  const { components } = await packed.availability({ components: asked, parts: [day] });
  expect(components.map(({ steps }) => steps[0]?.outcomes.HEALTHY)).toEqual([12, 1, 1]);
  await packed.close();
});

it('keeps no states where nobody goes on, and all the rest', async () => {
  const runner = openOperations({ path: IN_MEMORY, store: 'memory:', retention: LONG, owner: 'me' });
  const packed = createPackedStore(runner, { retention: LONG, nowMs: () => START_MS, beginsAnew: true });
  const health = {
    component: 'api',
    status: 'HEALTHY',
    sinceMs: START_MS,
    reason: { code: 'OK', message: '' },
    causedBy: [],
    revision: 1,
  } as const;
  await packed.load();
  const batch: HistoryBatch = {
    untilMs: START_MS + 1000,
    elapsedMs: 1000,
    revision: 1,
    records: [
      {
        revision: 1,
        component: 'api',
        atMs: START_MS,
        from: 'UNKNOWN',
        to: 'HEALTHY',
        reason: health.reason,
        causedBy: [],
      },
    ],
    observations: [],
    changed: [{ id: 'api', fingerprint: 'tcp', health, condition: { status: 'HEALTHY', reason: health.reason } }],
    removed: [],
  };
  await packed.append(batch);
  await packed.append({ ...batch, revision: 2, records: [] });
  const { components, revision } = await packed.load();
  expect({ components, revision }).toEqual({ components: [], revision: 2 });
  const [transition] = await packed.transitions({ components: ['api'], limit: 10 });
  expect(transition).toMatchObject({ component: 'api', to: 'HEALTHY' });
  await packed.close();
});
