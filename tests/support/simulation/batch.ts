// A thread that runs many schedules, one after the other.
import { parentPort } from 'node:worker_threads';
import { type Figures, simulate } from './world.ts';

export interface BatchReport extends Figures {
  readonly schedules: number;
  readonly violations: readonly string[];
}

parentPort?.on('message', async ({ from, count }: { readonly from: number; readonly count: number }) => {
  const sum = { schedules: 0, events: 0, commits: 0, takeOvers: 0, accepted: 0, longestWithoutMs: 0 };
  const violations: string[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const { violation, log, figures } = await simulate(seed);
    sum.schedules += 1;
    for (const key of ['events', 'commits', 'takeOvers', 'accepted'] as const) sum[key] += figures[key];
    sum.longestWithoutMs = Math.max(sum.longestWithoutMs, figures.longestWithoutMs);
    if (violation !== undefined) violations.push(`seed ${seed}: ${violation}\n  ${log.join('\n  ')}`);
  }
  parentPort!.postMessage({ ...sum, violations } satisfies BatchReport);
});
