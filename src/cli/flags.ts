// How the values of flags are read, and what commander does when they are wrong.
import { type Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { durationToMs, formatDuration, parseDuration } from '../config/duration.ts';

/** Longest that a timer of Node can wait, rounded down to days. */
const MAX_DURATION_MS = 24 * 86_400_000;

/** A flag whose value is a duration; the command gets milliseconds. */
export function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const duration = parseDuration(text);
    const durationMs = duration === undefined ? Number.NaN : durationToMs(duration);
    if (!(durationMs <= MAX_DURATION_MS)) {
      throw new InvalidArgumentError(
        `It must be a duration such as 500ms, 30s or 5m, at most ${formatDuration(MAX_DURATION_MS)}.`,
      );
    }
    return durationMs;
  });
}

export function parseExitCode(text: string): number {
  const code = Number(text);
  if (!/^\d+$/.test(text) || code > 255) throw new InvalidArgumentError('It must be a whole number from 0 to 255.');
  return code;
}

/** Makes wrong usage of `command` end with `exitCode`, and say where help is. */
export function onWrongUsage(command: Command, exitCode: number): void {
  const name = fullName(command);
  command
    .showHelpAfterError(`\`${name} --help\` shows how it is written.`)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, `${name}:`)) })
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommanderError(exitCode, error.code, error.message);
    });
}

/** `openk config check` */
function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
