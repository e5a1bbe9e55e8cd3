// Every command but `serve`, which runs for months and has no need of their code.
import type { Command } from 'commander';
import { addAckCommand } from './ack.ts';
import { addAgentCommand } from './agent.ts';
import { addAlertsCommand } from './alerts.ts';
import { addCheckCommand } from './check.ts';
import { addCompletionCommand } from './completion.ts';
import { addConfigCommand } from './config.ts';
import type { CliDependencies } from './dependencies.ts';
import { addExplainCommand } from './explain.ts';
import { addExportCommand } from './export.ts';
import { addHistoryCommand } from './history.ts';
import { addImportCommand } from './import.ts';
import { addListCommand } from './list.ts';
import { addReportCommand } from './report.ts';
import { addStorageCommand } from './storage.ts';
import { addMaintenanceCommand, addSilenceCommand } from './suspend.ts';
import { addTokenCommand } from './token.ts';
import { addWaitCommand } from './wait.ts';
import { addWatchCommand } from './watch.ts';

export function addOtherCommands(
  program: Command,
  { context, serve, checkConfig, checkConfigText, readAlertPlan, storage, runAgent }: CliDependencies,
  exitWith: (code: number) => void,
): void {
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
}
