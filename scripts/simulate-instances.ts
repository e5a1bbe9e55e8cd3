// npm run simulate:instances [-- SCHEDULES [SEED]]: so many times (100,000 by default) some minutes in the lives of three instances on
// one database, in a world in which time, network, machines and database do whatever a seed says. See tests/support/simulation.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { BatchReport } from '../tests/support/simulation/batch.ts';

const [count = '100000', first = '1'] = process.argv.slice(2);
const total = Number(count);
const BATCH = 250;
const started = performance.now();
const sum = { schedules: 0, events: 0, commits: 0, takeOvers: 0, accepted: 0, longestWithoutMs: 0 };
const violations: string[] = [];
let next = 0;
let saidMs = 0;

async function work(): Promise<void> {
  const worker = new Worker(new URL('../tests/support/simulation/batch.ts', import.meta.url), {
    // Nearly all of it is gone at once.
    resourceLimits: { maxYoungGenerationSizeMb: 96 },
  });
  while (next < total && violations.length < 20) {
    const from = next;
    next = Math.min(total, next + BATCH);
    worker.postMessage({ from: Number(first) + from, count: next - from });
    const [report] = (await once(worker, 'message')) as [BatchReport];
    for (const key of ['schedules', 'events', 'commits', 'takeOvers', 'accepted'] as const) sum[key] += report[key];
    sum.longestWithoutMs = Math.max(sum.longestWithoutMs, report.longestWithoutMs);
    violations.push(...report.violations);
    for (const violation of report.violations) process.stdout.write(`${violation}\n`);
    if (performance.now() - saidMs < 10_000) continue;
    saidMs = performance.now();
    process.stdout.write(`${sum.schedules} of ${total}, ${violations.length} violations\n`);
  }
  await worker.terminate();
}

await Promise.all(Array.from({ length: availableParallelism() }, work));
const seconds = (performance.now() - started) / 1000;
process.stdout.write(
  `${sum.schedules} schedules from seed ${first} in ${seconds.toFixed(0)} s: ${sum.events} events, ${sum.commits} commits, ${sum.takeOvers} take-overs, ${sum.accepted} accepted reports; nobody decided for ${(sum.longestWithoutMs / 1000).toFixed(1)} s at the most\n`,
);
if (violations.length > 0) process.exitCode = 1;
else process.stdout.write('no violation\n');
