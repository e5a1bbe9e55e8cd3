// Three real OpenKs on one PostgreSQL that share the probes of one target, which knows who asks by the address that he comes from. In
// each round one of them, the one that decides or another, is killed, stopped or frozen. Between faults each component is to be asked
// about once in each of its periods, by one instance; after a fault again within the time that is promised. Seeded.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { phaseMs } from '../../../src/engine/phase.ts';
import { freePort, type PostgresServer } from '../postgres.ts';
import { type LaunchedOpenk, launchOpenk } from '../spawned-openk.ts';
import { createRandom } from './random.ts';

const WHOM = ['the one that decides', 'one that stands by'] as const;
const HOW = ['kill', 'stop', 'freeze'] as const;
export type ProbeFault = `${(typeof HOW)[number]} ${(typeof WHOM)[number]}`;
const FAULTS: readonly ProbeFault[] = WHOM.flatMap((whom) => HOW.map((how) => `${how} ${whom}` as const));

export interface ProbeOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly server: PostgresServer;
  /** In turn. Default: by chance. */
  readonly faults?: readonly ProbeFault[];
  readonly components?: number;
  readonly onRound?: (report: ProbeReport) => void;
}

export interface ProbeReport {
  readonly rounds: number;
  /** Requests that came to the target. */
  readonly probes: number;
  /** Of one component each, between faults, that were looked at. */
  readonly periods: number;
  /** Periods with a fault in which more than one request came. */
  readonly repeated: number;
  /** The longest time that a component was not asked about, by what happened; in milliseconds. */
  readonly longestMs: Readonly<Partial<Record<ProbeFault, number>>>;
  readonly violations: readonly string[];
}

const INTERVAL_MS = 2_000;
/** Whole periods that are looked at between two faults. */
const PERIODS = 3;
const FROZEN_MS = 14_000;
const SETTLED_WITHIN_MS = 60_000;
/** 15 s until somebody else looks, and a period in which nobody had to. */
const ASKED_WITHIN_MS = 15_000 + INTERVAL_MS;

interface Running {
  readonly openk: LaunchedOpenk;
  readonly url: string;
  readonly address: string;
}

interface Asked {
  readonly atMs: number;
  readonly from: string;
}

