// What the SDK says of itself, in the log of OpenK, without the secrets of the environment.
import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import type { CallLogger } from './calls/logging.ts';
import type { TelemetryEnvironment } from './environment.ts';

/** Texts that were said, so that each is said once. */
const MAX_KNOWN = 100;

/** From now on, until `diag.disable()`. */
export function logSdk(logger: CallLogger, { logLevel }: TelemetryEnvironment, redact: (text: string) => string): void {
  const known = new Set<string>();
  const say =
    (write: (fields: object, message: string) => void) =>
    (message: string, ...rest: readonly unknown[]) => {
      const words = rest.map((each) => (each instanceof Error ? each.message : typeof each === 'string' ? each : ''));
      const text = redact([message, ...words].filter((word) => word !== '').join(' '));
      if (known.has(text) || known.size >= MAX_KNOWN) return;
      known.add(text);
      write({ by: 'opentelemetry' }, text);
    };
  const warn = say((fields, message) => logger.warn(fields, message));
  const info = say((fields, message) => logger.info(fields, message));
  const debug = say((fields, message) => logger.debug(fields, message));
  const own: DiagLogger = { error: warn, warn, info, debug, verbose: debug };
  diag.setLogger(own, { logLevel: LEVELS[logLevel ?? ''] ?? DiagLogLevel.WARN, suppressOverrideMessage: true });
}

const LEVELS: Readonly<Record<string, DiagLogLevel>> = {
  none: DiagLogLevel.NONE,
  error: DiagLogLevel.ERROR,
  warn: DiagLogLevel.WARN,
  info: DiagLogLevel.INFO,
  debug: DiagLogLevel.DEBUG,
  verbose: DiagLogLevel.VERBOSE,
  all: DiagLogLevel.ALL,
};
