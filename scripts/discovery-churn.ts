// `npm run discovery:churn -- [seconds] [targets] [changes per second]`: a list of targets that changes all the time, and an OpenK that follows
// it. Ends with 1 when a target that stayed changed its status or was not looked at, or when something is left that is not named.
import { runChurn } from '../tests/support/churn.ts';
import { spawnOpenk } from '../tests/support/spawned-openk.ts';

const [seconds = 120, targets = 5000, changesPerSecond = 50] = process.argv.slice(2, 5).map(Number);
const intervalMs = 30_000;
const megabytes: number[] = [];

const report = await runChurn({
  seconds,
  targets,
  changesPerSecond,
  intervalMs,
  async start(config) {
    const openk = await spawnOpenk(config);
    return { address: openk.address, log: openk.log, close: openk.dispose };
  },
  async onSecond(second, { address }) {
    if (second % 10 !== 0) return;
    const text = await (await fetch(new URL('/metrics', address))).text();
    const read = (name: string) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1]);
    const mb = read('process_memory_usage_bytes') / 1024 / 1024;
    megabytes.push(mb);
    const [p99, most] = ['p99', 'max'].map((one) => Math.round(read(`nodejs_eventloop_delay_${one}_seconds`) * 1000));
    console.log(`${second} s: ${Math.round(mb)} MB; event loop late by ${p99} ms (p99), ${most} ms (most)`);
  },
});
const { changes, probes, flaps, longestGapMs, neglected, left, named } = report;
const isLeft = left.join() !== named.join();
console.log(
  `${targets} targets, ${changes} changes in ${seconds} s, ${probes} probes: ${flaps.length} flaps, ${neglected} neglected, ` +
    `longest time between two looks ${(longestGapMs / 1000).toFixed(1)} s of ${intervalMs / 1000} s; ${left.length} components for ${named.length} that are named`,
);
for (const flap of flaps.slice(0, 10)) console.error(flap);
process.exitCode = flaps.length > 0 || neglected > 0 || isLeft ? 1 : 0;
