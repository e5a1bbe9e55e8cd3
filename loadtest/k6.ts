// k6 as a child: found, given its input as files, bounded in time, its summary read. It is a Go program that no package
// brings, so that a missing one is an answer and not a crash.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Profile } from './profiles.ts';
import { SYSTEM } from './system.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const SCRIPT = new URL('k6/main.js', import.meta.url).pathname;
const BUF = join(ROOT, 'node_modules/.bin/buf');

/** One call may take this long before it counts as failed. */
const CALL_TIMEOUT_MS = 5000;
/** What k6 may take beyond the duration of the profile: to start, to let iterations end, to write its summary. */
const OVERTIME_MS = 60_000;
/** Of k6: a threshold was crossed. */
const THRESHOLDS_CROSSED = 99;

export const HOW_TO_GET_K6 = `k6 is not there: set K6 to the binary, or put k6 on the PATH.
To get it: packages for every system are on https://grafana.com/docs/k6/latest/set-up/install-k6/; with Go,
  go install go.k6.io/k6/v2@latest`;

/** The summary that k6 gives at the end: https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/ */
export interface K6Summary {
  readonly metrics: Readonly<Record<string, K6Metric>>;
  readonly state: { readonly testRunDurationMs: number };
}

export interface K6Metric {
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

export interface K6Run {
  readonly binary: string;
  readonly profile: Profile;
  /** HOST:PORT of the server. */
  readonly target: string;
  /** What every call shows; undefined: nothing. */
  readonly token?: string | undefined;
  /** A folder for its input and output. */
  readonly folder: string;
  /** Where its own API is to listen, as HOST:PORT, for those who look on while it runs. */
  readonly apiAddress?: string;
  /** Ends it early. */
  readonly signal?: AbortSignal;
  /** Takes its log, line by line as it comes; without one it goes to stderr. */
  readonly onLog?: (text: string) => void;
}

/** `K6`, or `k6` on the PATH. Undefined: there is none. */
export async function findK6(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (env.K6) return (await isExecutable(env.K6)) ? env.K6 : undefined;
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'k6');
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
}

export async function k6Version(binary: string): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, ['version'], { timeout: 10_000 });
  return stdout.trim().split('\n')[0] ?? '';
}

/** Runs the profile to its end. @throws when k6 ended for another reason than a crossed threshold, or was ended. */
export async function runK6({
  binary,
  profile,
  target,
  token,
  folder,
  apiAddress,
  signal,
  onLog,
}: K6Run): Promise<K6Summary> {
  const paths = {
    input: join(folder, 'run.json'),
    protoset: join(folder, 'openk.binpb'),
    summary: join(folder, 'summary.json'),
  };
  await writeProtoset(paths.protoset);
  const input = {
    target,
    token,
    protoset: paths.protoset,
    summary: paths.summary,
    ...SYSTEM,
    watchMs: profile.watchMs,
    callTimeoutMs: CALL_TIMEOUT_MS,
    options: profile.options,
  };
  await writeFile(paths.input, JSON.stringify(input));

  const bounds = [AbortSignal.timeout(profile.durationS * 1000 + OVERTIME_MS), ...(signal ? [signal] : [])];
  const args = ['run', '--quiet', '--no-color', '--no-usage-report'];
  if (apiAddress !== undefined) args.push('--address', apiAddress);
  const child = spawn(binary, [...args, SCRIPT], {
    stdio: ['ignore', onLog ? 'pipe' : 'inherit', onLog ? 'pipe' : 'inherit'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, OPENK_RUN: paths.input },
    signal: AbortSignal.any(bounds),
    killSignal: 'SIGKILL',
  });
  for (const output of [child.stdout, child.stderr]) output?.setEncoding('utf8').on('data', (text) => onLog?.(text));
  const [code] = await once(child, 'close');
  if (code !== 0 && code !== THRESHOLDS_CROSSED) throw new Error(`k6 ended with ${code}`);
  return JSON.parse(await readFile(paths.summary, 'utf8')) as K6Summary;
}

/** The descriptors of the services, so that k6 need not ask the server under load for them. */
async function writeProtoset(path: string): Promise<void> {
  const from = ['--path', 'proto/openk/health', '--path', 'proto/third_party/grpc/health'];
  await promisify(execFile)(BUF, ['build', '--as-file-descriptor-set', ...from, '-o', path], {
    cwd: ROOT,
    timeout: 60_000,
  });
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
