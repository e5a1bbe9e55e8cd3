// npm run loadtest [-- PROFILE [--duration SECONDS]]: starts a server with its upstreams, puts k6 on it, looks on, and
// writes results and a report to loadtest/results/. Exit 0 green, 1 a threshold was missed, 2 it cannot be run as asked,
// 3 it was broken off.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { findK6, HOW_TO_GET_K6, type K6Summary, k6Version, runK6 } from './k6.ts';
import { observe, type Sample } from './observe.ts';
import { createProfile, PROFILES, type Profile } from './profiles.ts';
import { reportHtml, summaryText } from './report.ts';
import { judgeRun, type Results } from './results.ts';
import { type ServerUnderLoad, startServerUnderLoad } from './server-under-load.ts';
import { SYSTEM } from './system.ts';

const RESULTS = new URL('results/', import.meta.url).pathname;
const LONGEST_S = 24 * 3600;

const profile = chosenProfile();
const k6 = await findK6(process.env);
if (profile === undefined) {
  console.error('Usage: npm run loadtest [-- PROFILE [--duration SECONDS]]   (at least 3 s)\n');
  for (const { name, title, defaultDurationS } of PROFILES) {
    console.error(`  ${name.padEnd(8)}${`${defaultDurationS} s`.padStart(7)}  ${title}`);
  }
  process.exitCode = 2;
} else if (k6 === undefined) {
  console.error(HOW_TO_GET_K6);
  process.exitCode = 2;
} else {
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Error('broken off'));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, onSignal);
  try {
    const results = await runProfile(profile, k6, stop.signal);
    console.log(`\n${summaryText(results)}`);
    for (const path of await writeResults(results)) console.log(`  written to ${relative(process.cwd(), path)}`);
    process.exitCode = results.green ? 0 : 1;
  } catch (error) {
    console.error(stop.signal.aborted ? 'broken off' : error);
    process.exitCode = 3;
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.removeListener(name, onSignal);
  }
}

/** Undefined: what was asked for there is not. */
function chosenProfile(): Profile | undefined {
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { duration: { type: 'string' } } });
    const durationS = values.duration === undefined ? undefined : Number(values.duration);
    if (durationS !== undefined && !(Number.isInteger(durationS) && durationS >= 3 && durationS <= LONGEST_S))
      return undefined;
    return positionals.length > 1 ? undefined : createProfile(positionals[0] ?? 'smoke', durationS);
  } catch {
    return undefined;
  }
}

async function runProfile(profile: Profile, k6: string, signal: AbortSignal): Promise<Results> {
  const token = process.env.OPENK_TOKEN || undefined;
  const folder = await mkdtemp(join(tmpdir(), 'openk-loadtest-'));
  let server: ServerUnderLoad | undefined;
  try {
    const machine = {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      k6: await k6Version(k6),
      loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
    };
    console.log(`starting a server with ${SYSTEM.components} components …`);
    server = await startServerUnderLoad(folder, token, signal);
    console.log(`${profile.name} for ${profile.durationS} s against http://${server.target} …`);
    const startedAt = new Date().toISOString();
    const k6Api = `127.0.0.1:${await freePort()}`;
    const observation = observe({ target: server.target, pid: server.pid, k6Api });
    const rewriting = rewriteAgainAndAgain(server, profile.reloadEveryS);
    let summary: K6Summary;
    let samples: readonly Sample[];
    let asked: number;
    try {
      summary = await runK6({ binary: k6, profile, target: server.target, token, folder, apiAddress: k6Api, signal });
    } finally {
      samples = await observation.stop();
      asked = await rewriting.stop();
    }
    const { applied, failed } = server.reloads;
    const exitCode = await server.close();
    server = undefined;
    return judgeRun({ profile, summary, samples, startedAt, machine, reloads: { asked, applied, failed }, exitCode });
  } finally {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function rewriteAgainAndAgain(server: ServerUnderLoad, everyS: number | undefined) {
  let asked = 0;
  let writing = Promise.resolve();
  const rewrite = () => {
    asked++;
    writing = writing.then(server.rewriteConfig);
  };
  const timer = everyS === undefined ? undefined : setInterval(rewrite, everyS * 1000);
  return {
    /** Ends it and says how often the file was rewritten. */
    async stop(): Promise<number> {
      clearInterval(timer);
      await writing;
      return asked;
    },
  };
}

async function writeResults(results: Results): Promise<readonly string[]> {
  const base = join(RESULTS, `loadtest-${results.profile}-${results.startedAt.replaceAll(':', '-')}`);
  await mkdir(RESULTS, { recursive: true });
  await writeFile(`${base}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
  await writeFile(`${base}.html`, reportHtml(results));
  return [`${base}.json`, `${base}.html`];
}

/** For k6's own API, which says nothing of the port that it would pick by itself. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
