// Kills a real OpenK again and again while alerts are sent to a receiver that answers, refuses, hangs, lies and cuts connections,
// over one file: no alert is lost, those of one alert come in their order, and one comes twice only where its answer was lost.
// Seeded, as kill-rounds.ts.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import { connectHealthClient, type HealthClient } from '../running-openk.ts';
import { type SpawnedOpenk, spawnOpenk } from '../spawned-openk.ts';
import { createRandom } from './random.ts';
import { type Behaviour, type Received, startScriptedReceiver } from './scripted-receiver.ts';

export interface AlertKillOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Called after each round with how it stands. */
  readonly onRound?: (report: AlertKillReport) => void;
}

export interface AlertKillReport {
  readonly rounds: number;
  /** Reports that were answered. */
  readonly answered: number;
  /** Requests that the receiver got, and those of them that it had got before. */
  readonly received: number;
  readonly repeated: number;
  /** Known at the end only. */
  readonly alerts: number;
  readonly deliveries: number;
  readonly dropped: number;
  readonly refused: number;
  /** Rounds in which OpenK said that its store is too slow: then it sends what is not kept. */
  readonly slowRounds: number;
  /** Rounds in which the machine stood still for long: then OpenK may have given up on what was answered. */
  readonly stalledRounds: number;
  readonly violations: readonly string[];
}

const CHANNELS = ['a', 'b'];
const COMPONENTS = Array.from({ length: 8 }, (_, at) => `h${at}`);
const MAX_EVENTS = 40;
const ROUND_MS = 15_000;
/** At the end everything is accepted: whatever waits is sent within the longest back-off. */
const DRAIN_MS = 360_000;
const LOOK_MS = 100;
/** What was answered is kept within this, however slow the machine. */
const KEPT_MS = 5_000;
/** A channel waits a second for an answer: where the machine stands still for half of that, one that came may be too late. */
const STALL_MS = 500;
const STORE_IS_SLOW = 'history cannot be kept, watching goes on';
const DRAWN: readonly Behaviour[] = [
  ...Array.from({ length: 8 }, () => 'accept' as const),
  'fail',
  'busy',
  'lie',
  'cut',
  'hang',
];
/** One in so many is refused for good. */
const REFUSED_ONE_IN = 60;

