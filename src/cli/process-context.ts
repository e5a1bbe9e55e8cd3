// The context of the real process: its streams, its environment, its signals.
import { systemClock } from '../engine/system-clock.ts';
import type { CliContext } from './context.ts';
import type { HangupSource } from './serve.ts';

/**
 * The first SIGINT or SIGTERM fires the signal of the context. After that Node's own handling is back, so that a second
 * one ends a process that hangs.
 */
export function createProcessContext(): CliContext & { readonly onHangup: HangupSource } {
  const stop = new AbortController();
  const stopOn = (name: NodeJS.Signals) => {
    stop.abort(name);
    process.off('SIGINT', stopOn).off('SIGTERM', stopOn);
  };
  process.on('SIGINT', stopOn).on('SIGTERM', stopOn);
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    clock: systemClock,
    random: Math.random,
    signal: stop.signal,
    onHangup(listener) {
      process.on('SIGHUP', listener);
      return () => process.off('SIGHUP', listener);
    },
  };
}
