// One log line per call, at a level by its outcome: `warn` for errors of the server, `info` for errors of the caller and for
// slow calls, `debug` for the rest. Of that rest a busy server writes a sample, which says how many it speaks for.
import { trace } from '@opentelemetry/api';
import type { Propagation } from '../propagation.ts';
import { isServerError, OTHER_METHOD } from './call-outcome.ts';
import type { CallEnd, CallObserver, ObservedCall } from './observed-call.ts';

/** Of pino's logger, what is used here. */
export interface CallLogger {
  isLevelEnabled(level: string): boolean;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface CallLoggingOptions {
  readonly logger: CallLogger;
  readonly monotonicMs: () => number;
  /** A unary call that took this long is worth a line. */
  readonly slowMs?: number;
  /** Lines at `debug` for one method by one protocol. */
  readonly linesPerSecond?: number;
  /** Where the call is traced. Default: nowhere, and then the caller's own trace counts. */
  readonly traceIdOf?: (call: ObservedCall) => string | undefined;
  readonly propagation: Propagation;
  /** Aborted: OpenK is to end, and streams with it, which it says of all of them at once. Default: never. */
  readonly draining?: AbortSignal;
}

const SLOW_MS = 1_000;
const LINES_PER_SECOND = 10;

export function createCallLogging(options: CallLoggingOptions): CallObserver {
  const { logger, slowMs = SLOW_MS, traceIdOf, propagation, draining } = options;
  const takeTurn = createSampling(options.linesPerSecond ?? LINES_PER_SECOND, options.monotonicMs);
  return (call) => (end) => {
    const isSlow = !call.isStream && end.durationMs >= slowMs;
    const isEnded = call.isStream && end.code === 'UNAVAILABLE' && draining?.aborted === true;
    const level = isEnded ? 'debug' : levelOf(call, end, isSlow);
    if (!logger.isLevelEnabled(level)) return;
    const skipped = level === 'debug' ? takeTurn(`${call.protocol} ${call.method}`) : 0;
    if (skipped === undefined) return;
    const traceId = traceIdOf?.(call) ?? trace.getSpanContext(propagation.extract(call))?.traceId;
    logger[level](fieldsOf(call, end, traceId, skipped), isSlow ? 'slow call' : 'call');
  };
}

function levelOf({ method }: ObservedCall, { code }: CallEnd, isSlow: boolean): 'debug' | 'info' | 'warn' {
  // Who asks for a method that is not there is at fault, whatever its code.
  if (isServerError(code) && method !== OTHER_METHOD) return 'warn';
  return isSlow || (code !== 'OK' && code !== 'CANCELLED') ? 'info' : 'debug';
}

function fieldsOf(
  { method, protocol, peer }: ObservedCall,
  { code, durationMs }: CallEnd,
  traceId: string | undefined,
  skipped: number,
): object {
  return {
    method,
    protocol,
    code,
    durationMs: Math.round(durationMs * 1000) / 1000,
    peer,
    ...(traceId !== undefined && { traceId }),
    ...(skipped > 0 && { skipped }),
  };
}

const WINDOW_MS = 1000;

interface Window {
  startedMs: number;
  lines: number;
  skipped: number;
}

/** Says for a line how many were skipped since the last one; undefined: it is to be skipped itself. */
function createSampling(linesPerSecond: number, monotonicMs: () => number) {
  // Keys are methods of ours, so there are not many.
  const windows = new Map<string, Window>();
  return (key: string): number | undefined => {
    const nowMs = monotonicMs();
    const window = windows.get(key) ?? { startedMs: nowMs, lines: 0, skipped: 0 };
    windows.set(key, window);
    if (nowMs - window.startedMs >= WINDOW_MS) {
      window.startedMs = nowMs;
      window.lines = 0;
    }
    if (window.lines >= linesPerSecond) {
      window.skipped++;
      return undefined;
    }
    window.lines++;
    const { skipped } = window;
    window.skipped = 0;
    return skipped;
  };
}
