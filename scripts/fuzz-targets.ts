// `npm run fuzz:targets -- [answers] [seed] [kinds]`: every kind of probe against targets that answer by chance. Ends with 1 when a
// probe did anything but observe. A fault names the number of its answer, which follows from nothing but that number.
import { fuzzTargets } from '../tests/support/hostile/fuzz.ts';

/** More than the heap's own ups and downs. */
const MAX_GROWN_BYTES = 96 * 1024 * 1024;

const [answers = 20_000, seed = Date.now() % 1_000_000] = process.argv.slice(2, 4).map(Number);
const kinds = process.argv[4]?.split(',');
console.log(`${answers} answers from seed ${seed}`);
// Says what to run again; the process then ends, as OpenK would.
process.on('uncaughtExceptionMonitor', (error) => console.error(`the process ended, seed ${seed}: ${error.stack}`));

const startedMs = Date.now();
const report = await fuzzTargets({
  answers,
  seed,
  ...(kinds && { kinds }),
  onProgress: (done) => console.log(`${done} looks`),
});
for (const [way, counts] of report.seen) {
  const words = [...counts].sort(([, a], [, b]) => b - a).map(([text, count]) => `${text} ${count}`);
  console.log(`${way}: ${words.join(', ')}`);
}
const megabytes = (report.grownBytes / 1024 / 1024).toFixed(1);
console.log(
  `${report.looks} looks in ${Math.round((Date.now() - startedMs) / 1000)} s; ${report.faults.length} faults; ` +
    `${report.descriptorsLeft} descriptors left; memory grew by ${megabytes} MB`,
);
for (const fault of report.faults.slice(0, 20)) console.error(fault);
const isFine = report.faults.length === 0 && report.descriptorsLeft <= 0 && report.grownBytes < MAX_GROWN_BYTES;
process.exitCode = isFine ? 0 : 1;
