// Three real OpenKs on one PostgreSQL. In each round something happens to the one that decides, or to the database, while reports come
// in, watchers go from one instance to another, and alerts are sent. Seeded, as kill-rounds.ts.

import { Code, ConnectError } from '@connectrpc/connect';
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import type { PostgresServer } from '../postgres.ts';
import { connectHealthClient, type HealthClient } from '../running-openk.ts';
import { type LaunchedOpenk, launchOpenk } from '../spawned-openk.ts';
import { createRandom } from './random.ts';
import { startScriptedReceiver } from './scripted-receiver.ts';

export const FAULTS = ['kill', 'stop', 'freeze', 'restart the database'] as const;
export type InstanceFault = (typeof FAULTS)[number];

export interface InstanceOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly server: PostgresServer;
  /** In turn. Default: by chance. */
  readonly faults?: readonly InstanceFault[];
  readonly onRound?: (report: InstanceReport) => void;
}

export interface InstanceReport {
  readonly rounds: number;
  readonly answered: number;
  readonly transitions: number;
  /** Messages that came, and those of them that came again with the same id, as after a crash they may. */
  readonly messages: number;
  readonly repeated: number;
  /** Of watchers: streams that were gone on from, and how many of these began with a snapshot. */
  readonly resumed: number;
  readonly snapshots: number;
  /** From the fault to the next report that is answered, at most; in milliseconds. */
  readonly longestKillMs: number;
  readonly longestStopMs: number;
  readonly longestFreezeMs: number;
  readonly violations: readonly string[];
}

const JOBS = Array.from({ length: 6 }, (_, at) => `job${at}`);
const STATUSES = [HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY] as const;
const REPORTS = 12;
const WATCHERS = 3;
const ANSWERED_WITHIN_MS = 40_000;
/** What was not taken while nobody could send is tried again ever more rarely. */
const ENDED_WITHIN_MS = 120_000;
/** A bound, and no promise: the machine may be busy. */
const TAKEN_OVER_WITHIN_MS = { kill: 17_000, stop: 10_000, freeze: 20_000, 'restart the database': 40_000 } as const;

interface Running {
  readonly openk: LaunchedOpenk;
  readonly client: HealthClient;
}

