// `openk agent`: probes for a server from another network. What it is to probe and may say is the server's; this settles how it is
// reached, and hands over.
import type { ConnectError } from '@connectrpc/connect';
import { type Command, InvalidArgumentError } from 'commander';
import { addConnectionFlags, type Connection, type ConnectionFlags, createConnection } from './connection.ts';
import { type CliContext, type Output, variable } from './context.ts';
import { EXIT } from './exit.ts';
import { callError, describeFailure, type Failure } from './failure.ts';
import { type LogLevel, type LogStyle, logLevelOf, logStyleOf } from './serve.ts';
import { onWrongUsage } from './wrong-usage.ts';

export interface AgentRun {
  /** Left out: the host name and a random part. */
  readonly id?: string | undefined;
  /** Left out: where the server is. */
  readonly place?: string | undefined;
  readonly logLevel?: LogLevel | undefined;
  readonly logStyle: LogStyle;
  readonly connect: () => Connection;
  /** What an error of a call means, for the log. */
  readonly describe: (error: ConnectError) => Failure;
  readonly stdout: Output;
  readonly signal: AbortSignal;
}

/** Runs until the signal fires. @throws ConnectError that the server refuses it with for good */
export type RunAgent = (run: AgentRun) => Promise<void>;

interface AgentFlags extends ConnectionFlags {
  readonly place?: string;
  readonly id?: string;
}

const HELP = `
It opens every connection itself, so that nothing has to be let in where it is.
Its credential takes the scope PROBE. What it probes comes from the server,
secrets included: over https://, or from the same machine. While it is cut off
it probes on, and holds what it sees for five minutes. It decides nothing, sends
no alerts and keeps nothing on disk. docs/agents.md says more.

Environment:
  OPENK_SERVER     as --server
  OPENK_TOKEN      its key or token
  OPENK_PLACE      as --place
  OPENK_LOG_LEVEL, OPENK_LOG_FORMAT
                   as for openk serve

Signals:
  SIGTERM, SIGINT  hand over what it holds, then exit

Exit codes:
  0  stopped by a signal
  3  refused by the server, or the command line is not usable

Examples:
  openk agent --server https://health.example.com --place eu
  openk agent --server https://health.example.com --place eu --id eu-1 --protocol connect
`;

export function addAgentCommand(
  program: Command,
  context: CliContext,
  runAgent: RunAgent,
  exitWith: (code: number) => void,
): void {
  const command = program
    .command('agent')
    .summary('probe for a server from another network')
    .description('Probes for a server from another network.');
  addConnectionFlags(command)
    .option('--place <name>', 'where it is, as vantage.from names it (default: where the server is)', parseName)
    .option('--id <id>', 'its name, which no other agent has (default: the host name and a random part)', parseName)
    .addHelpText('after', HELP)
    .action(async (flags: AgentFlags) => exitWith(await agent(flags, context, runAgent)));
  onWrongUsage(command, EXIT.couldNotAsk);
}

async function agent(flags: AgentFlags, context: CliContext, runAgent: RunAgent): Promise<number> {
  const { stdout, env, signal } = context;
  // Faults of the command line come before anything is tried.
  const connection = createConnection(flags, context);
  let first: Connection | undefined = connection;
  const place = flags.place || variable(env, 'OPENK_PLACE');
  await runAgent({
    id: flags.id,
    place,
    logLevel: logLevelOf(env, EXIT.couldNotAsk),
    logStyle: logStyleOf(context, EXIT.couldNotAsk),
    connect() {
      // The token is read again each time: files of tokens are renewed.
      const next = first ?? createConnection(flags, { ...context, stderr: context.stderr });
      first = undefined;
      return next;
    },
    describe: (error) => describeFailure(error, connection),
    stdout,
    signal,
  }).catch((error: ConnectError) => {
    throw callError(error, connection);
  });
  return EXIT.ok;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

function parseName(text: string): string {
  if (NAME.test(text)) return text;
  throw new InvalidArgumentError("It must be a letter or digit, then up to 63 of letters, digits, '.', '_', '-'.");
}
