// `openk ack`: says that somebody takes care of an alert.
import { toJson } from '@bufbuild/protobuf';
import { ConnectError } from '@connectrpc/connect';
import type { Command } from 'commander';
import { AcknowledgeAlertResponseSchema } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { hasReason } from '../errors/to-connect.ts';
import { alertLine } from './alert-text.ts';
import { type AskFlags, askServer } from './ask-server.ts';
import { addConnectionFlags } from './connection.ts';
import type { CliContext } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { timeoutOption } from './flags.ts';
import { jsonLine, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface AckFlags extends AskFlags {
  readonly note?: string;
  readonly json?: boolean;
}

const HELP = `
Reminders and escalation end. The alert itself ends when its component recovers.

Exit codes:
  0  acknowledged
  1  the alert is over already
  3  could not ask: no answer in time, refused, or wrong usage
  4  no such alert

Example:
  openk ack mi8x2k00-1 --note 'the disk again, I am on it'
`;

export function addAckCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  const command = program
    .command('ack')
    .summary('say that you take care of an alert')
    .description('Says that somebody takes care of an alert.')
    .argument('<alert>', 'id of the alert, as `openk alerts list` shows it')
    .option('--note <text>', 'what others are to know');
  addConnectionFlags(command)
    .addOption(timeoutOption('longest wait for the answer').default(10_000, '10s'))
    .option('--json', 'print the answer as the API gives it (AcknowledgeAlertResponse)')
    .addHelpText('after', HELP)
    .action(async (alert: string, flags: AckFlags) => exitWith(await acknowledge(alert, flags, context)));
  onWrongUsage(command, EXIT.couldNotAsk);
}

async function acknowledge(alert: string, flags: AckFlags, context: CliContext): Promise<number> {
  const { stdout, signal } = context;
  return askServer(flags, context, async ({ alerts }, options) => {
    const answer = await alerts.acknowledgeAlert({ alert, note: flags.note ?? '' }, options).catch((error: unknown) => {
      throw error instanceof ConnectError && hasReason(error, 'ALERT_RESOLVED')
        ? new CliError(EXIT.alertIsOver, error.rawMessage)
        : error;
    });
    const text = answer.alert === undefined ? 'acknowledged' : alertLine(answer.alert);
    const json = flags.json ? jsonLine(toJson(AcknowledgeAlertResponseSchema, answer)) : undefined;
    await write(stdout, `${json ?? text}\n`, signal);
    return EXIT.ok;
  });
}
