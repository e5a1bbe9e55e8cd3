// Waits until a component has been healthy without a break for a while, and says yes only with proof: a word of the
// server from after that while which shows the same healthy period (healthy-run.ts). Silence, an old message or a
// connection that may be dead prove nothing.
import type { ComponentHealth } from '../../gen/openk/health/v1/health_pb.ts';
import type { Clock } from '../core/clock.ts';
import type { Connection } from './connection.ts';
import { follow } from './follow.ts';
import { createSnapshot } from './health-snapshot.ts';
import { continueRun, type HealthyRun } from './healthy-run.ts';
import type { WaitProgress } from './wait-progress.ts';

export interface GateOptions {
  readonly component: string;
  readonly forMs: number;
  readonly timeoutMs: number;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Receiver of everything that happens on the way. */
  readonly progress: WaitProgress;
}

export type Verdict = 'passed' | 'timed-out' | 'interrupted';

/** Longest wait for the proof of a run that is long enough; then the next message on the stream has to bring it. */
const PROOF_TIMEOUT_MS = 5000;

/** @throws {ConnectError} when the server refuses for good before it sent anything: see `follow`. */
export async function passHealthyGate(options: GateOptions): Promise<Verdict> {
  const { component, forMs, timeoutMs, connection, clock, random, signal, progress } = options;
  const snapshot = createSnapshot();
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  let verdict: Verdict = 'interrupted';
  let run: HealthyRun | undefined;
  let cancelHold = () => {};
  let proving = Promise.resolve();

  const end = (result: Verdict) => {
    if (stop.aborted) return;
    verdict = result;
    ended.abort();
  };
  const prove = async (candidate: HealthyRun) => {
    const health = await askOnce(connection, component, stop);
    // An answer that does not fit is no bad news by itself: it may have been overtaken. The stream decides.
    if (run === candidate && continueRun(candidate, health, clock.monotonicMs()) === candidate) end('passed');
  };
  const observe = (health: ComponentHealth | undefined) => {
    const nowMs = clock.monotonicMs();
    const next = continueRun(run, health, nowMs);
    if (next !== run) {
      cancelHold();
      run = next;
      if (next !== undefined) {
        cancelHold = clock.after(forMs, () => {
          proving = prove(next);
        });
      }
    }
    if (next !== undefined && nowMs - next.startedMs >= forMs) end('passed');
  };

  const cancelTimeout = clock.after(timeoutMs, () => end('timed-out'));
  try {
    for await (const event of follow({ connection, components: [component], clock, random, signal: stop })) {
      if (event.kind === 'lost') {
        await progress.lost(event.error, stop);
      } else {
        snapshot.apply(event.response);
        observe(snapshot.get(component));
        await progress.received(snapshot.get(component), run, stop);
      }
    }
  } finally {
    cancelTimeout();
    cancelHold();
    ended.abort();
    await proving;
  }
  return verdict;
}

/** The health now, or undefined when it cannot be had: then there is no proof, and no harm either. */
async function askOnce(
  connection: Connection,
  component: string,
  signal: AbortSignal,
): Promise<ComponentHealth | undefined> {
  try {
    const { health } = await connection.client.getHealth({ component }, { signal, timeoutMs: PROOF_TIMEOUT_MS });
    return health;
  } catch {
    return undefined;
  }
}