export async function runAlertKillRounds({ rounds, seed, onRound }: AlertKillOptions): Promise<AlertKillReport> {
  const random = createRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'openk-kill-alerts-'));
  const file = join(folder, 'openk.db');
  const receiver = await startScriptedReceiver();
  const config = configOf(receiver.port);
  const violations: string[] = [];
  /** When each life was killed, by performance.now(). */
  const kills: number[] = [];
  let [done, answered, slowRounds] = [0, 0, 0];
  const stalled = new Set<number>();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  let kept: Kept = { alerts: [], deliveries: [], turnsBad: new Map() };
  const report = (): AlertKillReport => ({
    rounds: done,
    answered,
    received: receiver.received.length,
    repeated: receiver.received.length - new Set(receiver.received.map(({ id }) => id)).size,
    alerts: kept.alerts.length,
    deliveries: kept.deliveries.length,
    dropped: kept.deliveries.filter(({ state }) => state === 'DROPPED').length,
    refused: kept.deliveries.filter(({ state }) => state === 'FAILED').length,
    slowRounds,
    stalledRounds: stalled.size,
    violations,
  });
  const live = async (work: (openk: SpawnedOpenk, client: HealthClient) => Promise<void>) => {
    const life = done;
    receiver.life = life;
    const openk = await spawnOpenk(config, { storage: `sqlite:${file}` });
    const client = connectHealthClient(openk.address);
    delay.reset();
    delay.enable();
    try {
      await work(openk, client);
      await openk.exited;
      if (delay.max > STALL_MS * 1e6) stalled.add(life);
      if (openk.log.some(({ msg }) => msg === STORE_IS_SLOW)) slowRounds += 1;
    } finally {
      delay.disable();
      client.close();
      await openk.dispose();
    }
  };
  const say = async (client: HealthClient, component: string, status: HealthStatus) => {
    await client.reportHealth({ component, status, message: 'as the test says' });
    answered += 1;
  };

  try {
    for (done = 0; done < rounds; ) {
      await live(async (openk, client) => {
        const over = new AbortController();
        let left = random(MAX_EVENTS);
        const count = () => {
          left -= 1;
          if (left <= 0) over.abort();
        };
        receiver.behave = () => (random(REFUSED_ONE_IN) === 0 ? 'refuse' : DRAWN[random(DRAWN.length)]!);
        receiver.onReceived = count;
        const stop = AbortSignal.any([over.signal, AbortSignal.timeout(ROUND_MS)]);
        const kill = () => {
          kills.push(performance.now());
          openk.signal('SIGKILL');
        };
        if (left === 0) over.abort();
        if (stop.aborted) kill();
        else stop.addEventListener('abort', kill, { once: true });
        // Each by itself, so that its reports come in their order.
        const flip = async (component: string, at: number) => {
          // Some are over before anybody is sent anything, some last.
          const pauseMs = at % 2 === 0 ? 50 : 1_000;
          while (!stop.aborted) {
            try {
              await say(client, component, random(2) === 0 ? HealthStatus.HEALTHY : HealthStatus.UNHEALTHY);
              await sleep(random(pauseMs), undefined, { signal: stop });
              count();
            } catch {
              // It was killed.
              return;
            }
          }
        };
        await Promise.all(COMPONENTS.map(flip));
      });
      await inCopy(file, join(folder, 'copy.db'), (database) => {
        const integrity = database.pragma('integrity_check', { simple: true });
        if (integrity !== 'ok') violations.push(`round ${done}: ${integrity}`);
      });
      done += 1;
      onRound?.(report());
    }
    receiver.onReceived = () => {};
    receiver.behave = () => 'accept';
    await live(async (openk, client) => {
      for (const component of COMPONENTS) await say(client, component, HealthStatus.HEALTHY);
      await nothingWaits(file);
      openk.signal('SIGTERM');
      if ((await openk.exited) !== 0) violations.push('the last life did not end well');
    });
    await inCopy(file, join(folder, 'copy.db'), (database) => {
      kept = readKept(database);
    });
    violations.push(...findViolations(kept, receiver.received, kills, slowRounds > 0, stalled));
    return report();
  } finally {
    receiver.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface KeptDelivery {
  readonly number: number;
  readonly id: string;
  readonly alert: string;
  readonly channel: string;
  readonly state: string;
  readonly type: string;
}

interface Kept {
  readonly alerts: readonly { readonly id: string; readonly component: string; readonly isOver: number }[];
  /** In order of their numbers. */
  readonly deliveries: readonly KeptDelivery[];
  /** By component: how often it turned UNHEALTHY. */
  readonly turnsBad: ReadonlyMap<string, number>;
}

function readKept(database: Database.Database): Kept {
  const turns = database
    .prepare<[], { id: string; turns: number }>(`
      SELECT id, count(*) AS turns FROM transition JOIN component ON component.key = transition.component
      WHERE to_status = 2 GROUP BY id
    `)
    .all();
  return {
    alerts: database
      .prepare<[], Kept['alerts'][number]>('SELECT id, component, resolved_ms IS NOT NULL AS isOver FROM alert')
      .all(),
    deliveries: database
      .prepare<[], KeptDelivery>(`
        SELECT number, id, alert, channel, state, message ->> '$.type' AS type FROM delivery ORDER BY number
      `)
      .all(),
    turnsBad: new Map(turns.map(({ id, turns: count }) => [id, count])),
  };
}

function findViolations(
  { alerts, deliveries, turnsBad }: Kept,
  received: readonly Received[],
  kills: readonly number[],
  wasSlow: boolean,
  stalled: ReadonlySet<number>,
): string[] {
  const found: string[] = [];
  const byId = new Map(deliveries.map((each) => [each.id, each]));
  const ofId = Map.groupBy(received, ({ id }) => id);

  for (const component of COMPONENTS) {
    const own = alerts.filter((alert) => alert.component === component).length;
    const turns = turnsBad.get(component) ?? 0;
    if (own !== turns) found.push(`${component} turned UNHEALTHY ${turns} times, and has ${own} alerts`);
  }
  for (const { id, isOver } of alerts) {
    if (isOver === 0) found.push(`alert ${id} is not over`);
    for (const channel of CHANNELS) {
      const types = deliveries.filter((each) => each.alert === id && each.channel === channel).map(({ type }) => type);
      if (types[0] !== 'alert.opened' || types.at(-1) !== 'alert.resolved' || types.length !== 2) {
        found.push(`alert ${id} has for ${channel}: ${types.join(', ')}`);
      }
    }
  }
  for (const { id, alert, channel, state } of deliveries) {
    const attempts = ofId.get(id) ?? [];
    if (state === 'WAITING') found.push(`${id} waits`);
    if (state === 'ACCEPTED' && !attempts.some(({ behaviour }) => behaviour === 'accept')) {
      found.push(`${id} counts as accepted, and was not`);
    }
    if (state === 'FAILED' && !attempts.some(({ behaviour }) => behaviour === 'refuse')) {
      found.push(`${id} counts as refused, and was not`);
    }
    const isKnown = received.some((each) => each.alert === alert && each.channel === channel && each.isTaken);
    if (state === 'DROPPED' && isKnown) found.push(`${id} was dropped, and the receiver knows of its alert`);
  }
  for (const { id, channel, alert, type } of received) {
    // That a channel refuses: it is in no store.
    if (type === 'openk.notice') continue;
    const kept = byId.get(id);
    // A store that was slow may have lost what was published.
    if (kept === undefined && wasSlow) continue;
    if (kept?.channel !== channel || kept.alert !== alert || kept.type !== type)
      found.push(`${id} is not what was kept`);
  }
  for (const [key, own] of Map.groupBy(received, ({ alert, channel }) => `${alert} to ${channel}`)) {
    const numbers = own.map(({ id }) => byId.get(id)?.number ?? 0);
    if (numbers.some((number, at) => at > 0 && number < numbers[at - 1]!)) found.push(`${key} came out of order`);
  }
  for (const [at, { id, behaviour, life, atMs }] of received.entries()) {
    if (behaviour !== 'accept' && behaviour !== 'refuse') continue;
    const again = received.find((each, index) => index > at && each.id === id);
    if (again === undefined || wasSlow || stalled.has(life)) continue;
    // It was answered: it comes again only where a kill came before that was kept.
    const killedMs = kills[life] ?? Number.POSITIVE_INFINITY;
    if (again.life === life || atMs < killedMs - KEPT_MS) found.push(`${id} came again`);
  }
  return found;
}

async function nothingWaits(file: string): Promise<void> {
  const database = new Database(file, { readonly: true });
  const giveUp = AbortSignal.timeout(DRAIN_MS);
  try {
    const count = database
      .prepare<[], number>(`
        SELECT (SELECT count(*) FROM delivery WHERE state = 'WAITING')
          + (SELECT count(*) FROM alert WHERE resolved_ms IS NULL)
      `)
      .pluck();
    while (count.get() !== 0 && !giveUp.aborted) await sleep(LOOK_MS);
  } finally {
    database.close();
  }
}

/** What the kill left, without touching it. */
async function inCopy(file: string, copy: string, look: (database: Database.Database) => void): Promise<void> {
  await copyFile(file, copy);
  await copyFile(`${file}-wal`, `${copy}-wal`).catch(() => {});
  const database = new Database(copy);
  try {
    look(database);
  } finally {
    database.close();
    for (const suffix of ['', '-wal', '-shm']) await rm(`${copy}${suffix}`, { force: true });
  }
}

function configOf(port: number): string {
  return `limits: { reports_per_second: 100000, reports_per_second_per_client: 1000000 }
alerts:
  channels:
${CHANNELS.map((id) => `    - { id: ${id}, timeout: 1s, webhook: { url: "http://127.0.0.1:${port}/${id}" } }\n`).join('')}  routes:
    - { id: all, on: [ UNHEALTHY ], to: [ ${CHANNELS.join(', ')} ], flapping: { changes: 0 } }
components:
${COMPONENTS.map((id) => `  - { id: ${id}, heartbeat: { period: 24h } }\n`).join('')}`;
}
