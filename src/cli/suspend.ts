// `openk silence` and `openk maintenance`: what people keep quiet, or take out of service, for a time. The same words for both.
import { type DescMessage, type MessageShape, toJson } from '@bufbuild/protobuf';
import { durationFromMs, timestampDate, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { type CallOptions, Code, ConnectError } from '@connectrpc/connect';
import { type Command, InvalidArgumentError } from 'commander';
import {
  CreateMaintenanceResponseSchema,
  CreateSilenceResponseSchema,
  EndMaintenanceResponseSchema,
  EndSilenceResponseSchema,
  ListMaintenanceResponseSchema,
  ListSilencesResponseSchema,
  type Suspension,
} from '../../gen/openk/maintenance/v1/maintenance_pb.ts';
import { findTimeFault } from '../calls/json-values.ts';
import { timeText } from './alert-text.ts';
import { type AskFlags, askServer } from './ask-server.ts';
import { inColumns } from './columns.ts';
import { addConnectionFlags, type Connection } from './connection.ts';
import { type CliContext, wantsColor } from './context.ts';
import { EXIT } from './exit.ts';
import { durationOption, timeoutOption } from './flags.ts';
import { rfc3339 } from './health-text.ts';
import { jsonLine, printable, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface StartFlags extends AskFlags {
  readonly for: number;
  readonly reason: string;
  readonly at?: number;
  readonly json?: boolean;
}

interface ListFlags extends AskFlags {
  readonly all?: boolean;
  readonly json?: boolean;
}

interface EndFlags extends AskFlags {
  readonly json?: boolean;
}

/** What came back, and all of it as JSON. */
interface Answer {
  readonly suspension: Suspension | undefined;
  readonly json: string;
}

interface StartRequest {
  readonly selector: string;
  readonly duration: ReturnType<typeof durationFromMs>;
  readonly reason: string;
  readonly start?: ReturnType<typeof timestampFromMs>;
}

interface Kind {
  readonly name: 'silence' | 'maintenance';
  /** What it does, for help. */
  readonly meaning: string;
  readonly help: string;
  readonly summary: string;
  start(connection: Connection, request: StartRequest, options: CallOptions): Promise<Answer>;
  end(connection: Connection, id: string, options: CallOptions): Promise<Answer>;
  list(
    connection: Connection,
    request: { readonly active: boolean; readonly pageSize: number },
    options: CallOptions,
  ): Promise<{ readonly all: readonly Suspension[]; readonly hasMore: boolean; readonly json: string }>;
}

const DAY_MS = 86_400_000;
const MAX_MS = 366 * DAY_MS;
/** The most that the API gives at once. */
const PAGE_SIZE = 1000;

const asJson = <Desc extends DescMessage>(desc: Desc, message: MessageShape<Desc>) => jsonLine(toJson(desc, message));

const SILENCE: Kind = {
  name: 'silence',
  summary: 'keep alerts from being opened for a time',
  meaning: 'Keeps alerts about components from being opened, reminded of and escalated, for a time.',
  help: 'Alerts that end are said to have ended. What is still bad at the end opens then.',
  async start({ maintenance }, request, options) {
    const answer = await maintenance.createSilence(request, options);
    return { suspension: answer.silence, json: asJson(CreateSilenceResponseSchema, answer) };
  },
  async end({ maintenance }, id, options) {
    const answer = await maintenance.endSilence({ id }, options);
    return { suspension: answer.silence, json: asJson(EndSilenceResponseSchema, answer) };
  },
  async list({ maintenance }, request, options) {
    const answer = await maintenance.listSilences(request, options);
    const json = asJson(ListSilencesResponseSchema, answer);
    return { all: answer.silences, hasMore: answer.nextPageToken !== '', json };
  },
};

const MAINTENANCE: Kind = {
  name: 'maintenance',
  summary: 'take components out of service for a time',
  meaning: 'Takes components out of service for a time: their status is MAINTENANCE, and groups leave them out.',
  help: 'Alerts about them rest meanwhile; what is newly bad at the end opens then.',
  async start({ maintenance }, request, options) {
    const answer = await maintenance.createMaintenance(request, options);
    return { suspension: answer.maintenance, json: asJson(CreateMaintenanceResponseSchema, answer) };
  },
  async end({ maintenance }, id, options) {
    const answer = await maintenance.endMaintenance({ id }, options);
    return { suspension: answer.maintenance, json: asJson(EndMaintenanceResponseSchema, answer) };
  },
  async list({ maintenance }, request, options) {
    const answer = await maintenance.listMaintenance(request, options);
    const json = asJson(ListMaintenanceResponseSchema, answer);
    return { all: answer.maintenance, hasMore: answer.nextPageToken !== '', json };
  },
};

const startHelp = ({ name, help }: Kind) => `
A selector is team=payments, team!=payments, team, id=NAME or id=shop-*, or several with
commas between, which must hold together. It takes components that are added later,
too. ${help}

Exit codes:
  0  done
  3  could not ask: no answer in time, refused, or wrong usage

Examples:
  openk ${name}${name === 'maintenance' ? ' start' : ''} team=payments --for 2h --reason 'moving the database'
  openk ${name} start id=shop-api --for 30m --at 2026-12-01T02:00:00Z --reason release
`;

const LIST_EXIT_CODES = `
Exit codes:
  0  answered, with none too
  3  could not ask: no answer in time, refused, or wrong usage
`;

const END_EXIT_CODES = `
Exit codes:
  0  ended
  3  could not ask: no answer in time, refused, or wrong usage
  4  there is none with this id that is not over
`;

export function addSilenceCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  addCommands(SILENCE, program, context, exitWith);
}

export function addMaintenanceCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  addCommands(MAINTENANCE, program, context, exitWith);
}

