// `openk alerts`: what is to be taken care of, and whether a channel works.
import { toJson } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type AlertState,
  type ListAlertsResponse,
  ListAlertsResponseSchema,
  type TestChannelResponse,
  TestChannelResponseSchema,
} from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { formatDuration } from '../config/duration.ts';
import { ALERT_STATES, alertTable } from './alert-text.ts';
import { addReplayCommand, type ReadAlertPlan } from './alerts-replay.ts';
import { type AskFlags, askServer } from './ask-server.ts';
import { addConnectionFlags } from './connection.ts';
import { type CliContext, wantsColor } from './context.ts';
import { EXIT } from './exit.ts';
import { parseWholeNumber, timeoutOption } from './flags.ts';
import { jsonLine, printable, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface ListFlags extends AskFlags {
  readonly state?: AlertState[];
  readonly label?: string[];
  readonly component?: string;
  readonly limit: number;
  readonly json?: boolean;
}

interface TestFlags extends AskFlags {
  readonly json?: boolean;
}

const LIST_HELP = `
Those that are not over, the newest first; with --state resolved those that are, the
latest first. All filters must hold; of several --state one. In a terminal the lines
are cut to its width. With --json: one ListAlertsResponse.

Exit codes:
  0  answered, with no alert too
  3  could not ask: no answer in time, refused, or wrong usage

Examples:
  openk alerts list
  openk alerts list --state open --label team=payments
  openk alerts list --json | jq -r '.alerts[].id'
`;

const TEST_HELP = `
Sends one message that says it is a test, past what waits, and prints what came of it.

Exit codes:
  0  the channel accepted it
  1  it did not
  3  could not ask: no answer in time, refused, or wrong usage
  4  no such channel

Example:
  openk alerts test pager
`;

export function addAlertsCommand(
  program: Command,
  context: CliContext,
  readAlertPlan: ReadAlertPlan,
  exitWith: (code: number) => void,
): void {
  const alerts = program
    .command('alerts')
    .summary('show alerts, and try channels')
    .description('Shows what is to be taken care of, and tries the channels that it is sent to.');
  const collect = (text: string, all: readonly string[] = []) => [...all, text];
  const names = Object.keys(ALERT_STATES);
  const list = alerts
    .command('list')
    .summary('show the alerts that there are')
    .description('Shows the alerts that there are.')
    .addOption(
      new Option('--state <state>', 'only in this state (repeatable)')
        .choices(names)
        .argParser((text, all: readonly AlertState[] = []) => [...all, parseState(text)]),
    )
    .option('--label <selector>', 'only with this label: k=v, k!=v, or k for any value (repeatable)', collect)
    .option('--component <component>', 'only of this component')
    .option('--limit <number>', 'alerts to show at the most', parseWholeNumber(1, 1000), 100);
  addConnectionFlags(list)
    .addOption(timeoutOption('longest wait for the answer').default(10_000, '10s'))
    .option('--json', 'print the answer as the API gives it')
    .addHelpText('after', LIST_HELP)
    .action(async (flags: ListFlags) => exitWith(await listAlerts(flags, context)));
  const test = alerts
    .command('test')
    .summary('send a test message to a channel')
    .description('Sends a test message to a channel, once.')
    .argument('<channel>', 'id of the channel in openk.yaml');
  addConnectionFlags(test)
    .addOption(timeoutOption('longest wait for the answer').default(60_000, '1m'))
    .option('--json', 'print the answer as the API gives it (TestChannelResponse)')
    .addHelpText('after', TEST_HELP)
    .action(async (channel: string, flags: TestFlags) => exitWith(await testChannel(channel, flags, context)));
  addReplayCommand(alerts, context, readAlertPlan, exitWith);
  for (const command of [alerts, list, test]) onWrongUsage(command, EXIT.couldNotAsk);
}

function parseState(text: string): AlertState {
  const name = text.toUpperCase().replace(/^ALERT_STATE_/, '');
  const found = Object.entries(ALERT_STATES).find(([each]) => each === name);
  if (found !== undefined) return found[1];
  throw new InvalidArgumentError(`It must be one of ${Object.keys(ALERT_STATES).join(', ')}.`);
}

async function listAlerts(flags: ListFlags, context: CliContext): Promise<number> {
  const { stdout, env, signal } = context;
  const { state = [], label = [], component = '', limit: pageSize } = flags;
  return askServer(flags, context, async ({ alerts }, options) => {
    const answer = await alerts.listAlerts({ state, label, component, pageSize }, options);
    const width = stdout.isTTY === true ? stdout.columns || 80 : Number.POSITIVE_INFINITY;
    const json = flags.json ? jsonLine(toJson(ListAlertsResponseSchema, answer)) : undefined;
    await write(stdout, `${json ?? asText(answer, width, wantsColor(stdout, env))}\n`, signal);
    return EXIT.ok;
  });
}

function asText({ alerts, nextPageToken }: ListAlertsResponse, width: number, color: boolean): string {
  if (alerts.length === 0) return 'no alerts';
  const more = nextPageToken === '' ? [] : [`… and more: --limit shows up to 1000`];
  return [...alertTable(alerts, width, color), ...more].join('\n');
}

async function testChannel(channel: string, flags: TestFlags, context: CliContext): Promise<number> {
  const { stdout, signal } = context;
  return askServer(flags, context, async ({ alerts }, options) => {
    const answer = await alerts.testChannel({ channel }, options);
    const json = flags.json ? jsonLine(toJson(TestChannelResponseSchema, answer)) : undefined;
    await write(stdout, `${json ?? testText(channel, answer)}\n`, signal);
    return answer.accepted ? EXIT.ok : EXIT.notAccepted;
  });
}

function testText(channel: string, { accepted, error, latency }: TestChannelResponse): string {
  const took = latency === undefined ? '' : ` after ${formatDuration(Math.round(durationMs(latency)))}`;
  return `${printable(channel)} ${accepted ? `accepted the test${took}` : `did not accept the test${took}: ${printable(error)}`}`;
}
