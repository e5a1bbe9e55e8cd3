// Three real OpenKs on one replicated PostgreSQL, with many components that are looked at, many watchers and a receiver of alerts, and one fault
// after the other, as a seed says. Afterwards everybody who was there says what was seen.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import { createRandom } from '../kill/random.ts';
import { connectHealthClient } from '../running-openk.ts';
import {
  checkEpisodes,
  checkLooks,
  checkSteps,
  checkTold,
  checkWrites,
  latency,
  type Step,
  type Trouble,
  type Write,
} from './checks.ts';
import { type ChaosInstance, clockLibrary, launchInstance } from './instances.ts';
import { type ReplicatedPostgres, startReplicatedPostgres } from './replicated-postgres.ts';
import { startTruth } from './truth.ts';
import type { ToWatchers, WatchersReport } from './watchers.ts';

export const CHAOS_FAULTS = [
  'kill',
  'freeze',
  'refuse',
  'swallow',
  'delay',
  'cut a standby',
  'set the clock',
  'restart the database',
  'fail over',
  'rolling restart',
] as const;
export type ChaosFault = (typeof CHAOS_FAULTS)[number];

export interface ChaosOptions {
  readonly seed: number;
  readonly components: number;
  readonly watchers: number;
  readonly intervalMs: number;
  /** Components that become unwell in a second. */
  readonly perSecond: number;
  /** How long one is frozen or cut off. */
  readonly faultMs: number;
  /** Nothing happens for so long before each fault, and after the last. */
  readonly calmMs: number;
  /** Whether there is time for another one. @param done how many there were */
  readonly goOn: (done: number, sinceMs: number) => boolean;
  /** In turn. Default: each once, in an order by chance, and again. */
  readonly faults?: readonly ChaosFault[];
  readonly say: (line: string) => void;
}

export interface ChaosReport {
  readonly violations: readonly string[];
  /** In milliseconds. */
  readonly takeOvers: readonly { readonly fault: ChaosFault; readonly ms: number }[];
  readonly handOversMs: readonly number[];
  readonly figures: Readonly<Record<string, string | number>>;
}

const INSTANCES = 3;
const GROUPS = 20;
/** As long as is promised, and a little for a busy machine. */
const TAKE_OVER_MS = 15_000;
const BUSY_MS = 2_000;
const HAND_OVER_MS = 1_000;
const HOOK_TYPE_OPENED = 'alert.opened';
const SETTLED_MS = 120_000;
const LATE_MS = 2_000;