export async function runSharedProbeRounds(options: ProbeOptions): Promise<ProbeReport> {
  const { rounds, seed, server, faults, components = 60, onRound } = options;
  const random = createRandom(seed);
  const ids = Array.from({ length: components }, (_, at) => `c${at}`);
  const asked = new Map<string, Asked[]>(ids.map((id) => [id, []]));
  const target = createServer((request, response) => {
    const from = request.socket.remoteAddress ?? '';
    asked.get(request.url!.slice(1))?.push({ atMs: Date.now(), from });
    response.end();
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const { port } = target.address() as AddressInfo;
  const storage = server.url(await server.createDatabase());
  const violations: string[] = [];
  const longestMs: Partial<Record<ProbeFault, number>> = {};
  const instances = new Set<Running>();
  const all: LaunchedOpenk[] = [];
  let [done, periods, repeated] = [0, 0, 0];

  const launch = async () => {
    const own = await freePort();
    const url = `http://127.0.0.1:${own}`;
    const address = `127.0.1.${all.length + 1}`;
    const config = `
instance: { advertise: "${url}" }
defaults: { interval: ${INTERVAL_MS}ms }
components:
${ids.map((id) => `  - { id: ${id}, http: { url: "http://127.0.0.1:${port}/${id}" } }`).join('\n')}
`;
    const openk = await launchOpenk(config, {
      storage,
      listen: `127.0.0.1:${own}`,
      env: {
        NODE_OPTIONS: `--import=${new URL('from-address.mjs', import.meta.url).href}`,
        FROM_ADDRESS: address,
        TO_PORT: String(port),
      },
    });
    all.push(openk);
    instances.add({ openk, url, address });
    await openk.address;
  };
  const requests = () => [...asked.values()].reduce((sum, some) => sum + some.length, 0);
  const summary = (): ProbeReport => ({ rounds: done, probes: requests(), periods, repeated, longestMs, violations });
  /** Who decides, once all that live share the probes. */
  const settled = async (): Promise<Running> => {
    const untilMs = performance.now() + SETTLED_WITHIN_MS;
    for (;;) {
      for (const running of instances) {
        const counts = await sharesOf(running.url);
        if (counts.length === instances.size && sum(counts) === components) return running;
      }
      if (performance.now() > untilMs) throw new Error(`the probes are not shared after ${SETTLED_WITHIN_MS} ms`);
      await pause(100);
    }
  };
  const periodOf = (id: string, atMs: number) => Math.floor((atMs - phaseMs(id, INTERVAL_MS)) / INTERVAL_MS);

  /** Periods in which nothing happens: each has one request, and all are of the same instance. */
  const lookAtPeriods = async () => {
    const fromMs = Date.now();
    await pause((PERIODS + 3) * INTERVAL_MS);
    for (const [id, some] of asked) {
      // One that was looked at soon after it has moved may not be due on the grid next to that.
      const first = periodOf(id, fromMs) + 2;
      const seen = some.filter(({ atMs }) => periodOf(id, atMs) >= first && periodOf(id, atMs) < first + PERIODS);
      periods += PERIODS;
      const counts = Array.from(
        { length: PERIODS },
        (_, at) => seen.filter(({ atMs }) => periodOf(id, atMs) === first + at).length,
      );
      const by = new Set(seen.map(({ from }) => from));
      if (counts.every((count) => count === 1) && by.size === 1) continue;
      violations.push(`${id} was asked about ${counts.join(', ')} times in its periods, by ${[...by].join(' and ')}`);
    }
  };
  const strike = async (fault: ProbeFault, decider: Running) => {
    const others = [...instances].filter((running) => running !== decider);
    const victim = fault.endsWith('decides') ? decider : others[random(others.length)]!;
    const fromMs = Date.now();
    instances.delete(victim);
    if (fault.startsWith('freeze')) {
      victim.openk.signal('SIGSTOP');
      await pause(FROZEN_MS);
      victim.openk.signal('SIGCONT');
      if (victim === decider) await victim.openk.exited;
      else instances.add(victim);
    } else {
      victim.openk.signal(fault.startsWith('kill') ? 'SIGKILL' : 'SIGTERM');
      await victim.openk.exited;
    }
    await settled();
    const untilMs = Date.now();
    let longest = 0;
    for (const [id, some] of asked) {
      const before = some.findLast(({ atMs }) => atMs < fromMs)?.atMs ?? fromMs;
      const times = [before, ...some.map(({ atMs }) => atMs).filter((atMs) => atMs >= fromMs), untilMs];
      for (const [at, timeMs] of times.entries()) longest = Math.max(longest, timeMs - (times[at - 1] ?? timeMs));
      const meanwhile = Map.groupBy(times.slice(1, -1), (timeMs) => periodOf(id, timeMs));
      repeated += [...meanwhile.values()].filter((several) => several.length > 1).length;
    }
    longestMs[fault] = Math.max(longestMs[fault] ?? 0, longest);
    if (longest > ASKED_WITHIN_MS)
      violations.push(`after '${fault}' a component was not asked about for ${longest} ms`);
  };

  try {
    for (let at = 0; at < 3; at++) await launch();
    for (; done < rounds; done++) {
      while (instances.size < 3) await launch();
      const decider = await settled();
      await lookAtPeriods();
      await strike(faults?.[done % faults.length] ?? FAULTS[random(FAULTS.length)]!, decider);
      onRound?.(summary());
    }
    return summary();
  } finally {
    await Promise.all(
      all.map((openk) => {
        openk.signal('SIGCONT');
        return openk.dispose();
      }),
    );
    target.closeAllConnections();
    target.close();
  }
}

/** How many components each probes, where this one decides; none where it does not. */
async function sharesOf(url: string): Promise<readonly number[]> {
  try {
    const text = await (await fetch(`${url}/metrics`)).text();
    return [...text.matchAll(/^openk_agent_components\{.*kind="instance".*\} (\d+)$/gm)].map(([, count]) =>
      Number(count),
    );
  } catch {
    return [];
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
