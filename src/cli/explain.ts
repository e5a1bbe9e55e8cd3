// `openk explain`: why a component has its status, down to the root causes.
import { toJson } from '@bufbuild/protobuf';
import type { Command } from 'commander';
import { ExplainHealthResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { type AskFlags, askServer } from './ask-server.ts';
import { addConnectionFlags } from './connection.ts';
import { type CliContext, wantsColor } from './context.ts';
import { EXIT } from './exit.ts';
import { explainText } from './explain-text.ts';
import { timeoutOption } from './flags.ts';
import { jsonLine, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface ExplainFlags extends AskFlags {
  readonly json?: boolean;
}

const HELP = `
Shows its status, for a group how the rule made it of the members, and under "why"
what leads to each root cause: a line is the cause of the line that it is indented
under. "alerts suppressed" marks what is the consequence of something else.

Exit codes:
  0  answered
  3  could not ask: no answer in time, refused, or wrong usage
  4  no such component

Examples:
  openk explain
  openk explain checkout
  openk explain checkout --json | jq -r '.causes[].steps[-1].component'
`;

export function addExplainCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  const command = program
    .command('explain')
    .summary('show why a component has its status')
    .description('Shows why a component has its status, down to the root causes.')
    .argument('[component]', 'id of the component (default: the root group, the whole system)');
  addConnectionFlags(command)
    .addOption(timeoutOption('longest wait for the answer').default(5000, '5s'))
    .option('--json', 'print the answer as the API gives it (ExplainHealthResponse)')
    .addHelpText('after', HELP)
    .action(async (component: string | undefined, flags: ExplainFlags) =>
      exitWith(await explain(component ?? '', flags, context)),
    );
  onWrongUsage(command, EXIT.couldNotAsk);
}

async function explain(component: string, flags: ExplainFlags, context: CliContext): Promise<number> {
  const { stdout, env, signal } = context;
  return askServer(flags, context, async ({ client }, options) => {
    const answer = await client.explainHealth({ component }, options);
    const text = flags.json
      ? jsonLine(toJson(ExplainHealthResponseSchema, answer))
      : explainText(answer, wantsColor(stdout, env));
    await write(stdout, `${text}\n`, signal);
    return EXIT.ok;
  });
}
