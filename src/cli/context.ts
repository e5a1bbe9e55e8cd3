// What a command may use of the world: output, environment, time, chance, and the signal to stop. All of it comes in as
// an argument, so that a test runs a command as a function.
import type { Writable } from 'node:stream';
import type { Clock } from '../core/clock.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where text goes. `process.stdout` is one. */
export type Output = Writable & {
  /** True when a person looks at it. */
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Of a stream of the process. */
  readonly fd?: number;
};

export interface CliContext {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Environment;
  readonly clock: Clock;
  /** Like Math.random: for the jitter of reconnects. */
  readonly random: () => number;
  /** Bytes that nobody can guess. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** Fires on SIGINT and SIGTERM; its reason is the name of the signal. */
  readonly signal: AbortSignal;
}

/** The value of a variable, where an empty one counts as not set. */
export function variable(env: Environment, name: string): string | undefined {
  return env[name] || undefined;
}

/** Whether to colour what goes to `output`: a person looks at it, and NO_COLOR (no-color.org) is not set. */
export function wantsColor(output: Output, env: Environment): boolean {
  return output.isTTY === true && variable(env, 'NO_COLOR') === undefined && env.TERM !== 'dumb';
}
