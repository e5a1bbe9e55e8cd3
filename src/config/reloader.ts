// Reads the configuration again when asked, one reading at a time: a wrong file changes nothing and is remembered as
// such, and requests that come while one is read are answered by one more.
import type { Fault } from './fault.ts';
import type { ConfigResult, LoadedConfig } from './parse-config.ts';

export interface ReloaderOptions {
  readonly load: () => Promise<ConfigResult>;
  /** Goes over to the configuration; what it throws is told by `onFailure`. */
  readonly apply: (config: LoadedConfig) => Promise<void>;
  readonly onFaults: (faults: readonly Fault[]) => void;
  readonly onFailure: (error: unknown) => void;
}

export interface Reloader {
  /** Settles, and never rejects, when a file that was read after this call is in force or was found wrong. */
  reload(): Promise<void>;
  /** Of the latest reading; empty when it succeeded. */
  faults(): readonly Fault[];
  /** Settles when nothing is read any more; later requests are ignored. */
  close(): Promise<void>;
}

export function createReloader({ load, apply, onFaults, onFailure }: ReloaderOptions): Reloader {
  let faults: readonly Fault[] = [];
  let running: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;
  let closed = false;

  const readOnce = async () => {
    queued = undefined;
    if (closed) return;
    try {
      const result = await load();
      if (closed) return;
      faults = result.ok ? [] : result.faults;
      if (result.ok) await apply(result.config);
      else onFaults(result.faults);
    } catch (error) {
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
    faults: () => faults,
    close() {
      closed = true;
      return running;
    },
  };
}
