// npm run fuzz:port [-- CONNECTIONS [SEED]]: sends to the port of a real OpenK, over 20,000 connections unless told otherwise,
// frames and requests that are right, damaged and in the wrong order. Exit 1 unless it lives, has met no defect, has no
// descriptor more than before and about the memory that it had; 2 for a wrong argument. Needs Linux for what /proc says.
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { defectsOf } from '../tests/support/defects-of.ts';
import { fuzzPort } from '../tests/support/port-fuzz.ts';
import { launchOpenk } from '../tests/support/spawned-openk.ts';

const [connections = 20_000, seed = 1] = process.argv.slice(2).map(Number);
if (!Number.isInteger(connections) || !Number.isInteger(seed) || connections < 1) {
  console.error('Usage: npm run fuzz:port [-- CONNECTIONS [SEED]]   both are whole numbers');
  process.exit(2);
}

/** No connection of ours may stay open. */
const CLOSE = { headers: { connection: 'close' } };
const CONCURRENCY = 32;
/** Of connections that are sent before the memory is first looked at: what any traffic takes is no leak. */
const WARM_UP = 1_000;
const SETTLE_MS = 15_000;
/** Beside a quarter of what it was: garbage that nobody has collected yet. */
const SLACK_MB = 60;

console.log(`${connections} connections, seed ${seed}`);
// A small young generation is collected often: what goes wrong there shows soon.
const env = { NODE_OPTIONS: '--max-semi-space-size=1' };
const openk = await launchOpenk('components: [{ id: a, heartbeat: { period: 60s } }]', { env });
const faults: string[] = [];
try {
  const address = await openk.address;
  await fuzzPort({ address, connections: WARM_UP, seed: seed + 1, concurrency: CONCURRENCY });
  const before = await settled(openk.pid);
  const startedMs = performance.now();
  const ended = new AbortController();
  openk.exited.then(() => ended.abort());
  const inFlight = await fuzzPort({
    address,
    connections,
    seed,
    concurrency: CONCURRENCY,
    signal: ended.signal,
    onConnection: (done) =>
      done % 2_000 === 0 && console.log(`${done}, ${Math.round((performance.now() - startedMs) / 1000)} s`),
  });
  if (ended.signal.aborted) faults.push(`it ended; connections in flight: ${inFlight.join(' ')}`);
  const isAlive = await fetch(`${address}/livez`, CLOSE).then(
    ({ status }) => status === 200,
    () => false,
  );
  if (isAlive) {
    const after = await settled(openk.pid, before);
    const defects = await defectsOf(address);
    console.log(
      `memory ${before.megabytes} MB, then ${after.megabytes} MB; descriptors ${before.descriptors}, then ${after.descriptors}; defects ${defects}`,
    );
    if (defects > 0)
      faults.push(
        `${defects} defects: ${JSON.stringify(openk.log.filter(({ level }) => level === 'error' || level === 'fatal').slice(0, 3))}`,
      );
    if (after.descriptors > before.descriptors) faults.push('descriptors are left');
    if (after.megabytes > before.megabytes * 1.25 + SLACK_MB) faults.push('memory is left');
  } else {
    faults.push(`it does not answer any more: ${openk.stderr().slice(0, 2_000)}`);
  }
} finally {
  await openk.dispose();
}
for (const fault of faults) console.log(fault);
console.log(faults.length === 0 ? 'it held' : 'it did not hold');
if (faults.length > 0) process.exitCode = 1;

interface Held {
  readonly megabytes: number;
  readonly descriptors: number;
}

/** Once nothing is more than it was, or after a while: connections end a moment after their clients. */
async function settled(pid: number, before?: Held): Promise<Held> {
  for (let waitedMs = 0; ; waitedMs += 1_000) {
    await setTimeout(1_000);
    const held = await heldBy(pid);
    const isBack = before !== undefined && held.descriptors <= before.descriptors && held.megabytes <= before.megabytes;
    if (isBack || waitedMs >= (before === undefined ? 5_000 : SETTLE_MS)) return held;
  }
}

async function heldBy(pid: number): Promise<Held> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(status) ?? [];
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
  return { megabytes: Math.round(Number(kilobytes) / 1024), descriptors };
}
