// `openk watch`: shows changes as they come, in the form that fits who reads: a table, lines, or JSON.
import { ConnectError } from '@connectrpc/connect';
import { type Command, Option } from 'commander';
import { addConnectionFlags, type Connection, type ConnectionFlags, createConnection } from './connection.ts';
import { type CliContext, wantsColor } from './context.ts';
import { EXIT } from './exit.ts';
import { describeFailure } from './failure.ts';
import { statusOption } from './flags.ts';
import { follow } from './follow.ts';
import type { KnownStatus } from './health-text.ts';
import { callErrorWithHint } from './near-component.ts';
import { createJsonView } from './watch-json.ts';
import { createLineView } from './watch-lines.ts';
import { createTableView } from './watch-table.ts';
import type { WatchView } from './watch-view.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface WatchFlags extends ConnectionFlags {
  readonly label?: string[];
  readonly group?: string;
  readonly status?: KnownStatus[];
  readonly json?: boolean;
  readonly footer?: string[];
}

const HELP = `
In a terminal: a table that is drawn anew with each change, the worst first, causes
before what follows from them; FOR is how long it has been so, by the clock of this
machine. Otherwise: a line for each component, then a line for each change of its status
or reason, and where its thresholds begin to hold one back. With --json: a
WatchHealthResponse on each line, as the API gives it: first a "snapshot", then
"change" and, when nothing changes, "keepAlive". After a broken connection it
goes on where it was, or with another snapshot, which replaces all there was
before.

With --status a component is shown as long as it has one of these, and once more
when it gets another.

It ends with SIGINT (Ctrl-C), SIGTERM, or when its reader closes the pipe.

Exit codes:
  0  ended as above
  3  refused by the server, or wrong usage
  4  no such component when the command started

Examples:
  openk watch
  openk watch payments-api payments-db
  openk watch --label team=payments --group checkout
  openk watch --status unhealthy --status degraded
  openk watch --json | jq -c '.change.components[]? | [.component, .status]'
`;

export function addWatchCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  const collect = (text: string, all: readonly string[] = []) => [...all, text];
  const command = program
    .command('watch')
    .summary('show changes as they come')
    .description('Shows the health of components, and each change as it comes.')
    .argument('[component...]', 'ids of the components (default: all)')
    .option('--label <selector>', 'only with this label: k=v, k!=v, or k for any value (repeatable)', collect)
    .addOption(statusOption())
    .option('--group <component>', 'only direct members of this group');
  addConnectionFlags(command)
    .option('--json', 'print one JSON object per line')
    // What the demo says below the table.
    .addOption(new Option('--footer <line>').argParser(collect).hideHelp())
    .addHelpText('after', HELP)
    .action(async (components: string[], flags: WatchFlags) => exitWith(await watch(components, flags, context)));
  onWrongUsage(command, EXIT.couldNotAsk);
}

async function watch(components: readonly string[], flags: WatchFlags, context: CliContext): Promise<number> {
  const { stdout, clock, random } = context;
  const connection = createConnection(flags, context);
  const readerGone = new AbortController();
  const onOutputError = () => readerGone.abort();
  stdout.on('error', onOutputError);
  const signal = AbortSignal.any([context.signal, readerGone.signal]);
  const view = createView(flags, connection, context, signal);
  try {
    const { label = [], group: parent = '' } = flags;
    const watched = { components: [...new Set(components)], label, parent };
    for await (const event of follow({ connection, ...watched, clock, random, signal })) {
      if (event.kind === 'message') await view.show(event.response);
      else await view.lost(describeFailure(event.error, connection).message, event.retryInMs);
    }
    return EXIT.ok;
  } catch (error) {
    throw error instanceof ConnectError ? await callErrorWithHint(error, connection) : error;
  } finally {
    connection.drop();
    await view.close();
    stdout.off('error', onOutputError);
  }
}

function createView(flags: WatchFlags, connection: Connection, context: CliContext, signal: AbortSignal): WatchView {
  const { stdout, stderr, env, clock } = context;
  const { json, status: statuses = [], footer = [] } = flags;
  if (json === true) return createJsonView({ stdout, stderr, statuses, signal });
  const color = wantsColor(stdout, env);
  if (stdout.isTTY === true && env.TERM !== 'dumb') {
    return createTableView({ stdout, clock, color, server: connection.server, statuses, footer });
  }
  return createLineView({ stdout, stderr, color, statuses, signal });
}
