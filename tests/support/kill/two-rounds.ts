// Two real OpenKs on one file, started, stopped and killed in every order while reports come in: one has the file at a time,
// the other has it soon after, and nothing that was answered is lost. Seeded, as kill-rounds.ts.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import { connectHealthClient, type HealthClient } from '../running-openk.ts';
import { type LaunchedOpenk, launchOpenk } from '../spawned-openk.ts';
import { createLedger } from './ledger.ts';
import { createRandom } from './random.ts';

export interface TwoOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Told after each round how it stands. */
  readonly onRound?: (report: TwoReport) => void;
}

export interface TwoReport {
  readonly rounds: number;
  readonly answered: number;
  readonly transitions: number;
  /** From the end of an owner to when the one that waited listens, at most; in milliseconds. */
  readonly longestHandoverMs: number;
  readonly violations: readonly string[];
}

/** What happens in a round to the owner of the file and to another one. */
const ORDERS = [
  'start another, kill the owner',
  'start another, stop the owner',
  'kill the owner, start another',
  'stop the owner, start another at once',
  'start another, kill it',
  'start another, stop it',
  'kill the owner, start two at once',
] as const;

const HEARTBEATS = Array.from({ length: 12 }, (_, at) => `h${at}`);
const CONFIG = `limits: { reports_per_second: 100000, reports_per_second_per_client: 1000000 }\ncomponents:\n${HEARTBEATS.map((id) => `  - { id: ${id}, heartbeat: { period: 24h } }\n`).join('')}`;
const STATUSES = [HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY] as const;
const REPORTERS = 4;
/** Reports that are answered before something happens, at most. */
const MAX_REPORTS = 100;
/** A survivor has the file within this. */
const HANDOVER_MS = 10_000;

interface Owner {
  readonly openk: LaunchedOpenk;
  readonly client: HealthClient;
}

export async function runTwoRounds({ rounds, seed, onRound }: TwoOptions): Promise<TwoReport> {
  const random = createRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'openk-two-'));
  const storage = `sqlite:${join(folder, 'openk.db')}`;
  const ledger = createLedger();
  const violations: string[] = [];
  const all = new Set<LaunchedOpenk>();
  const alive = new Set<LaunchedOpenk>();
  let [done, longestHandoverMs] = [0, 0];
  let order = '';
  const blame = (what: string) => violations.push(`round ${done} (${order}): ${what}`);
  const report = (): TwoReport => {
    const { answered, transitions } = ledger.counts();
    return {
      rounds: done,
      answered,
      transitions,
      longestHandoverMs,
      violations: [...ledger.violations, ...violations],
    };
  };

  const start = async () => {
    const openk = await launchOpenk(CONFIG, { storage });
    all.add(openk);
    alive.add(openk);
    void openk.exited.then(() => alive.delete(openk));
    return openk;
  };
  /** It has the file once it listens, and then nobody else has. */
  const own = async (openk: LaunchedOpenk): Promise<Owner> => {
    const client = connectHealthClient(await openk.address);
    for (const other of alive) {
      const hasListened = other.log.some(({ msg }) => msg === 'listening');
      const isEnding = other.log.some(({ msg }) => msg === 'draining');
      if (other !== openk && hasListened && !isEnding) blame(`${other.pid} and ${openk.pid} have the file`);
    }
    await ledger.check(client);
    return { openk, client };
  };
  const end = async (openk: LaunchedOpenk, signal: 'SIGKILL' | 'SIGTERM') => {
    openk.signal(signal);
    const code = await openk.exited;
    // Of one that had hardly begun the kernel alone knew.
    const isEnd = code === 0 || (code === null && openk.log.length === 0);
    if (signal === 'SIGTERM' && !isEnd) blame(`a stop ended with ${code}: ${openk.stderr()}`);
    if (openk.log.some(({ msg }) => msg === 'history cannot be kept, watching goes on')) blame('history was not kept');
    await openk.dispose();
    all.delete(openk);
  };
  const endOwner = async ({ openk, client }: Owner, signal: 'SIGKILL' | 'SIGTERM') => {
    await end(openk, signal);
    client.close();
    return Date.now();
  };
  /** Reports until some are answered, or until it ends. */
  const load = async ({ client }: Owner) => {
    let left = random(MAX_REPORTS);
    const one = async () => {
      while (left > 0) {
        left -= 1;
        const component = HEARTBEATS[random(HEARTBEATS.length)]!;
        ledger.sent(component);
        try {
          const { health } = await client.reportHealth({
            component,
            status: STATUSES[random(3)]!,
            message: 'by the test',
            // With a duration each is an observation of its own.
            duration: { nanos: 1_000_000 },
          });
          ledger.answered(component);
          ledger.told(health!);
        } catch {
          return;
        }
      }
    };
    await Promise.all(Array.from({ length: REPORTERS }, one));
  };
  /** @param endedMs Epoch milliseconds at which the owner before had ended. */
  const handOver = async (openk: LaunchedOpenk, endedMs: number): Promise<Owner> => {
    await openk.address;
    // What it first says is that it waits for the file, or that it has it: what it took to start is not counted.
    const [first, listening] = [openk.log[0], openk.log.find(({ msg }) => msg === 'listening')].map((line) =>
      Date.parse(String(line?.time)),
    );
    const tookMs = listening! - Math.max(first!, endedMs);
    longestHandoverMs = Math.max(longestHandoverMs, tookMs);
    if (tookMs > HANDOVER_MS) blame(`the survivor had the file after ${tookMs} ms`);
    return own(openk);
  };

  try {
    let owner = await own(await start());
    for (; done < rounds; done++) {
      // Each order once, and from then on as it comes.
      order = ORDERS[done < ORDERS.length ? done : random(ORDERS.length)]!;
      const signal = order.includes('stop') ? 'SIGTERM' : 'SIGKILL';
      await load(owner);
      if (order.startsWith('start another')) {
        const other = await start();
        // Now and then it has come as far as waiting for the file.
        if (random(2) === 0) await waits(other);
        const loading = load(owner);
        if (order.endsWith('it')) {
          await end(other, signal);
          await loading;
          const before = ledger.counts().answered;
          while (ledger.counts().answered === before) await load(owner);
        } else {
          if (random(2) === 0) await loading;
          const endedMs = await endOwner(owner, signal);
          await loading;
          owner = await handOver(other, endedMs);
        }
      } else if (order.endsWith('start another')) {
        await endOwner(owner, signal);
        owner = await handOver(await start(), Date.now());
      } else if (order.endsWith('start another at once')) {
        const ended = endOwner(owner, signal);
        const other = await start();
        owner = await handOver(other, await ended);
      } else {
        const endedMs = await endOwner(owner, signal);
        const two = [await start(), await start()] as const;
        const [first, second] = await Promise.race([
          two[0].address.then(() => two),
          two[1].address.then(() => [two[1], two[0]] as const),
        ]);
        const winner = await handOver(first, endedMs);
        await load(winner);
        owner = await handOver(second, await endOwner(winner, random(2) === 0 ? 'SIGTERM' : 'SIGKILL'));
      }
      onRound?.({ ...report(), rounds: done + 1 });
    }
    await load(owner);
    await ledger.check(owner.client);
    await endOwner(owner, 'SIGTERM');
    return report();
  } finally {
    for (const openk of all) await openk.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Settles once it waits for the file, or has it, or is gone. */
async function waits(openk: LaunchedOpenk): Promise<void> {
  while (openk.log.length === 0) {
    const isOver = await Promise.race([openk.exited.then(() => true), turnOfTheLoop().then(() => false)]);
    if (isOver) return;
  }
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
