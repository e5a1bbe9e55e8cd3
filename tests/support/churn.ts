// A list of targets that changes all the time, an OpenK that follows it, and what became of the targets that stayed.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ChurnOptions {
  readonly targets: number;
  readonly changesPerSecond: number;
  readonly seconds: number;
  /** How often each target is probed. */
  readonly intervalMs: number;
  readonly list?: ChurnedList;
  readonly start: (config: string) => Promise<WatchingOpenk>;
  readonly onSecond?: (second: number, openk: WatchingOpenk) => Promise<void>;
}

/** Where the targets are listed, if not by http_sd. */
export interface ChurnedList {
  /** The source, as in openk.yaml. */
  readonly source: string;
  /** What a target is called. */
  targetOf(name: string): string;
  /** Targets beside those that come, go and stay. */
  readonly others: readonly string[];
  /** Settles when all of them are there. */
  begin(names: readonly string[]): Promise<void>;
  change(gone: string, come: string): void;
  settled(): Promise<void>;
}

export interface WatchingOpenk {
  readonly address: string;
  readonly log: readonly Record<string, unknown>[];
  close(): Promise<unknown>;
}

export interface ChurnReport {
  readonly changes: number;
  readonly probes: number;
  /** Changes of status of targets, away from HEALTHY. */
  readonly flaps: readonly string[];
  /** Longest time between two looks at a target that stayed, in milliseconds. */
  readonly longestGapMs: number;
  /** Targets that stayed and were not looked at for three intervals, or never. */
  readonly neglected: number;
  /** Components of the source in the end, and those that the list has then. */
  readonly left: readonly string[];
  readonly named: readonly string[];
}

/** Of the targets, a fifth comes and goes. */
const CHURNING = 0.2;
const KEEP_FOR_MS = 1000;

export async function runChurn(options: ChurnOptions): Promise<ChurnReport> {
  const { targets, changesPerSecond, seconds, intervalMs, list, start, onSecond } = options;
  const targetOf = (name: string) => list?.targetOf(name) ?? name;
  const lastMs = new Map<string, number>();
  let probes = 0;
  let longestGapMs = 0;
  const staying = Array.from({ length: Math.round(targets * (1 - CHURNING)) }, (_, at) => `stays-${at}`);
  const stayingTargets = new Set(staying.map(targetOf));
  const coming: string[] = Array.from({ length: targets - staying.length }, (_, at) => `comes-${at}`);
  let made = coming.length;
  await list?.begin([...staying, ...coming]);
  const server = createServer((request, response) => {
    if (request.url === '/sd') {
      const body = JSON.stringify([{ targets: [...staying, ...coming], labels: { team: 'x' } }]);
      response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      return;
    }
    probes++;
    const name = request.url!.slice(1);
    const nowMs = performance.now();
    const beforeMs = lastMs.get(name);
    if (beforeMs !== undefined && stayingTargets.has(name)) longestGapMs = Math.max(longestGapMs, nowMs - beforeMs);
    lastMs.set(name, nowMs);
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const source = list?.source ?? `http_sd: { url: "${origin}/sd", refresh_interval: 1s }`;
  const openk = await start(`
limits: { probes_in_flight: 256, probes_in_flight_per_host: 256 }
discovery:
  - id: churn
    ${source}
    limit: ${targets * 2}
    keep_for: ${KEEP_FOR_MS}ms
    template: { http: { url: "${origin}/{{name}}" }, interval: ${intervalMs}ms, unhealthy_threshold: 1 }
`);
  try {
    const beganMs = performance.now();
    let changes = 0;
    for (let second = 1; second <= seconds; second++) {
      // Evenly over the second, as things happen.
      for (let step = 0; step < changesPerSecond; step++) {
        const [gone = ''] = coming.splice((changes * 7919) % coming.length, 1);
        const come = `comes-${made++}`;
        coming.push(come);
        list?.change(gone, come);
        changes++;
        await until(beganMs + (second - 1 + (step + 1) / changesPerSecond) * 1000);
      }
      await onSecond?.(second, openk);
    }
    await list?.settled();
    const all = [...[...staying, ...coming].map(targetOf), ...(list?.others ?? [])];
    const named = all.map((name) => `churn.${name}`).sort();
    let left: string[] = [];
    // What is kept goes, and what came last comes.
    do {
      await until(performance.now() + 500);
      left = await listTargets(openk.address);
    } while (left.join() !== named.join() && performance.now() < beganMs + (seconds + 60) * 1000);
    const flaps = openk.log.flatMap(({ msg, component, from, to, reason }) =>
      msg === 'status changed' && from === 'HEALTHY' && String(component).startsWith('churn.')
        ? [`${component} ${to} ${JSON.stringify(reason)}`]
        : [],
    );
    const nowMs = performance.now();
    const neglected = staying.filter((name) => nowMs - (lastMs.get(targetOf(name)) ?? 0) > 3 * intervalMs).length;
    return { changes, probes, flaps, longestGapMs, neglected, left, named };
  } finally {
    await openk.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function until(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, ms - performance.now())));
}

async function listTargets(address: string): Promise<string[]> {
  const ids: string[] = [];
  for (let token = ''; ; ) {
    const url = new URL(`/v1/components?pageSize=1000&parent=churn&pageToken=${encodeURIComponent(token)}`, address);
    const answer = (await (await fetch(url)).json()) as { components?: { id: string }[]; nextPageToken?: string };
    ids.push(...(answer.components ?? []).map(({ id }) => id));
    token = answer.nextPageToken ?? '';
    if (token === '') return ids.sort();
  }
}
