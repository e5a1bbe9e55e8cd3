// The command line as a function: arguments in, exit code out. What the commands need comes in as arguments too, so that
// nothing here knows the composition root.
import { Command, CommanderError } from 'commander';
import { addAckCommand } from './ack.ts';
import { addAgentCommand, type RunAgent } from './agent.ts';
import { addAlertsCommand } from './alerts.ts';
import type { ReadAlertPlan } from './alerts-replay.ts';
import { addCheckCommand } from './check.ts';
import { addCompletionCommand } from './completion.ts';
import { addConfigCommand, type CheckConfig } from './config.ts';
import type { CliContext } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { addExplainCommand } from './explain.ts';
import { addExportCommand } from './export.ts';
import { onWrongUsage } from './flags.ts';
import { addHistoryCommand } from './history.ts';
import { addImportCommand, type CheckConfigText } from './import.ts';
import { addListCommand } from './list.ts';
import { addReportCommand } from './report.ts';
import { addServeCommand, type Serve, type ServerSignals } from './serve.ts';
import { addStorageCommand, type StorageTools } from './storage.ts';
import { addMaintenanceCommand, addSilenceCommand } from './suspend.ts';
import { printable } from './text.ts';
import { addTokenCommand } from './token.ts';
import { addWaitCommand } from './wait.ts';
import { addWatchCommand } from './watch.ts';

export interface CliDependencies {
  readonly context: CliContext & ServerSignals;
  readonly version: string;
  readonly serve: Serve;
  readonly checkConfig: CheckConfig;
  readonly checkConfigText: CheckConfigText;
  readonly readAlertPlan: ReadAlertPlan;
  readonly storage: StorageTools;
  readonly runAgent: RunAgent;
}

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
    const program = createProgram(dependencies, (code) => {
      exitCode = code;
    });
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

/** The commands, their flags and their help. `exitWith` takes the exit code of the one that ran. */
function createProgram(
  { context, version, serve, checkConfig, checkConfigText, readAlertPlan, storage, runAgent }: CliDependencies,
  exitWith: (code: number) => void,
): Command {
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
  addServeCommand(program, context, serve, exitWith);
  addCheckCommand(program, context, exitWith);
  addListCommand(program, context, exitWith);
  addExplainCommand(program, context, exitWith);
  addWaitCommand(program, context, exitWith);
  addWatchCommand(program, context, exitWith);
  addHistoryCommand(program, context, exitWith);
  addReportCommand(program, context, exitWith);
  addAlertsCommand(program, context, readAlertPlan, exitWith);
  addAckCommand(program, context, exitWith);
  addSilenceCommand(program, context, exitWith);
  addMaintenanceCommand(program, context, exitWith);
  addAgentCommand(program, context, runAgent, exitWith);
  addExportCommand(program, context, exitWith);
  addConfigCommand(program, context, checkConfig, exitWith);
  addImportCommand(program, context, { checkText: checkConfigText, serve }, exitWith);
  addStorageCommand(program, context, storage, exitWith);
  addTokenCommand(program, context, exitWith);
  addCompletionCommand(program, context, exitWith);
  return program;
}
