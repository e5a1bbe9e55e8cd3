// A real OpenK that is stopped for a while, as a suspended machine is, and what it says of that time afterwards.
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { durationMs, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { HealthStatus } from '../../../gen/openk/common/v1/common_pb.ts';
import type { ComponentHealth } from '../../../gen/openk/health/v1/health_pb.ts';
import { connectHealthClient, type HealthClient } from '../running-openk.ts';
import { launchOpenk } from '../spawned-openk.ts';
import { type Suspend, suspendBySignal } from './suspend.ts';

export interface FreezeOptions {
  readonly frozenMs: number;
  /** Of the probes; shorter than the freeze. */
  readonly staleAfterMs: number;
  /** Of the heartbeat, which is due in the freeze. */
  readonly periodMs: number;
  /** `sqlite:PATH` or `memory:` */
  readonly storage: string;
  /** Left out: by a signal. */
  readonly suspend?: Suspend;
}

export interface Told {
  readonly atMs: number;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly code: string | undefined;
}

export interface FreezeReport {
  /** Wall clock when the process was stopped, and when it went on. */
  readonly stoppedMs: number;
  readonly wokeMs: number;
  /** The last look that was known before the stop. */
  readonly checkedMs: number;
  readonly reportedMs: number;
  /** Changes from the stop on, the oldest first. */
  readonly probe: readonly Told[];
  readonly beat: readonly Told[];
  readonly group: readonly Told[];
  /** What is said of the moments before and after the probe's last look ran out. */
  readonly beforeExpiry: ComponentHealth | undefined;
  readonly afterExpiry: ComponentHealth | undefined;
  /** Of the probe, over all its time, in milliseconds. */
  readonly time: Readonly<Record<'healthy' | 'unhealthy' | 'unknown', number>>;
  /** The same as its changes have it. */
  readonly timeByChanges: Readonly<Record<string, number>>;
  /** Connections that the target had in the second after the wake. */
  readonly looksOnWaking: number;
  readonly gapLines: number;
}

export const PROBES = 50;

export async function freezeOnce(options: FreezeOptions): Promise<FreezeReport> {
  const { frozenMs, staleAfterMs, periodMs, storage, suspend = suspendBySignal } = options;
  const looks: number[] = [];
  const target = createServer((socket) => {
    looks.push(Date.now());
    socket.on('error', () => {});
    socket.end();
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const { port } = target.address() as { port: number };
  const probe = (id: string) =>
    `  - { id: ${id}, tcp: { target: "127.0.0.1:${port}" }, interval: 500ms, timeout: 400ms, unhealthy_threshold: 1, stale_after: ${staleAfterMs}ms }\n`;
  const ids = Array.from({ length: PROBES }, (_, n) => `p${n}`);
  const config = `components:\n${ids.map(probe).join('')}  - { id: beat, heartbeat: { period: ${periodMs}ms } }\n`;
  const openk = await launchOpenk(config, { storage });
  const client = connectHealthClient(await openk.address);
  const health = async (component: string) => (await client.getHealth({ component })).health;
  const until = async (component: string, status: HealthStatus, sinceMs = 0) => {
    for await (const _ of client.watchHealth({ components: [component] })) {
      const now = await health(component);
      if (now?.status === status && now.since && timestampMs(now.since) >= sinceMs) return;
    }
  };
  try {
    const { health: reported } = await client.reportHealth({ component: 'beat', status: HealthStatus.HEALTHY });
    await until('p0', HealthStatus.HEALTHY);
    await until('system', HealthStatus.HEALTHY);
    const stoppedMs = Date.now();
    const before = await health('p0');
    const goOn = await suspend(openk.pid);
    // The one thing that cannot be hurried: the time of another process.
    await wait(frozenMs);
    const wokeMs = Date.now();
    await goOn();
    await until('p0', HealthStatus.HEALTHY, wokeMs);
    await until('system', HealthStatus.UNKNOWN, stoppedMs);
    await wait(1_000);
    const changes = async (component: string): Promise<Told[]> => {
      const { transitions } = await client.listTransitions({ component, pageSize: 1000 });
      return transitions.toReversed().map(({ time, from, to, reason }) => ({
        atMs: timestampMs(time!),
        from: statusName(from),
        to: statusName(to),
        code: reason?.code,
      }));
    };
    const all = await changes('p0');
    const since = (list: readonly Told[]) => list.filter(({ atMs }) => atMs > stoppedMs);
    const at = async (ms: number) => (await client.getHealth({ component: 'p0', at: timestampFromMs(ms) })).health;
    const expiryMs = since(all)[0]?.atMs ?? stoppedMs;
    const { to, ...time } = await availabilityOf(client, 'p0');
    return {
      stoppedMs,
      wokeMs,
      checkedMs: timestampMs(before!.checkedAt!),
      reportedMs: timestampMs(reported!.checkedAt!),
      probe: since(all),
      beat: since(await changes('beat')),
      group: since(await changes('system')),
      beforeExpiry: await at(expiryMs - 1),
      afterExpiry: await at(expiryMs + 1),
      time,
      timeByChanges: timeByStatus(all, to),
      looksOnWaking: looks.filter((lookMs) => lookMs >= wokeMs && lookMs < wokeMs + 500).length,
      gapLines: openk.log.filter(({ gapMs }) => typeof gapMs === 'number').length,
    };
  } finally {
    client.close();
    await openk.dispose();
    await new Promise((resolve) => target.close(resolve));
  }
}

async function availabilityOf(client: HealthClient, component: string) {
  const { availability, to } = await client.getAvailability({ component });
  const { healthy, unhealthy, unknown } = availability!.total!.time!;
  const ms = (duration: typeof healthy) => (duration ? durationMs(duration) : 0);
  return { healthy: ms(healthy), unhealthy: ms(unhealthy), unknown: ms(unknown), to: timestampMs(to!) };
}

function statusName(status: HealthStatus): string | undefined {
  return Object.entries(HealthStatus).find(([, known]) => known === status)?.[0];
}

/** From the first change on. */
function timeByStatus(changes: readonly Told[], untilMs: number): Record<string, number> {
  const time: Record<string, number> = {};
  for (const [position, { atMs, to = '' }] of changes.entries()) {
    time[to] = (time[to] ?? 0) + (changes[position + 1]?.atMs ?? untilMs) - atMs;
  }
  return time;
}

/** What is not as it should be. */
export function freezeFaults(report: FreezeReport, { staleAfterMs, periodMs }: FreezeOptions): string[] {
  const faults: string[] = [];
  const check = (isRight: boolean, what: string) => {
    if (!isRight) faults.push(what);
  };
  const { probe, beat, group, stoppedMs, wokeMs, checkedMs, reportedMs, time, timeByChanges } = report;
  const isNear = (ms: number, expectedMs: number, byMs: number) => Math.abs(ms - expectedMs) <= byMs;
  const [stale, again, ...more] = probe;
  // Another look may have come between the question and the stop.
  const ranOut =
    stale !== undefined && stale.atMs >= checkedMs + staleAfterMs - 2 && stale.atMs <= stoppedMs + staleAfterMs + 50;
  check(stale?.to === 'UNKNOWN' && stale.code === 'STALE' && ranOut, `stale: ${JSON.stringify(stale)}`);
  check(again?.to === 'HEALTHY' && again.atMs >= wokeMs - 5, `again: ${JSON.stringify(again)}`);
  check(more.length === 0, `more changes: ${JSON.stringify(more)}`);
  check(group[0]?.to === 'UNKNOWN' && group[0].atMs < wokeMs, `group: ${JSON.stringify(group)}`);
  check(![...group, ...beat].some(({ to }) => to === 'UNHEALTHY'), 'something is called unhealthy');
  const [missed] = beat;
  check(missed?.to === 'UNKNOWN' && missed.code === 'MISSED_WHILE_NOT_WATCHING', `beat: ${JSON.stringify(beat)}`);
  check(isNear(missed?.atMs ?? 0, reportedMs + periodMs, 5), `beat at ${missed?.atMs}, not ${reportedMs + periodMs}`);
  check(report.beforeExpiry?.status === HealthStatus.HEALTHY, 'not HEALTHY before what was seen ran out');
  const { afterExpiry } = report;
  check(afterExpiry?.status === HealthStatus.UNKNOWN && afterExpiry.reason?.code === 'STALE', 'not STALE after that');
  check(time.unhealthy === 0, `unhealthy for ${time.unhealthy} ms`);
  check(
    isNear(time.healthy, timeByChanges.HEALTHY ?? 0, 20),
    `healthy ${time.healthy}, by changes ${timeByChanges.HEALTHY}`,
  );
  check(time.unknown >= wokeMs - stoppedMs - staleAfterMs - 50, `unknown for ${time.unknown} ms only`);
  check(report.looksOnWaking <= PROBES * 2, `${report.looksOnWaking} looks on waking`);
  check(report.gapLines >= 1, 'no word of it in the log');
  return faults;
}
