// The last line of defence of a connection: what is thrown out of the code that serves it, and foreseen by nobody, ends at
// the most that connection, stands in the log with its stack, and is counted. Node would end the process with it (ADR 22).
import type { Logger } from 'pino';

/** Called with what was thrown where nothing should be. */
export type OnDefect = (error: unknown) => void;

/** @param count counts it in a metric */
export function createOnDefect(logger: Logger, count: () => void): OnDefect {
  return (error) => {
    count();
    logger.error({ err: error }, 'a connection met a defect');
  };
}

/** `serve`, or what ends the connection instead. */
export function guarded<Args extends unknown[]>(
  serve: (...args: Args) => void,
  onDefect: OnDefect,
  end: (...args: Args) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      serve(...args);
    } catch (error) {
      onDefect(error);
      end(...args);
    }
  };
}
