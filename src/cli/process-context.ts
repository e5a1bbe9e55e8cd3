// The context of the real process: its streams, its environment, its signals.
import { randomBytes } from 'node:crypto';
import { systemClock } from '../engine/system-clock.ts';
import type { CliContext, Output } from './context.ts';
import type { ProcessSignals } from './process-signals.ts';
import type { ServerSignals } from './serve.ts';

export function createProcessContext(
  { stop, onHangup, onSecondStop }: ProcessSignals,
  stdout: Output,
): CliContext & ServerSignals {
  process.stderr.on('error', () => {});
  return {
    stdout,
    stderr: process.stderr,
    env: process.env,
    clock: systemClock,
    random: Math.random,
    randomBytes,
    signal: stop,
    onHangup,
    onSecondStop,
  };
}
