// The context of the real process: its streams, its environment, its signals.
import { randomBytes } from 'node:crypto';
import { systemClock } from '../engine/system-clock.ts';
import type { CliContext } from './context.ts';
import type { ProcessSignals } from './process-signals.ts';
import type { ServerSignals } from './serve.ts';

export function createProcessContext({ stop, onHangup, onSecondStop }: ProcessSignals): CliContext & ServerSignals {
  // A reader that goes away (`openk watch | head -1`) is no fault of ours, at whatever moment it is noticed.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  return {
    stdout: process.stdout,
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
