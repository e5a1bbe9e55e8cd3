// npm run bench [-- NAME… PART…]: runs the named benches or parts of them, or all, one after another; prints their figures
// and writes each one's as JSON to loadtest/results/. Exit 1 when a target is missed, 2 when a name is unknown.
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { aggregateBench } from './aggregate.ts';
import { alertsBench } from './alerts.ts';
import { type Bench, type Figure, meetsTarget } from './bench.ts';
import { compileBench } from './compile.ts';
import { engineBench } from './engine.ts';
import { freshHttpBench } from './fresh-http.ts';
import { hiddenBench } from './hidden.ts';
import { historyBench } from './history.ts';
import { pageBench } from './page.ts';
import { postgresBench } from './postgres.ts';
import { probesBench } from './probes.ts';
import { rpcBench } from './rpc.ts';
import { scaleBench } from './scale.ts';
import { selectBenches } from './selection.ts';
import { sizingBench } from './sizing.ts';
import { startBench } from './start.ts';
import { statusPageBench } from './status-page.ts';
import { stormBench } from './storm.ts';
import { telemetryBench } from './telemetry.ts';
import { watchBench } from './watch.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  engine: engineBench,
  'fresh-http': freshHttpBench,
  aggregate: aggregateBench,
  alerts: alertsBench,
  compile: compileBench,
  page: pageBench,
  rpc: rpcBench,
  telemetry: telemetryBench,
  watch: watchBench,
  history: historyBench,
  postgres: postgresBench,
  sizing: sizingBench,
  start: startBench,
  probes: probesBench,
  scale: scaleBench,
  hidden: hiddenBench,
  'status-page': statusPageBench,
  storm: stormBench,
};

const RESULTS = new URL('../results/', import.meta.url);

const words = process.argv.slice(2);
const selection = selectBenches(BENCHES, words);
if (selection === undefined) {
  console.error(`A bench or a part of one is unknown: ${words.join(' ')}.\n\nUsage: npm run bench [-- NAME… PART…]\n`);
  for (const [name, { title, parts }] of Object.entries(BENCHES)) {
    console.error(`  ${name.padEnd(12)}${title}${parts ? `\n${' '.repeat(14)}parts: ${parts.join(', ')}` : ''}`);
  }
  process.exitCode = 2;
} else {
  for (const [name, parts] of selection) await runBench(name, BENCHES[name]!, parts);
}

async function runBench(name: string, bench: Bench, parts: readonly string[]): Promise<void> {
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
  console.log(`${name}: ${bench.title}`);
  console.log(
    `  on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}, load ${machine.loadBefore} before`,
  );
  const startedAt = new Date().toISOString();
  const figures = await bench.run(parts.length > 0 ? parts : undefined);
  for (const figure of figures) console.log(`  ${line(figure)}`);
  if (!figures.every(meetsTarget)) process.exitCode = 1;

  const file = new URL(`${name}-${startedAt.replaceAll(':', '-')}.json`, RESULTS);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(file, `${JSON.stringify({ bench: name, startedAt, machine, figures }, undefined, 2)}\n`);
  console.log(`  written to loadtest/results/${file.pathname.split('/').at(-1)}`);
}

function line(figure: Figure): string {
  const { name, value, unit, atMost, atLeast } = figure;
  const shown = Number.isInteger(value) ? String(value) : value.toPrecision(4);
  const target = atMost === undefined ? atLeast : atMost;
  const wanted = target === undefined ? '' : ` (target: ${atMost === undefined ? '≥' : '≤'} ${target} ${unit})`;
  return `${name.padEnd(58)}${shown.padStart(10)} ${unit}${wanted}${meetsTarget(figure) ? '' : '  MISSED'}`;
}
