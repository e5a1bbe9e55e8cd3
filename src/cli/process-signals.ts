// What the operating system asks of the process, heard from its first moment on: this file imports nothing, so that main.ts
// has it before the half second in which everything else is loaded.

export interface ProcessSignals {
  /** Fires at the first SIGINT or SIGTERM; its reason is the name of the signal. */
  readonly stop: AbortSignal;
  /** Calls `listener` at each later one, in place of ending the process. The result ends that. */
  onSecondStop(listener: () => void): () => void;
  /** Calls `listener` at each SIGHUP, and once for those that nobody listened to. The result ends that. */
  onHangup(listener: () => void): () => void;
}

/** Of Ctrl-C npm hears from the terminal, as its child does, and hands it on to it: the same request by two ways. */
const SAME_REQUEST_MS = 200;

/**
 * @param keepsHangups Whether a SIGHUP that nobody listens to yet, or any more, is kept and not the end of the process: it
 * is for a server, and not for what a person runs in a terminal.
 */
export function createProcessSignals({ keepsHangups }: { readonly keepsHangups: boolean }): ProcessSignals {
  const stop = new AbortController();
  let stoppedAtMs = 0;
  const onSecond = new Set<() => void>();
  const onStop = (name: NodeJS.Signals) => {
    if (!stop.signal.aborted) {
      stoppedAtMs = performance.now();
      stop.abort(name);
      return;
    }
    if (performance.now() - stoppedAtMs < SAME_REQUEST_MS) return;
    if (onSecond.size === 0) {
      // Node's own handling: it ends a process that hangs.
      process.off('SIGINT', onStop).off('SIGTERM', onStop);
      process.kill(process.pid, name);
    }
    for (const listener of [...onSecond]) listener();
  };
  process.on('SIGINT', onStop).on('SIGTERM', onStop);

  const onHangup = new Set<() => void>();
  let isPending = false;
  const hangUp = () => {
    isPending = onHangup.size === 0;
    for (const listener of [...onHangup]) listener();
  };
  if (keepsHangups) process.on('SIGHUP', hangUp);

  return {
    stop: stop.signal,
    onSecondStop(listener) {
      onSecond.add(listener);
      return () => void onSecond.delete(listener);
    },
    onHangup(listener) {
      onHangup.add(listener);
      if (isPending) hangUp();
      return () => void onHangup.delete(listener);
    },
  };
}
