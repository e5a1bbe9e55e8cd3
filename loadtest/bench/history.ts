// npm run bench -- history: what remembering costs. Observations per second and bytes for each, the time that a question about
// 90 days takes, what callers notice of it, and whether a year later anything has grown that should not.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Figure } from './bench.ts';
import { measureChecks } from './history-check.ts';
import { DAY_MS, DEFAULT_RETENTION, HOUR_MS, least, openFed, timed, withFolder } from './history-load.ts';
import { measureYear } from './history-year.ts';

const COMPONENTS = 1_000;
const INTERVAL_MS = 10_000;
/** For the 90 days, of which each has one hour: the rows are as many, and nearly as large, as of whole days. */
const SPARSE_INTERVAL_MS = 20_000;
const DAYS = 90;

export const historyBench: Bench = {
  title: `${COMPONENTS.toLocaleString('en')} components: a day at ${INTERVAL_MS / 1000} s, ${DAYS} days, Check beside them; 5,000 components: a year`,
  async run() {
    return [...(await measureDay()), ...(await measureQuery()), ...(await measureChecks()), ...(await measureYear())];
  },
};

/** One append for each interval, as fast as they are taken, and pruning every hour. */
async function measureDay(): Promise<readonly Figure[]> {
  return withFolder(async (folder) => {
    const path = join(folder, 'day.db');
    const fed = await openFed(`sqlite:${path}`, COMPONENTS, DEFAULT_RETENTION);
    const cpu = process.cpuUsage();
    const appendsMs: number[] = [];
    const tookMs = await timed(async () => {
      for (let atMs = 0; atMs < DAY_MS; atMs += INTERVAL_MS) {
        appendsMs.push(await timed(() => fed.goOn(INTERVAL_MS, INTERVAL_MS)));
        if (atMs % HOUR_MS === 0) await fed.store.prune(fed.nowMs());
      }
    });
    const { user, system } = process.cpuUsage(cpu);
    const observations = fed.observations();
    await fed.store.close();
    const { size } = statSync(path);
    return [
      { name: 'sustained', value: Math.round(observations / (tookMs / 1000)), unit: 'observations/s', atLeast: 20_000 },
      { name: 'processor time, all threads', value: (user + system) / observations, unit: 'µs/observation' },
      { name: `append of ${COMPONENTS} observations, p99`, value: quantile(appendsMs, 0.99), unit: 'ms' },
      { name: 'append that closes an hour, the longest', value: Math.max(...appendsMs), unit: 'ms' },
      { name: `file after a day at ${INTERVAL_MS / 1000} s`, value: size / 1e6, unit: 'MB' },
      { name: 'observation, with its roll-ups', value: size / observations, unit: 'bytes' },
    ];
  });
}

async function measureQuery(): Promise<readonly Figure[]> {
  return withFolder(async (folder) => {
    const fed = await openFed(`sqlite:${join(folder, 'days.db')}`, COMPONENTS, DEFAULT_RETENTION);
    const fromMs = fed.nowMs();
    for (let day = 0; day < DAYS; day++) {
      await fed.goOn(HOUR_MS, SPARSE_INTERVAL_MS);
      fed.sleep(DAY_MS - HOUR_MS);
    }
    await fed.goOn(1000, 1000);
    const toMs = fromMs + DAYS * DAY_MS;
    const query = { components: fed.ids, parts: [{ fromMs, toMs, stepMs: toMs - fromMs, tierMs: DAY_MS }] } as const;
    const queryMs = await least(5, async () => {
      const { components } = await fed.store.availability(query);
      const seen = components.at(-1)?.steps[0]?.latencies.count ?? 0;
      if (seen !== (DAYS * HOUR_MS) / SPARSE_INTERVAL_MS) throw new Error(`${seen} observations in ${DAYS} days`);
    });
    await fed.store.close();
    const name = `${DAYS} days of ${COMPONENTS.toLocaleString('en')} components, one call`;
    return [{ name, value: queryMs, unit: 'ms', atMost: 100 }];
  });
}

export function quantile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
