// Reads the configuration again when asked, one reading at a time: a wrong file changes nothing and is remembered as
// such, and requests that come while one is read are answered by one more.
import { type Fault, formatFault } from '../fault.ts';
import type { ConfigResult, LoadedConfig } from '../read-config.ts';

export interface ReloaderOptions {
  /** Rejects when the signal fires. */
  readonly load: (signal: AbortSignal) => Promise<ConfigResult>;
  /** What is wrong with it as the next one of the running configuration. */
  readonly check: (config: LoadedConfig) => readonly Fault[];
  /** Goes over to the configuration; what it throws is told by `onFailure`. */
  readonly apply: (config: LoadedConfig) => Promise<void>;
  readonly onFaults: (faults: readonly Fault[]) => void;
  readonly onFailure: (error: unknown) => void;
}

export interface Reloader {
  /** Settles, and never rejects, when a file that was read after this call is in force or was found wrong. */
  reload(): Promise<void>;
  /** Why the latest reading is not in force, a line for each fault; empty when it is. */
  notices(): readonly string[];
  /** Gives up what is read, and settles when nothing is any more; later requests are ignored. */
  close(): Promise<void>;
}

export function createReloader({ load, check, apply, onFaults, onFailure }: ReloaderOptions): Reloader {
  let notices: readonly string[] = [];
  let running: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;
  const closing = new AbortController();

  const readOnce = async () => {
    queued = undefined;
    if (closing.signal.aborted) return;
    try {
      const result = await load(closing.signal);
      if (closing.signal.aborted) return;
      const faults = result.ok ? check(result.config) : result.faults;
      if (result.ok && faults.length === 0) await apply(result.config);
      else onFaults(faults);
      notices = faults.map(formatFault);
    } catch (error) {
      if (closing.signal.aborted) return;
      notices = [error instanceof Error ? error.message : String(error)];
      onFailure(error);
    }
  };

  return {
    reload() {
      if (queued === undefined) {
        queued = running.then(readOnce);
        running = queued;
      }
      return queued;
    },
    notices: () => notices,
    close() {
      closing.abort();
      return running;
    },
  };
}