interface Message {
  readonly by: string;
  readonly id: string;
  readonly type: string;
  readonly alert: string;
  readonly component: string;
  readonly atMs: number;
}

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { seed, components, watchers, intervalMs, perSecond, faultMs, calmMs, goOn, faults, say } = options;
  const random = createRandom(seed);
  const ids = Array.from({ length: components }, (_, at) => `c${at}`);
  let startedMs = performance.now();
  const violations: string[] = [];
  const troubles: Trouble[] = [];
  const takeOvers: { fault: ChaosFault; ms: number }[] = [];
  const handOversMs: number[] = [];
  const counts = new Map<ChaosFault, number>();
  const messages: Message[] = [];
  const ends: (() => unknown)[] = [];
  const folder = await mkdtemp(join(tmpdir(), 'openk-chaos-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));

  try {
    const postgres = await startReplicatedPostgres();
    ends.push(() => postgres.dispose());
    const truth = await startTruth({ components: ids, random: createRandom(seed + 1), perSecond });
    ends.push(() => truth.close());
    const receiver = await startReceiver(messages);
    ends.push(() => receiver.close());
    const database = await postgres.primary.createDatabase();
    const config = configOf({ ids, upstream: truth.port, receiver: receiver.port, intervalMs });

    const instances: ChaosInstance[] = [];
    let launched = 0;
    let decider: ChaosInstance | undefined;
    const worker = new Worker(new URL('./watchers.ts', import.meta.url));
    ends.push(() => worker.terminate());
    const ask = (message: ToWatchers) => worker.postMessage(message);
    const announce = () =>
      ask({ kind: 'instances', instances: instances.map(({ name, address }) => [name, address] as const) });
    const launch = async () => {
      launched += 1;
      const name = `openk-${launched}`;
      const instance = await launchInstance({
        name,
        config,
        folder,
        databasePort: postgres.primary.port,
        storage: (port) => `${postgres.primary.url(database, port)}?application_name=${name}`,
      });
      ends.push(() => instance.dispose());
      instances.push(instance);
      void instance.tookOver.then(
        () => {
          decider = instance;
        },
        () => {},
      );
      announce();
      return instance;
    };
    const forget = (instance: ChaosInstance) => {
      instances.splice(instances.indexOf(instance), 1);
      announce();
    };
    const whole = async () => {
      while (instances.length < INSTANCES) await launch();
    };
    decider = await launch();
    await postgres.primary.query(database, WRITE_LOG);
    await whole();
    const groupIds = Array.from({ length: GROUPS }, (_, group) => ids.filter((_id, at) => at % GROUPS === group));
    ask({
      kind: 'begin',
      seed,
      // One in twenty sees everything.
      watched: Array.from({ length: watchers }, (_, at) => (at % 20 === 0 ? [] : groupIds[at % GROUPS]!)),
    });
    await pause(calmMs);
    truth.begin();
    const beganMs = Date.now();
    startedMs = performance.now();
    say(`${components} components, ${watchers} watchers, ${INSTANCES} instances`);

    /** Until another one decides. */
    const takenOver = async (fault: ChaosFault, before: ChaosInstance, fromMs: number) => {
      const others = instances.filter((instance) => instance !== before);
      await within(
        TAKE_OVER_MS * 3,
        `nobody decides after '${fault}'`,
        Promise.race(others.map(({ tookOver }) => tookOver)),
      );
      const ms = Math.round(performance.now() - fromMs);
      takeOvers.push({ fault, ms });
      if (ms > TAKE_OVER_MS + BUSY_MS) violations.push(`after '${fault}' nobody decided for ${ms} ms`);
    };
    const endedWith = async (fault: ChaosFault, instance: ChaosInstance, wanted: number) => {
      const code = await within(60_000, `${instance.name} does not end after '${fault}'`, instance.exited);
      if (code !== wanted) violations.push(`after '${fault}' ${instance.name} ended with ${code}`);
    };
    const strike: Record<ChaosFault, () => Promise<void>> = {
      async kill() {
        const before = decider!;
        const fromMs = performance.now();
        before.signal('SIGKILL');
        forget(before);
        await takenOver('kill', before, fromMs);
      },
      async freeze() {
        const before = decider!;
        const fromMs = performance.now();
        before.signal('SIGSTOP');
        forget(before);
        await takenOver('freeze', before, fromMs);
        await pause(faultMs - (performance.now() - fromMs));
        before.signal('SIGCONT');
        await endedWith('freeze', before, 1);
      },
      refuse: () => cutOff('refuse', 'refuses'),
      swallow: () => cutOff('swallow', 'swallows'),
      async delay() {
        decider!.link.become('delays');
        await pause(faultMs);
        decider!.link.become('passes');
      },
      async 'cut a standby'() {
        const one = instances.find((instance) => instance !== decider)!;
        one.link.become('swallows');
        await pause(faultMs);
        one.link.become('passes');
      },
      async 'set the clock'() {
        const one = instances[random(instances.length)]!;
        one.setClock(3_600);
        await pause(faultMs / 3);
        one.setClock(-3_600);
        await pause(faultMs / 3);
        one.setClock(0);
        // It looks at its clock's file each second.
        await pause(2_000);
      },
      async 'restart the database'() {
        await postgres.primary.stop('immediate');
        await pause(1_000);
        await postgres.primary.start();
      },
      async 'fail over'() {
        await postgres.failOver();
        for (const { link } of instances) link.lead(postgres.primary.port);
        await postgres.followAnew();
      },
      async 'rolling restart'() {
        for (const instance of [...instances]) {
          const others = instances.filter((one) => one !== instance);
          const wasDeciding = instance === decider;
          instance.signal('SIGTERM');
          forget(instance);
          await endedWith('rolling restart', instance, 0);
          const endedMs = performance.now();
          if (wasDeciding) {
            await within(
              TAKE_OVER_MS * 2,
              'nobody decides after a hand-over',
              Promise.race(others.map(({ tookOver }) => tookOver)),
            );
            const ms = Math.round(performance.now() - endedMs);
            handOversMs.push(ms);
            if (ms > HAND_OVER_MS + BUSY_MS) violations.push(`at a hand-over nobody decided for ${ms} ms`);
          }
          await launch();
        }
      },
    };
    async function cutOff(fault: ChaosFault, how: 'refuses' | 'swallows') {
      const before = decider!;
      const fromMs = performance.now();
      before.link.become(how);
      await takenOver(fault, before, fromMs);
      await pause(faultMs - (performance.now() - fromMs));
      before.link.become('passes');
      forget(before);
      await endedWith(fault, before, 1);
    }

    let order: ChaosFault[] = [];
    for (let done = 0; goOn(done, performance.now() - startedMs); done++) {
      if (order.length === 0) order = [...(faults ?? shuffled(CHAOS_FAULTS, random))];
      const fault = order.shift()!;
      if (fault === 'set the clock' && clockLibrary === undefined) continue;
      await pause(calmMs + random(1_000));
      const trouble: Trouble = { what: fault, fromMs: Date.now(), untilMs: Number.POSITIVE_INFINITY };
      troubles.push(trouble);
      const fromMs = performance.now();
      say(`${seconds(fromMs - startedMs)}: ${fault}`);
      await strike[fault]();
      await whole();
      await settled(decider!);
      trouble.untilMs = Date.now();
      counts.set(fault, (counts.get(fault) ?? 0) + 1);
      say(
        `${seconds(performance.now() - startedMs)}: all is in order again after ${seconds(performance.now() - fromMs)}`,
      );
    }
    await pause(calmMs);
    const endMs = Date.now();
    truth.calm();
    await within(SETTLED_MS, 'not all is well in the end', allIsWell(decider!));
    const steps = await stepsOf(decider!);
    const openAlerts = () => unresolved(messages);
    await until(SETTLED_MS, () => openAlerts().length === 0);

    // What was there.
    violations.push(...checkWrites(await writesOf(postgres, database)));
    violations.push(...checkSteps(steps));
    const compared = checkEpisodes(truth.episodes, steps, troubles, {
      unhealthy: HealthStatus.UNHEALTHY,
      lateMs: intervalMs + LATE_MS,
      endMs,
    });
    violations.push(...compared.violations);
    violations.push(...checkMessages(messages));
    for (const alert of openAlerts()) {
      const { by, atMs } = messages.find((message) => message.alert === alert)!;
      const trouble = troubles.findLast(({ fromMs }) => fromMs <= atMs);
      const when = trouble && `${seconds(atMs - trouble.fromMs)} after '${trouble.what}' began`;
      const [kept] = await postgres.primary.query(database, 'SELECT state FROM openk.alert WHERE id = $1', [alert]);
      violations.push(`alert ${alert}, sent by ${by} ${when}, was not ended, and is ${kept ? '' : 'not '}kept`);
    }
    const { health: last } = await allHealth(decider!);
    let report: WatchersReport | undefined;
    await until(30_000, async () => {
      ask({ kind: 'report' });
      [report] = (await once(worker, 'message')) as [WatchersReport];
      return behind(report, last).length === 0;
    });
    violations.push(...behind(report!, last), ...report!.violations);
    const told = checkTold(report!.told, steps, troubles);
    violations.push(...told.violations);
    const looked = checkLooks(truth.looks, troubles, { intervalMs, slackMs: LATE_MS, fromMs: beganMs });
    const all = latency(report!.arrivals, troubles, () => true);
    return {
      violations,
      takeOvers,
      handOversMs,
      figures: {
        faults: [...counts].map(([fault, count]) => `${fault} ${count}`).join(', '),
        transitions: steps.length,
        'episodes that were compared': `${compared.compared} of ${truth.episodes.length}`,
        messages: messages.length,
        'messages that came again': messages.length - new Set(messages.map(({ id }) => id)).size,
        'changes at watchers': all.count,
        'to a watcher, p50 p99 most, ms': `${all.p50} ${all.p99} ${all.most}`,
        'streams that went on': `${report!.resumed}, with a snapshot ${report!.snapshots}`,
        'shown and not kept': told.unkept,
        looks: looked.looks,
        'looks that were late, twice, longest ms': `${looked.late}, ${looked.twice}, ${looked.longestMs}`,
      },
    };
  } finally {
    for (const end of ends.reverse()) await Promise.resolve(end()).catch(() => {});
  }
}

const WRITE_LOG = `
  CREATE SCHEMA chaos;
  CREATE TABLE chaos.write (
    number bigserial PRIMARY KEY, instance text, holder text, epoch bigint, batch bigint, revision bigint
  );
  CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO chaos.write (instance, holder, epoch, batch, revision)
    VALUES (current_setting('application_name'), NEW.holder, NEW.epoch, NEW.batch, NEW.revision);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note AFTER UPDATE ON openk.writer FOR EACH ROW EXECUTE FUNCTION chaos.note();
`;

async function writesOf({ primary }: ReplicatedPostgres, database: string): Promise<Write[]> {
  const rows = await primary.query<Record<keyof Write, string>>(
    database,
    'SELECT instance, holder, epoch, batch, revision FROM chaos.write ORDER BY number',
  );
  return rows.map(({ instance, holder, epoch, batch, revision }) => ({
    instance,
    holder,
    epoch: Number(epoch),
    batch: Number(batch),
    revision: Number(revision),
  }));
}

function configOf({
  ids,
  upstream,
  receiver,
  intervalMs,
}: {
  readonly ids: readonly string[];
  readonly upstream: number;
  readonly receiver: number;
  readonly intervalMs: number;
}): string {
  const timing = `interval: ${intervalMs}ms, timeout: ${intervalMs - 100}ms, unhealthy_threshold: 1`;
  return `
instance: { advertise: "\${ADDRESS}" }
limits: { probes_in_flight: 2000, probes_in_flight_per_host: 2000, calls_per_second_per_client: 100000 }
defaults: { ${timing} }
components:
${ids.map((id) => `  - { id: ${id}, http: { url: "http://127.0.0.1:${upstream}/${id}", keep_alive: true } }`).join('\n')}
alerts:
  channels: [ { id: hook, webhook: { url: "http://127.0.0.1:${receiver}/\${INSTANCE}" } } ]
  routes: [ { id: all, on: [ UNHEALTHY ], group_by: COMPONENT, flapping: { changes: 0 }, to: [ hook ] } ]
`;
}

async function startReceiver(messages: Message[]) {
  const server = createServer(async (request, response) => {
    try {
      const { type, data } = (await json(request)) as {
        readonly type: string;
        readonly data: { readonly alert: { readonly id: string; readonly component: string } };
      };
      const { id: alert, component } = data.alert;
      const id = String(request.headers['webhook-id']);
      messages.push({ by: (request.url ?? '/').slice(1), id, type, alert, component, atMs: Date.now() });
      response.writeHead(204).end();
    } catch {
      // Its sender was killed on the way.
      response.destroy();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** One message for each thing that is said of an alert; the same one may come again. */
function checkMessages(messages: readonly Message[]): string[] {
  const violations: string[] = [];
  for (const [what, same] of Map.groupBy(messages, ({ alert, type }) => `${type} of ${alert}`)) {
    const count = new Set(same.map(({ id }) => id)).size;
    if (count > 1) violations.push(`${what} was said ${count} times, by ${same.map(({ by }) => by).join(' and ')}`);
  }
  for (const [component, all] of Map.groupBy(messages, ({ component: of }) => of)) {
    const open = new Set<string>();
    const over = new Set<string>();
    for (const { type, alert } of all) {
      if (type !== HOOK_TYPE_OPENED) {
        open.delete(alert);
        over.add(alert);
      } else if (!over.has(alert)) open.add(alert);
      else continue;
      if (open.size > 1) violations.push(`${component} has ${open.size} alerts at once: ${[...open].join(' and ')}`);
    }
  }
  return violations;
}

function unresolved(messages: readonly Message[]): string[] {
  const over = new Set(messages.filter(({ type }) => type !== HOOK_TYPE_OPENED).map(({ alert }) => alert));
  return [...new Set(messages.map(({ alert }) => alert))].filter((alert) => !over.has(alert));
}

async function allHealth({ address }: ChaosInstance) {
  const client = connectHealthClient(address);
  try {
    for await (const { event } of client.watchHealth({})) {
      if (event.case !== 'snapshot') continue;
      return { health: new Map(event.value.components.map(({ component, status }) => [component, status] as const)) };
    }
    throw new Error('a stream without a snapshot');
  } finally {
    client.close();
  }
}

async function allIsWell(instance: ChaosInstance): Promise<void> {
  for (;;) {
    const { health } = await allHealth(instance);
    if ([...health.values()].every((status) => status === HealthStatus.HEALTHY)) return;
    await pause(500);
  }
}

/** It decides on what it looks at: nothing is left of what was not known for some time. */
async function settled(instance: ChaosInstance): Promise<void> {
  for (;;) {
    const { health } = await allHealth(instance).catch(() => ({ health: undefined }));
    if (health && [...health.values()].every((status) => status !== HealthStatus.UNKNOWN)) return;
    await pause(200);
  }
}

async function stepsOf({ address }: ChaosInstance): Promise<Step[]> {
  const client = connectHealthClient(address);
  const steps: Step[] = [];
  try {
    for (let pageToken = ''; ; ) {
      const page = await client.listTransitions({ includeMembers: true, pageSize: 1_000, pageToken });
      for (const { revision, component, time, from, to } of page.transitions) {
        steps.push({ revision: Number(revision), component, atMs: timestampMs(time!), from, to });
      }
      pageToken = page.nextPageToken;
      if (pageToken === '') return steps.reverse();
    }
  } finally {
    client.close();
  }
}

function behind({ known }: WatchersReport, last: ReadonlyMap<string, number>): string[] {
  return known.flatMap((statuses, watcher) => {
    const wrong = statuses.find(([component, status]) => last.get(component) !== status);
    if (wrong === undefined && statuses.length > 0) return [];
    return [`watcher ${watcher} does not know what is there in the end: ${wrong?.join(' ') ?? 'it knows nothing'}`];
  });
}

function shuffled<T>(all: readonly T[], random: (limit: number) => number): T[] {
  const rest = [...all];
  return all.map(() => rest.splice(random(rest.length), 1)[0]!);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(what)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function until(ms: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + ms; performance.now() < endMs && !(await isSo()); ) await pause(250);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
