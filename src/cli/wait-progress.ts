// What `openk wait` prints while it waits: each change once, none of the keep-alives between. Stands alone so that
// healthy-gate.ts is about proof and not about words.
import type { ConnectError } from '@connectrpc/connect';
import type { ComponentHealth } from '../../gen/openk/health/v1/health_pb.ts';
import { formatDuration } from '../config/duration.ts';
import type { Clock } from '../core/clock.ts';
import type { Connection } from './connection.ts';
import { describeFailure, type Failure } from './failure.ts';
import { headline } from './health-text.ts';
import type { HealthyRun } from './healthy-run.ts';
import { printable } from './text.ts';

export interface WaitProgressOptions {
  readonly component: string;
  readonly forMs: number;
  readonly connection: Connection;
  readonly clock: Clock;
  /** Takes a line; settles early when the signal fires. */
  readonly print: (line: string, signal: AbortSignal) => Promise<void>;
}

export interface WaitProgress {
  /** Takes what the server sent; `run` is what it adds up to. */
  received(health: ComponentHealth | undefined, run: HealthyRun | undefined, signal: AbortSignal): Promise<void>;
  lost(error: ConnectError, signal: AbortSignal): Promise<void>;
  /** Whether the server ever sent anything. */
  readonly answered: boolean;
  /** State of the wait, as the words of a failure. */
  readonly standing: Failure;
}

export function createWaitProgress({ component, forMs, connection, clock, print }: WaitProgressOptions): WaitProgress {
  let answered = false;
  let line = '';
  let run: HealthyRun | undefined;
  let failure: Failure | undefined;

  /** What there is to wait for. */
  const outlook = (before: HealthyRun | undefined) => {
    if (run === undefined) return 'waiting for HEALTHY';
    const rest = formatDuration(Math.max(Math.round(run.startedMs + forMs - clock.monotonicMs()), 0));
    if (before !== undefined && run !== before) return `it was not all the time in between, so ${rest} begin anew`;
    return `to stay so for ${rest}`;
  };
  return {
    async received(health, nextRun, signal) {
      const before = { line, run, failure };
      line = health === undefined ? `${printable(component)} does not exist (any more)` : headline(health, false);
      run = nextRun;
      failure = undefined;
      answered = true;
      if (before.failure === undefined && before.run === run && before.line === line) return;
      await print(`${line}; ${outlook(before.run)}`, signal);
    },
    async lost(error, signal) {
      const before = failure?.message;
      failure = describeFailure(error, connection);
      if (failure.message !== before) await print(`${failure.message}; trying again`, signal);
    },
    get answered() {
      return answered;
    },
    get standing() {
      return failure ?? { message: answered ? line : `${connection.server} was silent` };
    },
  };
}
