// A dead man's switch: asks an address again and again as long as the engine makes progress, so that somebody learns when it does
// not. Nothing follows from the answer but a line of the log.
import type { Clock } from '../core/clock.ts';

export interface WatchdogSettings {
  readonly url: string;
  readonly everyMs: number;
}

export interface WatchdogOptions {
  readonly clock: Clock;
  /** GET; settles when it was answered well. @throws Error without secrets */
  readonly ask: (url: string, signal: AbortSignal) => Promise<void>;
  /** Whether probes run when they are due. */
  readonly makesProgress: () => boolean;
  /** Called when asking fails, and with undefined when it works again. Must not throw. */
  readonly onFault: (error: unknown) => void;
}

export interface Watchdog {
  /** Asks at once, and then by these settings; undefined: not at all. */
  configure(settings: WatchdogSettings | undefined): void;
  /** What is wrong with it, for people. */
  fault(): string | undefined;
  /** Settles when nothing is asked any more. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;

export function createWatchdog({ clock, ask, makesProgress, onFault }: WatchdogOptions): Watchdog {
  let running: WatchdogSettings | undefined;
  let stop = () => {};
  let asking: { readonly controller: AbortController; readonly end: Promise<void> } | undefined;
  let fault: string | undefined;

  const askOnce = async (url: string, controller: AbortController) => {
    const cancel = clock.after(TIMEOUT_MS, () => controller.abort());
    try {
      await ask(url, controller.signal);
      if (fault !== undefined) onFault(undefined);
      fault = undefined;
    } catch (error) {
      if (running?.url !== url) return;
      if (fault === undefined) onFault(error);
      fault = error instanceof Error ? error.message : String(error);
    } finally {
      cancel();
    }
  };
  const tick = () => {
    const settings = running;
    if (settings === undefined) return;
    stop = clock.after(settings.everyMs, tick);
    // One at a time, and none once nobody watches: the silence is the message.
    if (asking !== undefined || !makesProgress()) return;
    const controller = new AbortController();
    const end = askOnce(settings.url, controller).finally(() => {
      if (asking?.controller === controller) asking = undefined;
    });
    asking = { controller, end };
  };

  return {
    configure(settings) {
      if (settings?.url === running?.url && settings?.everyMs === running?.everyMs) return;
      stop();
      running = settings;
      fault = undefined;
      asking?.controller.abort();
      asking = undefined;
      tick();
    },
    fault: () => fault,
    async close() {
      stop();
      running = undefined;
      asking?.controller.abort();
      await asking?.end;
    },
  };
}
