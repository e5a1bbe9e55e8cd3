import { expect, it } from '@jest/globals';
import { StoreFault } from '../../src/core/store.ts';
import { openStore } from '../../src/store/registry.ts';
import { LONG } from './store-contract.ts';

const HOUR_MS = 3_600_000;

it('refuses a URL that it does not know, without showing it', async () => {
  const opened = openStore('mysql://user:secret@db/openk', { nowMs: () => 0, retention: LONG });
  await expect(opened).rejects.toThrow(StoreFault);
  await expect(opened).rejects.toThrow(/^(?!.*secret).*memory:, sqlite:PATH and postgres:/);
});

it('keeps less in memory than in a file, and says so', async () => {
  const store = await openStore('memory:', { nowMs: () => 0, retention: { ...LONG, fiveMinutesMs: 2 * HOUR_MS } });
  expect(store.retention).toEqual({
    transitionsMs: 168 * HOUR_MS,
    observationsMs: HOUR_MS,
    fiveMinutesMs: 2 * HOUR_MS,
    hoursMs: 168 * HOUR_MS,
    daysMs: 2160 * HOUR_MS,
    auditMs: 168 * HOUR_MS,
    alertsMs: 168 * HOUR_MS,
  });
  await store.close();
});

it('starts a later incarnation in memory above every revision of an earlier one', async () => {
  const revisionAt = async (nowMs: number) => {
    const store = await openStore('memory:', { nowMs: () => nowMs, retention: LONG });
    const { startRevision } = await store.load();
    await store.close();
    return startRevision;
  };
  expect(await revisionAt(1001)).toBeGreaterThan((await revisionAt(1000)) + 500);
});