export async function runInstanceRounds({
  rounds,
  seed,
  server,
  faults,
  onRound,
}: InstanceOptions): Promise<InstanceReport> {
  const random = createRandom(seed);
  const receiver = await startScriptedReceiver();
  const storage = server.url(await server.createDatabase());
  const config = `
limits: { reports_per_second: 100000, reports_per_second_per_client: 100000 }
components:
${JOBS.map((id) => `  - { id: ${id}, heartbeat: { period: 24h } }`).join('\n')}
alerts:
  channels: [ { id: hook, webhook: { url: "http://127.0.0.1:${receiver.port}/hook" } } ]
  routes: [ { id: all, on: [ UNHEALTHY ], group_by: COMPONENT, flapping: { changes: 0 }, to: [ hook ] } ]
`;
  const violations: string[] = [];
  const longest = { kill: 0, stop: 0, freeze: 0, 'restart the database': 0 };
  const instances = new Set<Running>();
  const all: Running[] = [];
  const last = new Map<string, HealthStatus>();
  let [answered, done, resumed, snapshots] = [0, 0, 0, 0];
  let isOver = false;

  const launch = async (): Promise<Running> => {
    const openk = await launchOpenk(config, { storage });
    const running = { openk, client: connectHealthClient(await openk.address) };
    instances.add(running);
    all.push(running);
    return running;
  };
  const forget = async (running: Running) => {
    instances.delete(running);
    running.client.close();
  };
  /** Says it until somebody has taken it. @returns who */
  const report = async (component: string, status: HealthStatus): Promise<Running> => {
    const fromMs = performance.now();
    for (;;) {
      for (const running of instances) {
        try {
          await running.client.reportHealth({ component, status, message: 'as chance says' }, { timeoutMs: 3_000 });
          answered += 1;
          last.set(component, status);
          return running;
        } catch (error) {
          const { code } = ConnectError.from(error);
          if (![Code.Unavailable, Code.DeadlineExceeded, Code.Canceled].includes(code)) throw error;
        }
      }
      if (performance.now() - fromMs > ANSWERED_WITHIN_MS)
        throw new Error(`nobody has taken a report for ${ANSWERED_WITHIN_MS} ms`);
      await nextLook();
    }
  };
  const watchers = Array.from({ length: WATCHERS }, (_, number) => {
    const known = new Map<string, HealthStatus>();
    const stop = new AbortController();
    let revision = 0n;
    const listen = async () => {
      while (!isOver) {
        const live = [...instances];
        const at = live[random(Math.max(1, live.length))];
        if (at === undefined) {
          await nextLook();
          continue;
        }
        const since = revision;
        let isFirst = true;
        try {
          for await (const { event } of at.client.watchHealth({ sinceRevision: since }, { signal: stop.signal })) {
            if (since > 0n && isFirst) resumed += 1;
            if (since > 0n && isFirst && event.case === 'snapshot') snapshots += 1;
            isFirst = false;
            const next = event.value?.revision ?? 0n;
            if (next < revision) violations.push(`watcher ${number} was at ${revision}, and then at ${next}`);
            revision = next;
            if (event.case === 'snapshot') known.clear();
            if (event.case === 'snapshot' || event.case === 'change') {
              for (const { component, status } of event.value.components) known.set(component, status);
            }
          }
        } catch {
          // It was killed, drains, or is behind.
        }
        await nextLook();
      }
    };
    return { known, stop, listening: listen() };
  });

  const strike = async (fault: InstanceFault, holder: Running) => {
    const fromMs = performance.now();
    if (fault === 'restart the database') {
      await server.stop('immediate');
      await server.start();
    } else if (fault === 'freeze') {
      holder.openk.signal('SIGSTOP');
      instances.delete(holder);
    } else {
      holder.openk.signal(fault === 'kill' ? 'SIGKILL' : 'SIGTERM');
      await forget(holder);
    }
    const next = await report(JOBS[random(JOBS.length)]!, STATUSES[random(STATUSES.length)]!);
    const tookMs = performance.now() - fromMs;
    longest[fault] = Math.max(longest[fault], Math.round(tookMs));
    if (tookMs > TAKEN_OVER_WITHIN_MS[fault])
      violations.push(`after '${fault}' nobody decided for ${Math.round(tookMs)} ms`);
    if (fault === 'freeze') {
      holder.openk.signal('SIGCONT');
      const code = await holder.openk.exited;
      if (code !== 1) violations.push(`one that was frozen ended with ${code}`);
      await forget(holder);
    }
    if (fault === 'stop') {
      const code = await holder.openk.exited;
      if (code !== 0) violations.push(`one that was stopped ended with ${code}`);
    }
    return next;
  };
  const summary = (transitions = 0): InstanceReport => ({
    rounds: done,
    answered,
    transitions,
    messages: receiver.received.length,
    repeated: receiver.received.length - new Set(receiver.received.map(({ id }) => id)).size,
    resumed,
    snapshots,
    longestKillMs: longest.kill,
    longestStopMs: longest.stop,
    longestFreezeMs: longest.freeze,
    violations,
  });

  try {
    for (let at = 0; at < 3; at++) await launch();
    for (; done < rounds; done++) {
      let holder: Running | undefined;
      for (let reports = 0; reports < REPORTS; reports++) {
        holder = await report(JOBS[random(JOBS.length)]!, STATUSES[random(STATUSES.length)]!);
      }
      await strike(faults?.[done % faults.length] ?? FAULTS[random(FAULTS.length)]!, holder!);
      while (instances.size < 3) await launch();
      onRound?.(summary());
    }
    let holder: Running | undefined;
    for (const job of JOBS) holder = await report(job, HealthStatus.HEALTHY);
    const transitions = await checkTransitions(holder!.client, violations);
    for (const job of JOBS) {
      const { health } = await holder!.client.getHealth({ component: job });
      if (health?.status !== last.get(job)) violations.push(`${job} is not what was answered last`);
    }
    const isSame = () => watchers.every(({ known }) => JOBS.every((job) => known.get(job) === last.get(job)));
    if (!(await within(isSame))) violations.push('a watcher does not know what is there in the end');
    const opened = () => receiver.received.filter(({ type }) => type === 'alert.opened');
    const isResolved = (alert: string) =>
      receiver.received.some((one) => one.type === 'alert.resolved' && one.alert === alert);
    await within(() => opened().every(({ alert }) => isResolved(alert)), ENDED_WITHIN_MS);
    for (const { alert } of opened()) if (!isResolved(alert)) violations.push(`alert ${alert} was not ended`);
    for (const [alert, messages] of Map.groupBy(opened(), ({ alert: id }) => id)) {
      if (new Set(messages.map(({ id }) => id)).size > 1) violations.push(`alert ${alert} was opened twice`);
    }
    return summary(transitions);
  } finally {
    isOver = true;
    for (const { stop } of watchers) stop.abort();
    for (const { client } of instances) client.close();
    await Promise.all(watchers.map(({ listening }) => listening));
    await Promise.all(
      all.map(({ openk }) => {
        openk.signal('SIGCONT');
        return openk.dispose();
      }),
    );
    receiver.close();
  }
}

/** Each begins where the one before has ended: none is missing, and none is there twice. @returns how many there are */
async function checkTransitions(client: HealthClient, violations: string[]): Promise<number> {
  let count = 0;
  for (const component of JOBS) {
    let [next, pageToken] = [undefined as HealthStatus | undefined, ''];
    do {
      const page = await client.listTransitions({ component, pageToken, pageSize: 1000 });
      for (const { from, to } of page.transitions) {
        count += 1;
        if (next !== undefined && to !== next)
          violations.push(`a transition of ${component} is missing, or there twice`);
        next = from;
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }
  return count;
}

async function within(isSo: () => boolean, ms = ANSWERED_WITHIN_MS): Promise<boolean> {
  for (const untilMs = performance.now() + ms; !isSo(); await nextLook()) {
    if (performance.now() > untilMs) return false;
  }
  return true;
}

function nextLook(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
