// npm run attack [-- short] [NAME...]: attacks an OpenK of its own, one attack after the other, a client who behaves beside
// each, and says for each what it did to them. Exit 1 when one of them missed what is asked, 2 for a wrong argument.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Figures, startGoodClient } from './attack/good-client.ts';
import { ATTACKS } from './attack/registry.ts';
import { type ServerProcess, startServerProcess } from './attack/server-process.ts';

interface Mode {
  readonly idleMs: number;
  readonly attackS: number;
  readonly recoveryMs: number;
  /** Below it the p99 without an attack counts as this: of half a millisecond ten times as much would be no fault. */
  readonly floorMs: number;
  readonly maxSilenceMs: number;
}

const FULL: Mode = { idleMs: 3_000, attackS: 15, recoveryMs: 60_000, floorMs: 10, maxSilenceMs: 1_000 };
/** For every change: alive and memory count, times only where they are out of all bounds. */
const SHORT: Mode = { idleMs: 500, attackS: 2, recoveryMs: 10_000, floorMs: 200, maxSilenceMs: 5_000 };
const MB = 2 ** 20;
const SEED = 1;
const ATTACKER = new URL('./attack/attacker.ts', import.meta.url).pathname;
const LOOK_MS = 50;

const names = process.argv.slice(2);
const isShort = names[0] === 'short';
if (isShort) names.shift();
const unknown = names.filter((name) => !Object.hasOwn(ATTACKS, name));
if (unknown.length > 0) {
  console.error(
    `There is no attack ${unknown.join(', ')}.\nUsage: npm run attack [-- short] [NAME...]   ${Object.keys(ATTACKS).join(' ')}`,
  );
  process.exit(2);
}
if (process.platform !== 'linux') {
  console.error('npm run attack reads what a process takes from /proc, which only Linux has');
  process.exit(2);
}

const mode = isShort ? SHORT : FULL;
const chosen = Object.entries(ATTACKS).filter(([name, { short }]) =>
  names.length > 0 ? names.includes(name) : !isShort || short === true,
);
console.log(
  `targets: alive; peak memory <= 2 x idle + 100 MB; back to 1.5 x idle + 50 MB within ${mode.recoveryMs / 1000} s;`,
);
console.log(
  `p99 <= 10 x idle, idle counting as ${mode.floorMs} ms at the least; never ${mode.maxSilenceMs / 1000} s without an answer\n`,
);
console.log(row(['attack', 'alive', 'MB idle', 'peak', 'after', 'in s', 'p99 idle', 'attacked', 'silence', 'failed']));
const missed: string[] = [];
const deadline = performance.now() + (isShort ? 70_000 : Number.POSITIVE_INFINITY);
for (const [name, attack] of chosen) {
  if (performance.now() > deadline) {
    console.log(`${name} and what follows: left out, the time is over`);
    break;
  }
  const server = await startServerProcess(attack);
  try {
    await measure(name, server);
  } finally {
    await server.dispose();
  }
}
if (missed.length > 0) {
  console.log(`\nmissed:\n${missed.map((line) => `  ${line}\n`).join('')}`);
  process.exitCode = 1;
}

async function measure(name: string, server: ServerProcess): Promise<void> {
  const { title } = ATTACKS[name]!;
  const client = startGoodClient(server.address, server.ca);
  await sleep(mode.idleMs);
  client.take();
  await sleep(mode.idleMs);
  const idle = client.take();
  const idleBytes = server.rssBytes() ?? 0;
  let peakBytes = idleBytes;
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, server.rssBytes() ?? 0);
  }, LOOK_MS);
  const did = await attackServer(name, server.address);
  // What it left behind for the client counts too.
  await sleep(mode.idleMs);
  const attacked = client.take();
  const backBytes = 1.5 * idleBytes + 50 * MB;
  const endedMs = performance.now();
  const afterBytes = () => server.rssBytes() ?? 0;
  while (server.isAlive && afterBytes() > backBytes && performance.now() - endedMs < mode.recoveryMs)
    await sleep(LOOK_MS);
  const recoveryMs = performance.now() - endedMs;
  clearInterval(watch);
  client.close();
  const after = afterBytes();
  console.log(
    row([
      title,
      server.isAlive ? 'yes' : 'NO',
      mb(idleBytes),
      mb(peakBytes),
      mb(after),
      (recoveryMs / 1_000).toFixed(1),
      ms(idle.p99Ms),
      ms(attacked.p99Ms),
      ms(attacked.longestSilenceMs),
      String(attacked.failures),
    ]),
  );
  console.log(`  ${did}`);
  const faults = judge({ server, idle, attacked, idleBytes, peakBytes, isBack: after <= backBytes });
  if (faults.length > 0) missed.push(`${name}: ${faults.join('; ')}`);
}

interface Measured {
  readonly server: ServerProcess;
  readonly idle: Figures;
  readonly attacked: Figures;
  readonly idleBytes: number;
  readonly peakBytes: number;
  readonly isBack: boolean;
}

function judge({ server, idle, attacked, idleBytes, peakBytes, isBack }: Measured): string[] {
  if (!server.isAlive) return [server.epitaph()];
  const maxBytes = 2 * idleBytes + 100 * MB;
  const maxP99Ms = 10 * Math.max(idle.p99Ms, mode.floorMs);
  return [
    peakBytes > maxBytes && `peak memory ${mb(peakBytes)} MB, above ${mb(maxBytes)} MB`,
    !isBack && `memory was not back after ${mode.recoveryMs / 1_000} s`,
    attacked.p99Ms > maxP99Ms && `p99 ${ms(attacked.p99Ms)} ms, above ${ms(maxP99Ms)} ms`,
    attacked.longestSilenceMs > mode.maxSilenceMs && `${ms(attacked.longestSilenceMs)} ms without an answer`,
  ].filter((fault) => typeof fault === 'string');
}

/** Resolves to what it did. It is ended when it goes on for too long. */
async function attackServer(name: string, address: string): Promise<string> {
  const { hostname, port } = new URL(address);
  const args = [ATTACKER, name, hostname, port, String(mode.attackS), String(SEED)];
  const child = spawn('bash', ['-c', 'ulimit -n $(ulimit -H -n); exec "$@"', 'bash', process.execPath, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [said, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-2_000);
  });
  const overtime = setTimeout(() => child.kill('SIGKILL'), (mode.attackS + 15) * 1_000);
  const [code] = await once(child, 'close');
  clearTimeout(overtime);
  return code === 0 ? said.trim() : `the attacker ended with ${code}: ${stderr.trim()}`;
}

function row([title = '', ...figures]: readonly string[]): string {
  return title.padEnd(46) + figures.map((figure) => figure.padStart(9)).join('');
}

function mb(bytes: number): string {
  return (bytes / MB).toFixed(0);
}

function ms(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}
