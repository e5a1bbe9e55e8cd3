// Kills a real OpenK under load, again and again, over one file or one database, and checks after each restart that nothing is gone which
// anybody was told. Seeded: the same seed draws the same loads and moments.
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import { connectHealthClient, type HealthClient } from '../running-openk.ts';
import { type SpawnedOpenk, spawnOpenk } from '../spawned-openk.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createRandom } from './random.ts';
import { createResumingWatcher } from './resuming-watcher.ts';

export interface KillOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Default: a file of its own. */
  readonly storage?: string;
  /** Takes the storage away and brings it back, under load, in every second round; OpenK is killed once all is kept again. */
  readonly disturb?: () => Promise<void>;
  /** Told after each round how it stands. */
  readonly onRound?: (report: KillReport) => void;
}

export interface KillReport {
  readonly rounds: number;
  /** Changes that watchers and callers were told, each once. */
  readonly told: number;
  readonly sent: number;
  readonly answered: number;
  readonly transitions: number;
  /** Watchers that came back and were told what they had missed; a snapshot instead is a violation. */
  readonly resumed: number;
  /** Rounds in which OpenK said that its store is too slow: it then tells what is not kept, and must not be blamed. */
  readonly slowRounds: number;
  readonly violations: readonly string[];
}

const GROUPS = ['g0', 'g1', 'g2', 'g3'];
const HEARTBEATS = Array.from({ length: 24 }, (_, at) => `h${at}`);
const PROBES = Array.from({ length: 6 }, (_, at) => `p${at}`);
const REPORTERS = 16;
/** What decides the moment of a kill, and how often it has to happen at most. */
const TRIGGERS = ['sent', 'answered', 'told'] as const;
const MAX_EVENTS = 400;
/** A round whose trigger never comes is killed all the same. */
const ROUND_MS = 20_000;
const STORE_IS_SLOW = 'history cannot be kept, watching goes on';
const STORE_IS_BACK = 'history is kept again, and what waited for it too';

export async function runKillRounds({ rounds, seed, storage, disturb, onRound }: KillOptions): Promise<KillReport> {
  const random = createRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'openk-kill-'));
  const file = join(folder, 'openk.db');
  const ledger = createLedger();
  const upstream = await startFlappingUpstream(ledger);
  const config = configOf(upstream.port);
  const violations: string[] = [];
  let [done, resumed, slowRounds] = [0, 0, 0];
  /** Of this round: it was to fail. */
  let isDisturbed = false;
  const report = (): KillReport => ({
    rounds: done,
    ...ledger.counts(),
    resumed,
    slowRounds,
    violations: [...ledger.violations, ...violations],
  });
  let trigger = createTrigger();
  const watchers = [[], [], GROUPS].map((components) =>
    createResumingWatcher(components, (health) => {
      ledger.told(health);
      trigger.happened('told');
    }),
  );

  /** One life: checks what the one before left, works, and ends as `end` says. */
  const live = async (end: (openk: SpawnedOpenk, client: HealthClient) => Promise<void>) => {
    const openk = await spawnOpenk(config, { storage: storage ?? `sqlite:${file}` });
    const clients = [connectHealthClient(openk.address), connectHealthClient(openk.address)] as const;
    try {
      await ledger.check(clients[0]);
      const firsts = await Promise.all(watchers.map((watcher) => watcher.follow(clients[1])));
      if (done > 0) {
        for (const first of firsts) {
          if (first === undefined || first.event.case === 'snapshot') {
            violations.push(`round ${done}: a watcher came back and got ${first?.event.case ?? 'nothing'}`);
          } else {
            resumed += 1;
          }
        }
      }
      await end(openk, clients[0]);
      await openk.exited;
      await Promise.all(watchers.map((watcher) => watcher.ended()));
      if (!isDisturbed && openk.log.some(({ msg }) => msg === STORE_IS_SLOW)) slowRounds += 1;
      isDisturbed = false;
    } finally {
      for (const client of clients) client.close();
      await openk.dispose();
    }
  };

  try {
    for (done = 0; done < rounds; ) {
      const [name, events] = [TRIGGERS[random(TRIGGERS.length)]!, random(MAX_EVENTS)];
      await live(async (openk, client) => {
        const over = new AbortController();
        isDisturbed = disturb !== undefined && done % 2 === 1;
        trigger = isDisturbed ? createTrigger() : createTrigger(name, events, over);
        const stop = AbortSignal.any([over.signal, AbortSignal.timeout(ROUND_MS)]);
        const kill = () => openk.signal('SIGKILL');
        if (stop.aborted) kill();
        else stop.addEventListener('abort', kill, { once: true });
        const report = async () => {
          while (!stop.aborted) await reportOnce(client, HEARTBEATS[random(HEARTBEATS.length)]!, STATUSES[random(3)]!);
        };
        const reporting = Array.from({ length: REPORTERS }, report);
        if (isDisturbed) {
          await disturb!();
          await Promise.race([openk.logged(STORE_IS_BACK), once(stop, 'abort')]);
          over.abort();
        }
        await Promise.all(reporting);
      });
      const integrity = storage === undefined ? await checkIntegrity(file, join(folder, 'copy.db')) : 'ok';
      if (integrity !== 'ok') violations.push(`round ${done}: ${integrity}`);
      done += 1;
      onRound?.(report());
    }
    trigger = createTrigger();
    await live(async (openk, client) => {
      // Nobody reports any more: whoever came back ends with what there is.
      const { health } = await client.reportHealth({
        component: HEARTBEATS[0]!,
        status: HealthStatus.DEGRADED,
        duration: { nanos: 1_000_000 },
      });
      await Promise.all(watchers.map((watcher) => watcher.reaches(health!.revision)));
      const answers = await Promise.all([...HEARTBEATS, ...GROUPS].map((component) => client.getHealth({ component })));
      // What was answered may be on its way to them.
      const revisions = answers.map(({ health: is }) => is!.revision);
      const last = revisions.toSorted((a, b) => (a < b ? 1 : -1))[0]!;
      await Promise.all(watchers.map((watcher) => watcher.reaches(last)));
      for (const { health: is } of answers) {
        for (const { known } of watchers) {
          const knows = known.get(is!.component);
          if (knows !== undefined && knows.revision < is!.revision) {
            violations.push(`a watcher ended with ${is!.component} at ${knows.revision}, which is at ${is!.revision}`);
          }
        }
      }
      openk.signal('SIGTERM');
      if ((await openk.exited) !== 0) violations.push('the last life did not end well');
    });
    return report();
  } finally {
    upstream.server.closeAllConnections();
    upstream.server.close();
    await rm(folder, { recursive: true, force: true });
  }

  async function reportOnce(client: HealthClient, component: string, status: HealthStatus) {
    ledger.sent(component);
    trigger.happened('sent');
    try {
      // With a duration each is an observation of its own.
      const { health } = await client.reportHealth({
        component,
        status,
        message: 'told by the test',
        duration: { nanos: 1_000_000 },
      });
      ledger.answered(component);
      ledger.told(health!);
      trigger.happened('answered');
    } catch {
      // It was killed.
    }
  }
}

