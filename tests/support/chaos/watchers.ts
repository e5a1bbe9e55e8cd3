// A thread with many watchers, each of which goes from one instance to another, and says what it was shown.
import { parentPort } from 'node:worker_threads';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { createRandom } from '../kill/random.ts';
import { connectHealthClient, type HealthClient } from '../running-openk.ts';

export type ToWatchers =
  /** By name, the addresses of instances that can be asked. */
  | { readonly kind: 'instances'; readonly instances: readonly (readonly [string, string])[] }
  | {
      readonly kind: 'begin';
      readonly seed: number;
      /** Of each watcher, the components that it watches; empty: all. */
      readonly watched: readonly (readonly string[])[];
    }
  | { readonly kind: 'report' };

export interface Told {
  readonly component: string;
  readonly revision: number;
  readonly status: number;
  readonly sinceMs: number;
  /** When it was first shown to a watcher, in epoch milliseconds, and by which instance. */
  readonly atMs: number;
  readonly by: string;
}

/** A change of a status, as it came to a watcher. */
export interface Arrival {
  readonly atMs: number;
  readonly tookMs: number;
  readonly by: string;
}

export interface WatchersReport {
  readonly told: readonly Told[];
  readonly arrivals: readonly Arrival[];
  readonly violations: readonly string[];
  /** Streams that were gone on from, and how many of those began with a snapshot. */
  readonly resumed: number;
  readonly snapshots: number;
  /** Of each watcher: component, status. */
  readonly known: readonly (readonly (readonly [string, number])[])[];
}

/** On one connection: fewer than it may have streams. */
const PER_CONNECTION = 40;
const KEEP_ALIVE_S = 2n;
/** Nothing came, though something should have. */
const SILENT_MS = 6_000;
const STAY_MS = 20_000;
const RETRY_MS = 100;

const told = new Map<number, Told>();
const arrivals: Arrival[] = [];
const violations: string[] = [];
const known: Map<string, number>[] = [];
let [resumed, snapshots] = [0, 0];
let instances: readonly (readonly [string, string])[] = [];
const clients = new Map<string, HealthClient>();

function clientOf(address: string, watcher: number): HealthClient {
  const key = `${address} ${Math.floor(watcher / PER_CONNECTION)}`;
  const client = clients.get(key) ?? connectHealthClient(address);
  clients.set(key, client);
  return client;
}

async function watch(watcher: number, components: readonly string[], seed: number): Promise<void> {
  const random = createRandom(seed);
  const statuses = known[watcher]!;
  let revision = 0n;
  for (;;) {
    const at = instances[random(Math.max(1, instances.length))];
    if (at === undefined) {
      await pause(RETRY_MS);
      continue;
    }
    const [name, address] = at;
    const stop = new AbortController();
    const leave = setTimeout(() => stop.abort(), STAY_MS / 2 + random(STAY_MS));
    let silent = setTimeout(() => stop.abort(), SILENT_MS);
    const since = revision;
    let isFirst = true;
    try {
      const request = { components: [...components], sinceRevision: since, keepAlive: { seconds: KEEP_ALIVE_S } };
      for await (const { event } of clientOf(address, watcher).watchHealth(request, { signal: stop.signal })) {
        clearTimeout(silent);
        silent = setTimeout(() => stop.abort(), SILENT_MS);
        const nowMs = Date.now();
        const next = event.value?.revision ?? 0n;
        if (since > 0n && isFirst) resumed += 1;
        if (since > 0n && isFirst && event.case === 'snapshot') snapshots += 1;
        if (next < revision) violations.push(`watcher ${watcher} was at ${revision}, and then at ${next}, by ${name}`);
        revision = next;
        if (event.case === 'snapshot') statuses.clear();
        if (event.case !== 'snapshot' && event.case !== 'change') continue;
        for (const { component, status, revision: own, since: began } of event.value.components) {
          const sinceMs = timestampMs(began!);
          const isChange = event.case === 'change' && statuses.get(component) !== status;
          // What it has missed before does not come late.
          if (isChange && !isFirst) arrivals.push({ atMs: nowMs, tookMs: nowMs - sinceMs, by: name });
          statuses.set(component, status);
          see({ component, revision: Number(own), status, sinceMs, atMs: nowMs, by: name });
        }
        isFirst = false;
      }
    } catch (error) {
      // It was killed, drains, is behind, or was left.
      const { code, message } = ConnectError.from(error);
      if (![Code.Unavailable, Code.Canceled, Code.Internal, Code.Aborted].includes(code)) violations.push(message);
    }
    clearTimeout(leave);
    clearTimeout(silent);
    await pause(RETRY_MS);
  }
}

function see(shown: Told): void {
  const before = told.get(shown.revision);
  if (before === undefined) {
    told.set(shown.revision, shown);
    return;
  }
  if (before.component === shown.component && before.status === shown.status && before.sinceMs === shown.sinceMs)
    return;
  violations.push(
    `revision ${shown.revision} is ${before.component} ${before.status} by ${before.by}, and ${shown.component} ${shown.status} by ${shown.by}`,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

parentPort?.on('message', (message: ToWatchers) => {
  switch (message.kind) {
    case 'instances': {
      instances = message.instances;
      const live = new Set(instances.map(([, address]) => address));
      for (const [key, client] of clients) {
        if (live.has(key.split(' ')[0]!)) continue;
        client.close();
        clients.delete(key);
      }
      return;
    }
    case 'begin':
      message.watched.forEach((components, watcher) => {
        known.push(new Map());
        void watch(watcher, components, message.seed + watcher);
      });
      return;
    case 'report':
      parentPort!.postMessage({
        told: [...told.values()],
        arrivals,
        violations,
        resumed,
        snapshots,
        known: known.map((statuses) => [...statuses]),
      } satisfies WatchersReport);
  }
});
