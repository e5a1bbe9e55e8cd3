// What systemd learns of the process where a unit of Type=notify started it (sd_notify(3)): that it is ready, reloads or stops,
// and, for its watchdog, that it lives. Node has no datagrams over Unix sockets, so systemd's own `systemd-notify` sends each
// message (ADR 43). Without NOTIFY_SOCKET nothing is sent and no timer runs.
import { spawn } from 'node:child_process';
import type { Clock } from './core/clock.ts';
import type { Progress } from './engine/scheduler.ts';
import type { Environment } from './telemetry/environment.ts';

export interface ServiceManager {
  /** It answers. From here on the watchdog is fed while `progress` shows that the engine lives. */
  ready(status: string, progress: () => Progress): void;
  /** `work` is a reload, after which the state is what it returns. Those that overlap are one. Rejects as `work` does. */
  reload(work: () => Promise<string>): Promise<void>;
  stopping(): void;
  /** No timer and no child is left once it settles, which is within a second. */
  close(): Promise<void>;
}

export interface ServiceManagerOptions {
  /** NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, and PATH, by which `systemd-notify` is found. */
  readonly env: Environment;
  readonly pid: number;
  readonly clock: Clock;
  /** Called when messages begin to get lost, with why. */
  readonly onFault: (fault: string) => void;
}

/** systemd-notify itself waits five seconds until systemd has taken a message. */
const SEND_MS = 10_000;
/** How long the last message may keep the process from ending. */
const LAST_SEND_MS = 1000;

export function createServiceManager({ env, pid, clock, onFault }: ServiceManagerOptions): ServiceManager {
  const { NOTIFY_SOCKET: socket = '', PATH = '/usr/bin:/bin' } = env;
  if (socket === '') return UNMANAGED;
  const closing = new AbortController();
  let fault: string | undefined;
  let reloads = 0;
  let isBeating = false;
  let stopBeating = () => {};

  const run = async (assignments: readonly string[]) => {
    const failed = await notify(assignments, { NOTIFY_SOCKET: socket, PATH }, closing.signal);
    if (failed !== undefined && fault === undefined && !closing.signal.aborted) onFault(failed);
    fault = failed;
  };

  /** One message at a time, so that they arrive in their order. */
  let sent: Promise<void> = Promise.resolve();
  const send = (...assignments: readonly string[]): Promise<void> => {
    sent = sent.then(() => (closing.signal.aborted ? undefined : run(assignments)));
    return sent;
  };

  /** One at a time: where systemd-notify hangs, none are to pile up behind it. */
  const beat = async () => {
    if (isBeating) return;
    isBeating = true;
    await send('WATCHDOG=1');
    isBeating = false;
  };
  const keepBeating = (intervalMs: number, progress: () => Progress) => {
    let before = progress().started;
    const look = () => {
      const { started, overdueMs } = progress();
      // Late and at work is a machine that is too small, which a restart does not make larger.
      if (overdueMs < intervalMs || started !== before) void beat();
      before = started;
      stopBeating = clock.after(intervalMs, look);
    };
    stopBeating = clock.after(intervalMs, look);
    void beat();
  };

  return {
    ready(status, progress) {
      void send('READY=1', statusLine(status));
      const intervalMs = watchdogMs(env, pid) / 2;
      if (intervalMs > 0) keepBeating(intervalMs, progress);
    },
    async reload(work) {
      reloads++;
      // Since systemd 253 a reload without the time when it began is none.
      if (reloads === 1) await send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
      let status = '';
      try {
        status = await work();
      } finally {
        reloads--;
        if (reloads === 0) void send('READY=1', ...(status === '' ? [] : [statusLine(status)]));
      }
    },
    stopping: () => void send('STOPPING=1', 'STATUS=draining'),
    async close() {
      stopBeating();
      const overdue = setTimeout(() => closing.abort(), LAST_SEND_MS);
      await sent;
      clearTimeout(overdue);
      closing.abort();
    },
  };
}

const UNMANAGED: ServiceManager = {
  ready() {},
  async reload(work) {
    await work();
  },
  stopping() {},
  async close() {},
};

/** @returns why it was not sent; undefined when it was */
async function notify(
  assignments: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  try {
    spawn('systemd-notify', assignments, { env, stdio: 'ignore', timeout: SEND_MS, killSignal: 'SIGKILL', signal })
      .on('error', reject)
      .on('close', (code, name) => resolve(code === 0 ? undefined : `systemd-notify ended with ${code ?? name}`));
    return await promise;
  } catch (error) {
    return (error as Error).message;
  }
}

/** 0: this process has no watchdog. What a parent has is not ours. */
function watchdogMs({ WATCHDOG_USEC: usec = '', WATCHDOG_PID: owner = '' }: Environment, pid: number): number {
  const isOurs = owner === '' || owner === String(pid);
  return isOurs && /^[1-9]\d{0,15}$/.test(usec) ? Number(usec) / 1000 : 0;
}

function statusLine(status: string): string {
  return `STATUS=${status.replaceAll(/\s+/g, ' ')}`;
}
