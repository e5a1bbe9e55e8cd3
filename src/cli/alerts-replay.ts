// `openk alerts replay`: what a configuration would have sent over the changes that a server remembers.
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import type { CallOptions } from '@connectrpc/connect';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { durationToMs, formatDuration, parseDuration } from '../config/duration.ts';
import { type Fault, formatFault } from '../config/fault.ts';
import { counted } from '../core/counted.ts';
import type { Status } from '../core/status.ts';
import { allComponents } from './all-components.ts';
import { type AskFlags, askServer } from './ask-server.ts';
import { inColumns } from './columns.ts';
import { addConnectionFlags, type HealthClient } from './connection.ts';
import { type CliContext, type Environment, variable, wantsColor } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { parseWholeNumber, timeoutOption } from './flags.ts';
import { rfc3339 } from './health-text.ts';
import { createProgress } from './progress.ts';
import { jsonLine, printable, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

export interface PastChange {
  readonly component: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly from: Status;
  readonly to: Status;
  readonly reason: { readonly code: string; readonly message: string };
}

export interface PastOfServer {
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds. */
  readonly toMs: number;
  /** The oldest first. */
  readonly transitions: readonly PastChange[];
  /** At the end, by component. */
  readonly statuses: ReadonlyMap<string, Status>;
}

export interface WouldHaveSent {
  /** Changes of what the configuration has. */
  readonly transitions: number;
  readonly messages: readonly {
    /** Epoch milliseconds. */
    readonly atMs: number;
    readonly type: string;
    readonly channel: string;
    readonly component: string;
    readonly status: Status;
    readonly reason: { readonly code: string; readonly message: string };
  }[];
}

/** Reads the file at `path`, with `${NAME}` from `env`: what it would have sent, or what is wrong with it. */
export type ReadAlertPlan = (
  path: string,
  env: Environment,
) => Promise<
  | { readonly ok: true; replay(past: PastOfServer): WouldHaveSent }
  | { readonly ok: false; readonly faults: readonly Fault[] }
>;

interface ReplayFlags extends AskFlags {
  readonly since: number;
  readonly config?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const DAY_MS = 86_400_000;
const PAGE_SIZE = 1000;
/** Changes that are taken from a server: about 200 bytes each. */
const MAX_CHANGES = 1_000_000;

const STATUS_NAMES = new Map<HealthStatus, Status>([
  [HealthStatus.HEALTHY, 'HEALTHY'],
  [HealthStatus.DEGRADED, 'DEGRADED'],
  [HealthStatus.UNHEALTHY, 'UNHEALTHY'],
  [HealthStatus.UNKNOWN, 'UNKNOWN'],
  [HealthStatus.MAINTENANCE, 'MAINTENANCE'],
]);

const HELP = `
Takes the changes of status that the server remembers through the alerts of a file, which
need not be the one that the server runs, and shows which messages it would have sent.
Nothing is sent. Components are those of the file. Silences and acknowledgements of that
time are not looked at, and of what changed before it only the status at its beginning is known.
With --json: one object with "transitions" and "messages".

Exit codes:
  0  answered, with no message too
  2  the file cannot be served: every fault is printed
  3  could not ask: no answer in time, refused, or wrong usage

Examples:
  openk alerts replay --since 7d
  openk alerts replay --since 7d --config new.yaml --json | jq '.messages | length'
`;

export function addReplayCommand(
  alerts: Command,
  context: CliContext,
  readPlan: ReadAlertPlan,
  exitWith: (code: number) => void,
): void {
  const command = alerts
    .command('replay')
    .summary('show what a configuration would have sent over the past')
    .description('Shows which messages a configuration would have sent over the past.')
    .addOption(
      new Option('--since <duration>', 'how far back, such as 7d or 12h')
        .argParser(parseSince)
        .default(7 * DAY_MS, '7d'),
    )
    .option('--config <file>', 'configuration file (environment: OPENK_CONFIG; default: openk.yaml)')
    .option('--limit <number>', 'messages to show at the most', parseWholeNumber(1, 100_000), 100);
  addConnectionFlags(command)
    .addOption(timeoutOption('longest wait for each answer').default(30_000, '30s'))
    .option('--json', 'print all messages as JSON')
    .addHelpText('after', HELP)
    .action(async (flags: ReplayFlags) => exitWith(await replay(flags, context, readPlan)));
  onWrongUsage(command, EXIT.couldNotAsk);
}

function parseSince(text: string): number {
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  const duration = parseDuration(text);
  const ms = days === undefined ? duration && durationToMs(duration) : Number(days) * DAY_MS;
  if (ms !== undefined && ms > 0 && ms <= 3660 * DAY_MS) return ms;
  throw new InvalidArgumentError('It must be a time such as 7d, 12h or 30m.');
}

async function replay(flags: ReplayFlags, context: CliContext, readPlan: ReadAlertPlan): Promise<number> {
  const { stdout, stderr, env, signal, clock } = context;
  const plan = await readPlan(flags.config ?? variable(env, 'OPENK_CONFIG') ?? 'openk.yaml', env);
  if (!plan.ok) {
    await write(stderr, plan.faults.map((fault) => `${printable(formatFault(fault))}\n`).join(''), signal);
    return EXIT.unusable;
  }
  return askServer(flags, context, async ({ client }, options) => {
    const toMs = Math.floor(clock.nowMs());
    const progress = createProgress(stderr);
    const past = await readPast(client, { fromMs: toMs - flags.since, toMs }, options, (changes, atMs) =>
      progress.show(`${changes} changes read, back to ${rfc3339(new Date(atMs))}`),
    ).finally(progress.end);
    const sent = plan.replay(past);
    const width = stdout.isTTY === true ? stdout.columns || 80 : Number.POSITIVE_INFINITY;
    const text = flags.json ? asJson(sent) : asText(sent, flags, { width, color: wantsColor(stdout, env) });
    await write(stdout, `${text}\n`, signal);
    return EXIT.ok;
  });
}

async function readPast(
  client: HealthClient,
  { fromMs, toMs }: Pick<PastOfServer, 'fromMs' | 'toMs'>,
  options: CallOptions,
  /** So many are read, of which the oldest is of this time. */
  onProgress: (changes: number, atMs: number) => void,
): Promise<PastOfServer> {
  const { components } = await allComponents(client, {}, options);
  const statuses = new Map<string, Status>();
  for (const { id, health } of components) {
    const status = health && STATUS_NAMES.get(health.status);
    if (status !== undefined) statuses.set(id, status);
  }
  const transitions: PastChange[] = [];
  let pageToken = '';
  do {
    const page = await client.listTransitions(
      { includeMembers: true, from: timestampFromMs(fromMs), pageSize: PAGE_SIZE, pageToken },
      options,
    );
    for (const { component, time, from, to, reason } of page.transitions) {
      const [before, after] = [STATUS_NAMES.get(from), STATUS_NAMES.get(to)];
      if (time === undefined || before === undefined || after === undefined) continue;
      const { code = '', message = '' } = reason ?? {};
      transitions.push({ component, atMs: timestampMs(time), from: before, to: after, reason: { code, message } });
    }
    if (transitions.length > MAX_CHANGES) {
      throw new CliError(
        EXIT.couldNotAsk,
        `there are more than ${MAX_CHANGES} changes`,
        'Look less far back: --since.',
      );
    }
    pageToken = page.nextPageToken;
    const oldest = transitions.at(-1);
    if (oldest !== undefined) onProgress(transitions.length, oldest.atMs);
  } while (pageToken !== '');
  return { fromMs, toMs, transitions: transitions.reverse(), statuses };
}

function asJson({ transitions, messages }: WouldHaveSent): string {
  const shown = messages.map(({ atMs, ...message }) => ({ time: rfc3339(new Date(atMs)), ...message }));
  return jsonLine({ transitions, messages: shown });
}

function asText(
  { transitions, messages }: WouldHaveSent,
  { since, limit }: Pick<ReplayFlags, 'since' | 'limit'>,
  look: { readonly width: number; readonly color: boolean },
): string {
  const rows = messages
    .slice(0, limit)
    .map(({ atMs, type, channel, component, status, reason }) => [
      rfc3339(new Date(atMs)).replace('T', ' ').replace(/\.\d+/, ''),
      type,
      channel,
      component,
      status,
      printable(reason.message === '' ? reason.code : `${reason.message} (${reason.code})`),
    ]);
  const table =
    rows.length === 0 ? [] : inColumns(['TIME', 'MESSAGE', 'CHANNEL', 'COMPONENT', 'STATUS', 'WHY'], rows, look);
  const more = messages.length > limit ? [`… and ${messages.length - limit} more`] : [];
  return [...table, ...more, summary(transitions, messages, since)].join('\n');
}

/** `312 changes of status in 168h: 4 messages (hook 4), 308 fewer than one for each` */
function summary(transitions: number, messages: WouldHaveSent['messages'], sinceMs: number): string {
  const counts = new Map<string, number>();
  for (const { channel } of messages) counts.set(channel, (counts.get(channel) ?? 0) + 1);
  const byChannel = [...counts].map(([channel, count]) => `${channel} ${count}`).join(', ');
  const difference = transitions - messages.length;
  const compared = difference < 0 ? `${-difference} more than one for each` : `${difference} fewer than one for each`;
  const sent = `${counted(messages.length, 'message')}${byChannel === '' ? '' : ` (${byChannel})`}`;
  return `${counted(transitions, 'change')} of status in ${formatDuration(sinceMs)}: ${sent}, ${compared}`;
}
