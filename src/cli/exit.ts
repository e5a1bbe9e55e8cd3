// How a command ends: the exit codes that scripts rely on, and the error that carries one.

export const EXIT = {
  ok: 0,
  /** check: the component is UNHEALTHY. */
  unhealthy: 1,
  /** wait: it was not healthy for long enough in time. */
  timedOut: 1,
  /** report: the component is no heartbeat. */
  takesNoReports: 1,
  /** ack: the alert is over. */
  alertIsOver: 1,
  /** alerts test: the channel took no message. */
  notAccepted: 1,
  /** Something of our own broke. */
  fault: 1,
  /** check: the component is UNKNOWN or in MAINTENANCE. */
  unknown: 2,
  /** serve, config: the configuration, or how the command was called, is not usable. */
  unusable: 2,
  /** every command that asks a server: no answer, or the command was called wrongly. Never taken for a statement about a component. */
  couldNotAsk: 3,
  noSuchComponent: 4,
  /** No such alert, channel, silence or maintenance. */
  notFound: 4,
  /** As shells have it: 128 + SIGINT. */
  interrupted: 130,
} as const;

/** These ask no server. */
const ALONE = ['config', 'storage', 'import', 'token', 'completion', 'complete', 'help'];
/** What these write is a log, which never decides how they end. */
const WITH_LOGS = ['serve', 'agent'];

/** Of a command that did what it was to do, and could not say it all: 1 is a statement about a component where one was asked for. */
export function exitCodeWithoutOutput([command = 'help']: readonly string[]): number {
  if (WITH_LOGS.includes(command)) return EXIT.ok;
  return ALONE.includes(command) || command.startsWith('-') ? EXIT.fault : EXIT.couldNotAsk;
}

/** Ends a command. `message` says what is wrong and where, `advice` what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;
  readonly advice: string | undefined;

  constructor(exitCode: number, message: string, advice?: string) {
    super(message);
    this.exitCode = exitCode;
    this.advice = advice;
  }
}
