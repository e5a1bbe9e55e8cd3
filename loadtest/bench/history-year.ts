// A year of 5,000 components on a clock of its own: how large the file gets, and what a question and a start cost, month by
// month. So that it takes minutes, OpenK is awake for five minutes of every four hours, and each component is observed once
// in them: a 48th of the buckets, each of which costs what it always does. Retentions are shortened to be reached.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Retention, Store } from '../../src/core/store.ts';
import type { Figure } from './bench.ts';
import { DAY_MS, DEFAULT_RETENTION, HOUR_MS, least, openFed, withFolder } from './history-load.ts';

const COMPONENTS = 5_000;
const MONTHS = 12;
const MONTH_DAYS = 30;
const AWAKE_MS = 300_000;
const EVERY_MS = 4 * HOUR_MS;
/** Of the components, each time that it is awake. */
const CHANGES = 50;
/** After this many months everything has reached its retention. */
const FLAT_AFTER = 5;
const RETENTION: Retention = {
  ...DEFAULT_RETENTION,
  transitionsMs: 90 * DAY_MS,
  hoursMs: 60 * DAY_MS,
  daysMs: 120 * DAY_MS,
  auditMs: 120 * DAY_MS,
  alertsMs: 120 * DAY_MS,
};

interface Month {
  readonly megabytes: number;
  /** 30 days of every component, by one call. */
  readonly queryMs: number;
  /** Opening and loading. */
  readonly startMs: number;
}

export async function measureYear(): Promise<readonly Figure[]> {
  return withFolder(async (folder) => {
    const path = join(folder, 'year.db');
    const fed = await openFed(`sqlite:${path}`, COMPONENTS, RETENTION);
    const months: Month[] = [];
    for (let month = 0; month < MONTHS; month++) {
      for (let at = 0; at < MONTH_DAYS * DAY_MS; at += EVERY_MS) {
        await fed.goOn(AWAKE_MS, AWAKE_MS);
        await fed.change(CHANGES);
        fed.sleep(EVERY_MS - AWAKE_MS);
        await fed.store.prune(fed.nowMs());
      }
      months.push({
        megabytes: statSync(path).size / 1e6,
        queryMs: await timeQuery(fed.store, fed.ids, fed.nowMs()),
        startMs: Math.min(await fed.restart(), await fed.restart(), await fed.restart()),
      });
    }
    await fed.store.close();
    return figuresOf(months);
  });
}

async function timeQuery(store: Store, components: readonly string[], nowMs: number): Promise<number> {
  const toMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const stepMs = MONTH_DAYS * DAY_MS;
  const query = { components, parts: [{ fromMs: toMs - stepMs, toMs, stepMs, tierMs: DAY_MS }] } as const;
  return least(3, () => store.availability(query));
}

/** Each month and the targets: once everything has reached its retention, nothing grows. */
function figuresOf(months: readonly Month[]): Figure[] {
  const flat = months.slice(FLAT_AFTER);
  const growth = (value: (month: Month) => number) => value(months.at(-1)!) / value(flat[0]!);
  return [
    ...months.flatMap(({ megabytes, queryMs, startMs }, month): Figure[] => [
      { name: `year, month ${month + 1}: file`, value: megabytes, unit: 'MB' },
      { name: `year, month ${month + 1}: 30 days of all`, value: queryMs, unit: 'ms' },
      { name: `year, month ${month + 1}: start`, value: startMs, unit: 'ms' },
    ]),
    {
      name: `year, month 12 to ${FLAT_AFTER + 1}: file`,
      value: growth((month) => month.megabytes),
      unit: '×',
      atMost: 1.1,
    },
    { name: `year, month 12 to ${FLAT_AFTER + 1}: 30 days of all`, value: growth((month) => month.queryMs), unit: '×' },
    { name: `year, month 12 to ${FLAT_AFTER + 1}: start`, value: growth((month) => month.startMs), unit: '×' },
  ];
}
