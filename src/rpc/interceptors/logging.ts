// One log line per call, at a level by its outcome. Calls that went well and fast are written at `debug`: on the hot path
// the metrics tell of them.

import { isServerError } from './metrics.ts';
import type { CallObserver, ObservedCall } from './observe-calls.ts';

/** Of pino's logger, what is used here. */
export interface CallLogger {
  isLevelEnabled(level: string): boolean;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface CallLoggingOptions {
  readonly logger: CallLogger;
  /** A unary call that took this long is worth a line. */
  readonly slowMs?: number;
}

const SLOW_MS = 1_000;

export function createCallLogging({ logger, slowMs = SLOW_MS }: CallLoggingOptions): CallObserver {
  return (call) =>
    ({ code, durationMs }) => {
      const isSlow = !call.isStream && durationMs >= slowMs;
      const level = isServerError(code) ? 'warn' : isSlow ? 'info' : 'debug';
      if (!logger.isLevelEnabled(level)) return;
      logger[level](fieldsOf(call, code, durationMs), isSlow ? 'slow call' : 'call');
    };
}

function fieldsOf({ method, protocol, peer, traceparent }: ObservedCall, code: string, durationMs: number): object {
  const traceId = traceparent?.split('-')[1];
  return {
    method,
    protocol,
    code,
    durationMs: Math.round(durationMs * 1000) / 1000,
    peer,
    ...(traceId && { traceId }),
  };
}
