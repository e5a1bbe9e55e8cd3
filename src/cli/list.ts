// `openk list`: the components that there are, and how each is.
import { toJson } from '@bufbuild/protobuf';
import type { Command } from 'commander';
import { type ListComponentsResponse, ListComponentsResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { allComponents } from './all-components.ts';
import { type AskFlags, askServer } from './ask-server.ts';
import { addConnectionFlags } from './connection.ts';
import { type CliContext, wantsColor } from './context.ts';
import { EXIT } from './exit.ts';
import { statusOption, timeoutOption } from './flags.ts';
import type { KnownStatus } from './health-text.ts';
import { componentTable } from './table.ts';
import { jsonLine, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface ListFlags extends AskFlags {
  readonly label?: string[];
  readonly status?: KnownStatus[];
  readonly group?: string;
  readonly json?: boolean;
}

const HELP = `
The worst first. In a terminal the lines are cut to its width, and FOR is how long
it has been so, by the clock of this machine; elsewhere lines are whole, with
times, and the second column is the id. All filters must hold; of several --status
one. With --json: all of them as one ListComponentsResponse.

Exit codes:
  0  answered, with no component too
  3  could not ask: no answer in time, refused, or wrong usage
  4  no such group

Examples:
  openk list
  openk list --status unhealthy --status degraded
  openk list --label team=payments --label 'tier!=test' --group checkout
  openk list --json | jq -r '.components[].id'
`;

export function addListCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  const collect = (text: string, all: readonly string[] = []) => [...all, text];
  const command = program
    .command('list')
    .summary('show the components that there are')
    .description('Shows the components that there are, and how each is.')
    .option('--label <selector>', 'only with this label: k=v, k!=v, or k for any value (repeatable)', collect)
    .addOption(statusOption())
    .option('--group <component>', 'only direct members of this group');
  addConnectionFlags(command)
    .addOption(timeoutOption('longest wait for each answer').default(10_000, '10s'))
    .option('--json', 'print the answer as the API gives it')
    .addHelpText('after', HELP)
    .action(async (flags: ListFlags) => exitWith(await list(flags, context)));
  onWrongUsage(command, EXIT.couldNotAsk);
}

async function list(flags: ListFlags, context: CliContext): Promise<number> {
  const { stdout, env, signal, clock } = context;
  return askServer(flags, context, async ({ client }, options) => {
    const answer = await allComponents(client, flags, options);
    await write(stdout, flags.json ? asJson(answer) : asText(answer), signal);
    return EXIT.ok;
  });

  function asText({ components }: ListComponentsResponse): string {
    const healths = components.flatMap(({ health }) => (health === undefined ? [] : [health]));
    const color = wantsColor(stdout, env);
    const lines =
      stdout.isTTY === true
        ? componentTable(healths, { columns: stdout.columns || 80, color, nowMs: clock.nowMs() })
        : componentTable(healths, { columns: Number.POSITIVE_INFINITY, color });
    return `${lines.join('\n')}\n`;
  }
}

function asJson(answer: ListComponentsResponse): string {
  return `${jsonLine(toJson(ListComponentsResponseSchema, answer))}\n`;
}
