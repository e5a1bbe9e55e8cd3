// Reads the configuration again when asked, one reading at a time: a wrong file changes nothing and is remembered as
// such, and requests that come while one is read are answered by one more.
import { type Fault, formatFault } from '../fault.ts';
import type { ConfigResult, LoadedConfig } from '../read-config.ts';

export interface ReloaderOptions {
  /** Rejects when the signal fires. */
  readonly load: (signal: AbortSignal) => Promise<ConfigResult>;
  /** Ids of what it takes away from the running configuration. */
  readonly compare: (config: LoadedConfig) => Promise<readonly string[]>;
  /** What is wrong with it as the next one of the running configuration. */
  readonly check: (config: LoadedConfig, removed: readonly string[]) => readonly Fault[];
  /** Goes over to the configuration; `onFailure` has what it throws. */
  readonly apply: (config: LoadedConfig, removed: readonly string[]) => Promise<void>;
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

export function createReloader({ load, compare, check, apply, onFaults, onFailure }: ReloaderOptions): Reloader {
  let notices: readonly string[] = [];
  let running: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;
  const closing = new AbortController();

  /** @returns what is wrong with it: then it is not in force */
  const goOver = async (config: LoadedConfig) => {
    const removed = await compare(config);
    const faults = check(config, removed);
    if (faults.length === 0) await apply(config, removed);
    return faults;
  };
  const readOnce = async () => {
    queued = undefined;
    if (closing.signal.aborted) return;
    try {
      const result = await load(closing.signal);
      if (closing.signal.aborted) return;
      const faults = result.ok ? await goOver(result.config) : result.faults;
      if (faults.length > 0) onFaults(faults);
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