const STATUSES = [HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY] as const;

/** Aborts once something has happened so many times. */
function createTrigger(name?: (typeof TRIGGERS)[number], events = 0, over?: AbortController) {
  let left = events;
  if (events === 0) over?.abort();
  return {
    happened(what: (typeof TRIGGERS)[number]) {
      if (what !== name) return;
      left -= 1;
      if (left === 0) over?.abort();
    },
  };
}

/** The state that the kill left, without touching it: what a restart finds is looked at in a copy. */
async function checkIntegrity(file: string, copy: string): Promise<unknown> {
  await copyFile(file, copy);
  await copyFile(`${file}-wal`, `${copy}-wal`).catch(() => {});
  const database = new Database(copy);
  try {
    return database.pragma('integrity_check', { simple: true });
  } finally {
    database.close();
    for (const suffix of ['', '-wal', '-shm']) await rm(`${copy}${suffix}`, { force: true });
  }
}

/** Answers well and badly in turn, each path by itself. */
async function startFlappingUpstream(ledger: Ledger): Promise<{ readonly server: Server; readonly port: number }> {
  const turns = new Map<string, number>();
  const server = createServer(({ url = '/' }, response) => {
    const turn = (turns.get(url) ?? 0) + 1;
    turns.set(url, turn);
    ledger.asked(url.slice(1));
    response.writeHead(turn % 2 === 0 ? 200 : 500).end();
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

function configOf(port: number): string {
  const members = (ids: readonly string[]) => ids.map((id) => `{ component: ${id} }`).join(', ');
  const lines = [
    ...HEARTBEATS.map((id) => `{ id: ${id}, heartbeat: { period: 24h } }`),
    ...PROBES.map(
      (id) => `{ id: ${id}, http: { url: "http://127.0.0.1:${port}/${id}" }, interval: 200ms, timeout: 2s }`,
    ),
    ...GROUPS.map((id, at) => {
      const ids = [...HEARTBEATS, ...PROBES].filter((_, index) => index % GROUPS.length === at);
      return `{ id: ${id}, group: { rule: { best: {} }, members: [${members(ids)}] } }`;
    }),
  ];
  return `limits: { reports_per_second: 100000, reports_per_second_per_client: 1000000 }\ndefaults: { unhealthy_threshold: 1 }\ncomponents:\n${lines.map((line) => `  - ${line}\n`).join('')}`;
}
