// `openk serve`: settles what comes from flags and what from the environment, then hands over to the composition root.
import type { Command } from 'commander';
import { type CliContext, type Environment, type Output, variable, wantsColor } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { onWrongUsage } from './wrong-usage.ts';

/** What a server hears of beside the signal to stop. */
export interface ServerSignals {
  /** Calls `listener` at each SIGHUP, and once for those that came before. The result ends that. */
  onHangup(listener: () => void): () => void;
  /** Calls `listener` at each SIGINT or SIGTERM after the first, in place of ending the process. The result ends that. */
  onSecondStop(listener: () => void): () => void;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How lines of the log look: JSON for programs; text for people, and in colours on most terminals. */
export type LogStyle = 'json' | 'text' | 'coloured text';

/** What was left out is for the configuration file to say, or for its defaults. */
export interface ServeOptions extends ServerSignals {
  readonly configPath: string;
  /** HOST:PORT */
  readonly listen?: string;
  readonly storage?: string;
  readonly logLevel?: LogLevel;
  readonly logStyle: LogStyle;
  readonly env: Environment;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Fires when the server is to drain and stop; its reason is the name of the signal (SIGTERM, SIGINT). */
  readonly signal: AbortSignal;
}

/** Serves until the signal fires and everything is closed. @returns the exit code: 0, 1 or 2. */
export type Serve = (options: ServeOptions) => Promise<number>;

interface ServeFlags {
  readonly config?: string;
  readonly listen?: string;
  readonly storage?: string;
}

const DEFAULT_CONFIG = 'openk.yaml';

const HELP = `
A flag wins over the environment, the environment over the file, the file over
the default.

Environment:
  OPENK_CONFIG     as --config
  OPENK_LISTEN     as --listen
  OPENK_STORAGE    as --storage
  OPENK_LOG_LEVEL  ${LOG_LEVELS.slice(0, 4).join(', ')},
                   ${LOG_LEVELS.slice(4).join(' or ')} (default: info)
  OPENK_LOG_FORMAT json or text (default: text in a terminal, json elsewhere)

Signals:
  SIGTERM, SIGINT  drain: finish what is in flight, then exit; a second one
                   exits at once
  SIGHUP           read the configuration again

Exit codes:
  0  stopped by a signal, everything closed
  1  a fault while running, or history that could not be written is lost
  2  the configuration or the command line is not usable; nothing was started

Examples:
  openk serve
  openk serve --config /etc/openk/openk.yaml --listen 0.0.0.0:8080
  OPENK_LOG_LEVEL=debug openk serve --listen 127.0.0.1:0
`;

export function addServeCommand(
  program: Command,
  context: CliContext & ServerSignals,
  serve: Serve,
  exitWith: (code: number) => void,
): void {
  const command = program
    .command('serve')
    .summary('watch what the configuration names, and answer on one port')
    .description('Watches what the configuration names, and answers every kind of client on one port.')
    .option('--config <file>', `configuration file (default: ${DEFAULT_CONFIG} in the working folder)`)
    .option('--listen <host:port>', 'address to listen on; port 0 picks a free one')
    .option('--storage <url>', 'where state is kept, for example memory:')
    .addHelpText('after', HELP)
    .action(async (flags: ServeFlags) => {
      exitWith(await serve(resolveServeOptions(flags, context)));
    });
  onWrongUsage(command, EXIT.unusable);
}

/**
 * Flag over environment.
 * @throws {CliError} with exit code 2 for a log level that there is not.
 */
export function resolveServeOptions(flags: ServeFlags, context: CliContext & ServerSignals): ServeOptions {
  const { env, stdout, stderr, signal, onHangup, onSecondStop } = context;
  // An empty flag is one whose shell variable is not set, and no flag.
  const config = flags.config || variable(env, 'OPENK_CONFIG');
  const listen = flags.listen || variable(env, 'OPENK_LISTEN');
  const storage = flags.storage || variable(env, 'OPENK_STORAGE');
  const logLevel = logLevelOf(env, EXIT.unusable);
  return {
    configPath: config ?? DEFAULT_CONFIG,
    ...(listen !== undefined && { listen }),
    ...(storage !== undefined && { storage }),
    ...(logLevel !== undefined && { logLevel }),
    logStyle: logStyleOf(context, EXIT.unusable),
    env,
    stdout,
    stderr,
    signal,
    onHangup,
    onSecondStop,
  };
}

/** What OPENK_LOG_LEVEL says. @throws {CliError} with this exit code for a level that there is not */
export function logLevelOf(env: Environment, exitCode: number): LogLevel | undefined {
  const level = variable(env, 'OPENK_LOG_LEVEL');
  const logLevel = LOG_LEVELS.find((known) => known === level?.toLowerCase());
  if (level !== undefined && logLevel === undefined) {
    throw new CliError(exitCode, `OPENK_LOG_LEVEL is "${level}"`, `It is one of ${LOG_LEVELS.join(', ')}.`);
  }
  return logLevel;
}

/** What OPENK_LOG_FORMAT says; else text where a person looks. @throws {CliError} with this exit code for a format that there is not */
export function logStyleOf({ env, stdout }: Pick<CliContext, 'env' | 'stdout'>, exitCode: number): LogStyle {
  const format = variable(env, 'OPENK_LOG_FORMAT')?.toLowerCase() ?? (stdout.isTTY === true ? 'text' : 'json');
  if (format === 'json') return 'json';
  if (format === 'text') return wantsColor(stdout, env) ? 'coloured text' : 'text';
  throw new CliError(exitCode, `OPENK_LOG_FORMAT is "${env.OPENK_LOG_FORMAT}"`, 'It is json or text.');
}
