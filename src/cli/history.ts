// `openk history`: how a component was in the time that is over, and what changed in it.
import { toJson } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { type CallOptions, ConnectError } from '@connectrpc/connect';
import type { Command } from 'commander';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import {
  type GetAvailabilityResponse,
  GetAvailabilityResponseSchema,
  type ListTransitionsResponse,
  ListTransitionsResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import { durationToMs, parseDuration } from '../config/duration.ts';
import { hasReason } from '../errors/to-connect.ts';
import { type AskFlags, askServer } from './ask-server.ts';
import { addConnectionFlags, type HealthClient } from './connection.ts';
import { type CliContext, wantsColor } from './context.ts';
import { EXIT } from './exit.ts';
import { durationOption, parseWholeNumber, timeoutOption } from './flags.ts';
import { historyText } from './history-text.ts';
import { jsonLine, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface HistoryFlags extends AskFlags {
  readonly window: number;
  readonly limit: number;
  readonly members?: boolean;
  readonly json?: boolean;
}

interface History {
  readonly availability: GetAvailabilityResponse;
  readonly changes: ListTransitionsResponse;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What the API takes. */
const MAX_WINDOW_MS = 876_000 * HOUR_MS;
const MIN_WINDOW_MS = 300_000;
/** Widths that people can read off; beyond them whole days. */
const CELL_MS = [1 / 12, 1 / 4, 1 / 2, 1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS);
const MAX_CELLS = 60;

const HELP = `
Shows which share of the time it was up, how long it was in which status, how long
its checks took, and its changes of status, the newest first. A cell of the bar
shows its worst: UNHEALTHY or DEGRADED if it was that at any time, else what it was
for the longest. Uptime is HEALTHY and DEGRADED, downtime is UNHEALTHY; UNKNOWN
(also: OpenK did not run) and MAINTENANCE are neither. With --json: one object with
"availability" (GetAvailabilityResponse) and "transitions" (ListTransitionsResponse).

Exit codes:
  0  answered
  3  could not ask: no answer in time, refused, or wrong usage
  4  no such component

Examples:
  openk history payments-api
  openk history checkout --members --window 168h
  openk history checkout --json | jq .availability.availability.total.uptimeRatio
`;

export function addHistoryCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  const command = program
    .command('history')
    .summary('show how a component was, and what changed')
    .description('Shows how a component was in the time that is over, and what changed in it.')
    .argument('[component]', 'id of the component (default: the root group, the whole system)')
    .addOption(
      durationOption('--window <duration>', 'how far back', MAX_WINDOW_MS, MIN_WINDOW_MS).default(DAY_MS, '24h'),
    )
    .option('--limit <number>', 'changes to show at the most', parseWholeNumber(1, 1000), 20)
    .option('--members', 'of a group: also everything below it');
  addConnectionFlags(command)
    .addOption(timeoutOption('longest wait for each answer').default(10_000, '10s'))
    .option('--json', 'print the answers as the API gives them')
    .addHelpText('after', HELP)
    .action(async (component: string | undefined, flags: HistoryFlags) =>
      exitWith(await history(component ?? '', flags, context)),
    );
  onWrongUsage(command, EXIT.couldNotAsk);
}

async function history(component: string, flags: HistoryFlags, context: CliContext): Promise<number> {
  const { stdout, env, signal } = context;
  const cells = Math.min(MAX_CELLS, Math.max((stdout.columns ?? 80) - 2, 10));
  return askServer(flags, context, async ({ client }, options) => {
    const found = await ask(client, component, flags, cells, options);
    await write(stdout, flags.json === true ? asJson(found) : historyText(found, wantsColor(stdout, env)), signal);
    return EXIT.ok;
  });
}

async function ask(
  client: HealthClient,
  component: string,
  { window: windowMs, limit, members: includeMembers = false }: HistoryFlags,
  cells: number,
  options: CallOptions,
): Promise<History> {
  const window = durationFromMs(windowMs);
  const askBySteps = (stepMs: number) =>
    client.getAvailability({ component, window, step: durationFromMs(stepMs), includeMembers }, options);
  const availability = await askBySteps(cellMs(windowMs, cells)).catch((error: unknown) => {
    const finestMs = finestStepMs(error);
    if (finestMs === undefined) throw error;
    return askBySteps(finestMs);
  });
  const { from } = availability;
  const request = { component, includeMembers, pageSize: limit, ...(from && { from }) };
  return { availability, changes: await client.listTransitions(request, options) };
}

/** The narrowest cell with which the window fits. */
function cellMs(windowMs: number, cells: number): number {
  return CELL_MS.find((ms) => windowMs / ms <= cells) ?? Math.ceil(windowMs / cells / DAY_MS) * DAY_MS;
}

/** What the server keeps of that age, where it refused because that is coarser. */
function finestStepMs(error: unknown): number | undefined {
  if (!(error instanceof ConnectError) || !hasReason(error, 'STEP_TOO_FINE')) return undefined;
  const info = error.findDetails(ErrorInfoSchema).find(({ reason }) => reason === 'STEP_TOO_FINE');
  const finest = parseDuration(info?.metadata.finestStep ?? '');
  return finest && durationToMs(finest);
}

function asJson({ availability, changes }: History): string {
  const answers = {
    availability: toJson(GetAvailabilityResponseSchema, availability),
    transitions: toJson(ListTransitionsResponseSchema, changes),
  };
  return `${jsonLine(answers)}\n`;
}
