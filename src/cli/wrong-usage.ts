// What commander does when a command line is wrong.
import { type Command, CommanderError } from 'commander';

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
