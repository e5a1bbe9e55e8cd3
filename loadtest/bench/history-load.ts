// What the history bench feeds stores with: components that are observed at an interval, on a clock of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillRetention } from '../../src/config/compile/defaults.ts';
import type {
  HistoryBatch,
  ObservationRecord,
  Retention,
  SavedComponent,
  StatusRecord,
  Store,
} from '../../src/core/store.ts';
import { openStore } from '../../src/store/registry.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** Midnight. */
export const START_MS = Date.UTC(2026, 0, 1);

/** As a configuration without `storage.retention` has it. */
export const DEFAULT_RETENTION = fillRetention(undefined);

/** Around 20 ms, as services answer: the logarithm is normally distributed. The same in each run. */
const LATENCIES_MS = latencies(4096);
const UNHEALTHY_EVERY = 1000;

export interface FedStore {
  /** The present one: a restart opens another. */
  readonly store: Store;
  readonly ids: readonly string[];
  /** Time goes on by `durationMs`, in which each component is observed every `intervalMs`; one append. */
  goOn(durationMs: number, intervalMs: number): Promise<void>;
  /** Components numbered from 0 up to `number` change their status. */
  change(number: number): Promise<void>;
  /** OpenK does not run, or the machine sleeps. */
  sleep(durationMs: number): void;
  /** @returns what opening and loading took, in milliseconds */
  restart(): Promise<number>;
  nowMs(): number;
  observations(): number;
}

/** Runs with a folder that is removed in the end. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'openk-bench-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param url of the storage */
export async function openFed(url: string, components: number, retention: Retention): Promise<FedStore> {
  const open = () => openStore(url, { nowMs: () => START_MS, retention });
  let store = await open();
  await store.load();
  const ids = Array.from({ length: components }, (_, number) => `component-${number}`);
  const healthy = new Array<boolean>(components).fill(true);
  let nowMs = START_MS;
  let revision = 0;
  let observed = 0;
  const record = (number: number, status: Pick<StatusRecord, 'from' | 'to'>): StatusRecord => ({
    revision: ++revision,
    component: ids[number]!,
    atMs: nowMs,
    ...status,
    reason: { code: 'TIMEOUT', message: 'no answer within 5s' },
    causedBy: [],
  });
  const append = (batch: Partial<HistoryBatch>) =>
    store.append({
      untilMs: nowMs,
      elapsedMs: 0,
      revision,
      records: [],
      observations: [],
      changed: [],
      removed: [],
      ...batch,
    });
  const records = ids.map((_, number) => record(number, { to: 'HEALTHY' }));
  await append({ revision, records, changed: ids.map(savedComponent) });
  return {
    get store() {
      return store;
    },
    ids,
    async goOn(durationMs, intervalMs) {
      const observations: ObservationRecord[] = [];
      for (let atMs = nowMs; atMs < nowMs + durationMs; atMs += intervalMs) {
        for (let number = 0; number < components; number++) {
          observed++;
          observations.push({
            component: ids[number]!,
            // Spread over the interval, as the scheduler does.
            atMs: atMs + Math.floor((number * intervalMs) / components),
            outcome: observed % UNHEALTHY_EVERY === 0 ? 'UNHEALTHY' : 'HEALTHY',
            latencyMs: LATENCIES_MS[(observed * 31) % LATENCIES_MS.length]!,
          });
        }
      }
      nowMs += durationMs;
      await append({ elapsedMs: durationMs, observations });
    },
    async change(number) {
      const changed = Array.from({ length: number }, (_, at) => {
        healthy[at] = !healthy[at];
        const [from, to] = healthy[at] ? (['UNHEALTHY', 'HEALTHY'] as const) : (['HEALTHY', 'UNHEALTHY'] as const);
        return record(at, { from, to });
      });
      await append({ revision, records: changed });
    },
    sleep(durationMs) {
      nowMs += durationMs;
    },
    async restart() {
      await store.close();
      const startedMs = performance.now();
      store = await open();
      await store.load();
      return performance.now() - startedMs;
    },
    nowMs: () => nowMs,
    observations: () => observed,
  };
}

/** In milliseconds: what another process takes from the machine is not the question. */
export async function least(times: number, run: () => Promise<unknown>): Promise<number> {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let at = 0; at < times; at++) leastMs = Math.min(leastMs, await timed(run));
  return leastMs;
}

export async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await run();
  return performance.now() - startedMs;
}

function savedComponent(id: string): SavedComponent {
  const reason = { code: 'OK', message: 'answers' };
  return {
    id,
    fingerprint: `http ${id}`,
    condition: { status: 'HEALTHY', reason },
    health: { component: id, status: 'HEALTHY', sinceMs: START_MS, reason, causedBy: [], revision: 1 },
  };
}

function latencies(number: number): number[] {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: number }, () => 20 * Math.exp(0.3 * normal()));
}
