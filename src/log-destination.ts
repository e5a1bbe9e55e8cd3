// Where the log goes: written beside everything else, so that a reader who is slow or gone holds nobody up. What does not fit
// in the meantime is dropped and counted.
import { type DestinationStream, type Logger, pino } from 'pino';
import sonicBoom from 'sonic-boom';
import type { Output } from './cli/context.ts';
import { logText } from './cli/log-text.ts';
import type { LogStyle } from './cli/serve.ts';

export interface LogDestination {
  readonly stream: DestinationStream;
  /** Lines that nobody will read, since the start. */
  droppedLines(): number;
  /** Settles once everything is written, or cannot be, or after so many milliseconds. */
  flush(withinMs: number): Promise<void>;
}

/** What may wait for a reader, in bytes. */
const MAX_WAITING_BYTES = 4 * 2 ** 20;

/** Lines with the time (RFC 3339) and the level by its name. */
export function createLogger(level: string, { stream }: Pick<LogDestination, 'stream'>, style: LogStyle): Logger {
  const formatters = { level: (name: string) => ({ level: name }) };
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters };
  if (style === 'json') return pino(options, stream);
  const isColoured = style === 'coloured text';
  return pino(options, { write: (line) => stream.write(logText(line, isColoured)) });
}

/** @param output The process's own; any other takes the lines as it likes. */
export function createLogDestination(output: Output): LogDestination {
  if (output.fd === undefined) return { stream: output, droppedLines: () => 0, flush: async () => {} };
  // With a least length of one byte `flush` waits for what is being written; with none it does not.
  const writer = new sonicBoom.SonicBoom({ fd: output.fd, sync: false, minLength: 1, maxLength: MAX_WAITING_BYTES });
  let dropped = 0;
  writer.on('drop', () => {
    dropped += 1;
  });
  // A pipe that nobody reads any more, a disk that is full: it tries again with the next line.
  writer.on('error', () => {});
  return {
    stream: writer,
    droppedLines: () => dropped,
    flush(withinMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const overdue = setTimeout(resolve, withinMs);
      writer.flush(() => {
        clearTimeout(overdue);
        resolve();
      });
      return promise;
    },
  };
}
