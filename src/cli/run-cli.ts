// The command line as a function: arguments in, exit code out. What the commands need comes in as arguments too, so that
// nothing here knows the composition root.
import { Command, CommanderError } from 'commander';
import type { CliDependencies } from './dependencies.ts';
import { CliError, EXIT } from './exit.ts';
import { addServeCommand } from './serve.ts';
import { printable } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

const HELP = `
Examples:
  openk serve                        watch what openk.yaml names
  openk check payments-api           how is it?
  openk explain payments-api         why?
  openk wait payments-api --for 60s  go on when it has been healthy for a minute
  openk watch                        see every change
  openk history payments-api         how was it in the last 24 hours?
  openk alerts list                  what is to be taken care of?
  openk silence team=payments --for 2h --reason 'we know'

\`openk help <command>\` says more about each.
`;

const MAX_HELP_WIDTH = 100;

/** Runs one command to its end. Never rejects: every error is printed on stderr, and is in the exit code. */
export async function runCli(args: readonly string[], dependencies: CliDependencies): Promise<number> {
  const { stderr } = dependencies.context;
  let exitCode: number = EXIT.ok;
  try {
    const exitWith = (code: number) => {
      exitCode = code;
    };
    const program = createProgram(dependencies);
    addServeCommand(program, dependencies.context, dependencies.serve, exitWith);
    if (args[0] !== 'serve') {
      const { addOtherCommands } = await import('./other-commands.ts');
      addOtherCommands(program, dependencies, exitWith);
    }
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const command = ['openk', ...args.slice(0, 1)].map(printable).join(' ');
    if (error instanceof CliError) {
      stderr.write(`${command}: ${printable(error.message)}\n${error.advice === undefined ? '' : `${error.advice}\n`}`);
      return error.exitCode;
    }
    const message = error instanceof Error ? error.message : String(error);
    stderr.write(`${command}: internal error: ${printable(message)}\nPlease report it.\n`);
    return EXIT.fault;
  }
}

/** Without a command yet. */
function createProgram({ context, version }: CliDependencies): Command {
  const { stdout, stderr } = context;
  const program = new Command('openk')
    .description('Watches many services, rolls their health up, and answers every kind of client on one port.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => Math.min(stdout.columns || MAX_HELP_WIDTH, MAX_HELP_WIDTH),
      getErrHelpWidth: () => Math.min(stderr.columns || MAX_HELP_WIDTH, MAX_HELP_WIDTH),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', HELP);
  onWrongUsage(program, EXIT.unusable);
  return program;
}