function addCommands(kind: Kind, program: Command, context: CliContext, exitWith: (code: number) => void): void {
  const { name, meaning, summary } = kind;
  const parent = program.command(name).summary(summary).description(meaning);
  const withFlags = (command: Command) =>
    addConnectionFlags(command)
      .addOption(timeoutOption('longest wait for the answer').default(10_000, '10s'))
      .option('--json', 'print the answer as the API gives it');
  // `openk silence team=payments` is written more often than any other.
  const start = parent
    .command('start', { isDefault: name === 'silence' })
    .summary(summary)
    .description(meaning)
    .argument('<selector>', 'what it is about, such as team=payments')
    .addOption(durationOption('--for <duration>', 'how long', MAX_MS, 1).makeOptionMandatory())
    .requiredOption('--reason <text>', 'why, for people')
    .option('--at <time>', 'when it begins, such as 2026-12-01T02:00:00Z (default: now)', parseTime);
  withFlags(start)
    .addHelpText('after', startHelp(kind))
    .action(async (selector: string, flags: StartFlags) => exitWith(await begin(kind, selector, flags, context)));
  const list = parent
    .command('list')
    .summary(`show each ${name} that goes on`)
    .description(`Shows each ${name} that goes on, the newest first.`)
    .option('--all', 'also what is to come, and what was over last');
  withFlags(list)
    .addHelpText('after', LIST_EXIT_CODES)
    .action(async (flags: ListFlags) => exitWith(await listAll(kind, flags, context)));
  const end = parent
    .command('end')
    .summary(`end a ${name} before its time`)
    .description(`Ends a ${name} now, or takes it away before it has begun.`)
    .argument('<id>', `its id, as \`openk ${name} list\` shows it`);
  withFlags(end)
    .addHelpText('after', END_EXIT_CODES)
    .action(async (id: string, flags: EndFlags) => exitWith(await finish(kind, id, flags, context)));
  for (const command of [parent, start, list, end]) onWrongUsage(command, EXIT.couldNotAsk);
}

