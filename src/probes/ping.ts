// Pings by the program `ping` of the machine, since Node opens no ICMP sockets (docs/adr/0071-icmp-by-the-program-ping.md). One for all probes: it bounds how many
// processes there are at once, and ends each of them.
import { spawn } from 'node:child_process';
import type { Clock } from '../core/clock.ts';
import { type Echo, readPing } from './ping-output.ts';
import { CannotLook } from './reason.ts';

export interface Pinger {
  /**
   * Sends one echo request.
   * @param address an IP address, whose zone it may have: nothing else
   * @throws CannotLook, Node's errors for want of resources, the signal's reason
   */
  ping(address: string, run: PingRun): Promise<Echo>;
}

export interface PingRun {
  /** Ends the process; the promise settles when it is gone. */
  readonly signal: AbortSignal;
  /** How long to wait for a place among the processes. */
  readonly waitMs: number;
}

export interface PingerOptions {
  readonly clock: Clock;
  /** Where the program is looked for. */
  readonly path: string;
  readonly maxProcesses?: number;
}

/** Some megabytes each, most of them shared. */
const MAX_PROCESSES = 128;
/** It says a few lines. */
const MAX_OUTPUT_CHARS = 4096;
/** One request, and nothing looked up. It gives up after ten seconds by itself, so none outlives an OpenK that was killed by more. */
const ARGUMENTS = ['-n', '-c', '1'];

export function createPinger({ clock, path, maxProcesses = MAX_PROCESSES }: PingerOptions): Pinger {
  let running = 0;
  const waiting: (() => void)[] = [];

  const takePlace = ({ signal, waitMs }: PingRun): Promise<void> => {
    signal.throwIfAborted();
    if (running < maxProcesses) {
      running++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimer();
        signal.removeEventListener('abort', onAbort);
        const at = waiting.indexOf(go);
        if (at !== -1) waiting.splice(at, 1);
      };
      const go = () => {
        end();
        running++;
        resolve();
      };
      const onAbort = () => {
        end();
        reject(signal.reason);
      };
      const clearTimer = clock.after(waitMs, () => {
        end();
        reject(new CannotLook('OUT_OF_RESOURCES', `OpenK pings ${maxProcesses} hosts at once already`));
      });
      signal.addEventListener('abort', onAbort, { once: true });
      waiting.push(go);
    });
  };

  return {
    async ping(address, run) {
      await takePlace(run);
      try {
        return await runPing(address, path, run.signal);
      } finally {
        running--;
        waiting[0]?.();
      }
    },
  };
}

function runPing(address: string, path: string, signal: AbortSignal): Promise<Echo> {
  return new Promise((resolve, reject) => {
    // Nothing of the environment but where programs are: it may hold secrets, and the language is to be known.
    const child = spawn('ping', [...ARGUMENTS, address], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: path, LC_ALL: 'C' },
    });
    const kill = () => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text.slice(0, MAX_OUTPUT_CHARS - said[stream].length);
      });
    }
    let error: Error | undefined;
    child.once('error', (failed) => {
      error = failed;
    });
    child.once('close', (exitCode) => {
      signal.removeEventListener('abort', kill);
      try {
        if (signal.aborted) throw signal.reason;
        if (error !== undefined) throw startFault(error);
        resolve(readPing({ exitCode, ...said }));
      } catch (fault) {
        reject(fault);
      }
    });
  });
}

/** What keeps the program from being run is no fault of the target. */
function startFault(error: NodeJS.ErrnoException): Error {
  const message =
    error.code === 'ENOENT'
      ? 'OpenK finds no program ping on its PATH: install the package iputils-ping (Debian, Ubuntu) or iputils (Alpine, Fedora)'
      : error.code === 'EACCES' || error.code === 'EPERM'
        ? 'OpenK may not run the program ping'
        : undefined;
  return message === undefined ? error : new CannotLook('PING_UNAVAILABLE', message);
}