/** To epoch milliseconds. */
function parseTime(text: string): number {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(ms))
    throw new InvalidArgumentError('It must be a time with its zone, such as 2026-12-01T02:00:00Z.');
  const fault = findTimeFault(text);
  if (fault !== undefined) throw new InvalidArgumentError(`It must be a time that there is: ${fault}.`);
  return ms;
}

async function begin(kind: Kind, selector: string, flags: StartFlags, context: CliContext): Promise<number> {
  const { for: forMs, reason, at } = flags;
  const start = at === undefined ? {} : { start: timestampFromMs(at) };
  return askServer(flags, context, async (connection, options) => {
    const answer = await kind.start(
      connection,
      { selector, duration: durationFromMs(forMs), reason, ...start },
      options,
    );
    const exitCode = await say(answer, flags, context, ({ id, selector: shown, start: from, end }) => {
      const fromMs = from === undefined ? Number.NEGATIVE_INFINITY : timestampMs(from);
      const begins = at !== undefined && fromMs >= at ? ` from ${rfc3339(new Date(fromMs))}` : '';
      return `${kind.name} ${printable(id)} of ${printable(shown)}${begins}${untilText(end)}`;
    });
    if (await takesNone(connection, selector, options)) {
      const hint = /^[\w.-]+$/.test(selector) ? `: for the component of that id write id=${selector}` : '';
      await write(
        context.stderr,
        `openk ${kind.name}: there is no component now that this takes${hint}\n`,
        context.signal,
      );
    }
    return exitCode;
  });
}

/** As far as the server says it of one id and of labels; false where it says nothing: what was asked for is done. */
async function takesNone({ client }: Connection, selector: string, options: CallOptions): Promise<boolean> {
  const component = /^id==?([\w.-]+)$/.exec(selector)?.[1];
  const label = selector.split(',').map((part) => part.trim());
  if (component === undefined && label.some((part) => /^id[=!]/.test(part))) return false;
  try {
    if (component === undefined)
      return (await client.listComponents({ label, pageSize: 1 }, options)).components.length === 0;
    await client.getHealth({ component }, options);
    return false;
  } catch (error) {
    return component !== undefined && ConnectError.from(error).code === Code.NotFound;
  }
}

async function finish(kind: Kind, id: string, flags: EndFlags, context: CliContext): Promise<number> {
  return askServer(flags, context, async (connection, options) => {
    const answer = await kind.end(connection, id, options);
    return say(
      answer,
      flags,
      context,
      ({ selector }) => `${kind.name} ${printable(id)} of ${printable(selector)} is over`,
    );
  });
}

async function say(
  { suspension, json }: Answer,
  flags: Pick<StartFlags, 'json'>,
  { stdout, signal }: CliContext,
  text: (suspension: Suspension) => string,
): Promise<number> {
  await write(stdout, `${flags.json || suspension === undefined ? json : text(suspension)}\n`, signal);
  return EXIT.ok;
}

async function listAll(kind: Kind, flags: ListFlags, context: CliContext): Promise<number> {
  const { stdout, env, signal } = context;
  return askServer(flags, context, async (connection, options) => {
    const request = { active: flags.all !== true, pageSize: PAGE_SIZE };
    const { all, hasMore, json } = await kind.list(connection, request, options);
    const width = stdout.isTTY === true ? stdout.columns || 80 : Number.POSITIVE_INFINITY;
    const rows = all.map(({ id, selector, start, end, author, reason }) =>
      [id, selector, timeText(start), timeText(end), author, reason].map(printable),
    );
    const heading = ['ID', 'SELECTOR', 'START', 'END', 'BY', 'REASON'];
    const lines =
      rows.length === 0 ? [`no ${kind.name}`] : inColumns(heading, rows, { width, color: wantsColor(stdout, env) });
    const text = [...lines, ...(hasMore ? ['… and more'] : [])].join('\n');
    await write(stdout, `${flags.json ? json : text}\n`, signal);
    return EXIT.ok;
  });
}

function untilText(end: Suspension['end']): string {
  return end === undefined ? '' : ` until ${rfc3339(timestampDate(end))}`;
}
