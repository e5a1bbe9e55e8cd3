// `openk wait`: the deploy gate as a command. What it waits for is in healthy-gate.ts.
import { ConnectError } from '@connectrpc/connect';
import type { Command } from 'commander';
import { formatDuration } from '../config/duration.ts';
import { addConnectionFlags, type ConnectionFlags, createConnection } from './connection.ts';
import type { CliContext } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { durationOption, timeoutOption } from './flags.ts';
import { passHealthyGate, type Verdict } from './healthy-gate.ts';
import { callErrorWithHint } from './near-component.ts';
import { printable, write } from './text.ts';
import { createWaitProgress } from './wait-progress.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface WaitFlags extends ConnectionFlags {
  readonly for: number;
  readonly timeout: number;
}

const HELP = `
The time begins when this command first sees the component HEALTHY, however long
it was so before. Any other status, DEGRADED too, begins it anew. A broken
connection does not, as long as the server can show that the status did not
change meanwhile. At the end it asks once more, so that a connection which died
unnoticed is not taken for health.

Exit codes:
  0    it has been HEALTHY without a break for that long
  1    it was not, until --timeout
  3    could not ask: no answer until --timeout, refused, or wrong usage
  4    no such component when the command started
  130  interrupted

Examples:
  openk wait checkout --for 60s
  openk wait payments-api --for 5m --timeout 30m --server https://openk.example.com
  kubectl rollout status deploy/shop && openk wait shop --for 2m || kubectl rollout undo deploy/shop
`;

export function addWaitCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  const command = program
    .command('wait')
    .summary('wait until a component has been healthy for a while')
    .description(
      'Waits until a component has been HEALTHY without a break for a while: a gate for deployments.\n' +
        'Follows the stream of changes, and polls nothing.',
    )
    .argument('<component>', 'id of the component')
    .addOption(durationOption('--for <duration>', 'how long it has to be HEALTHY').makeOptionMandatory())
    .addOption(timeoutOption('when to give up').default(600_000, '10m'));
  addConnectionFlags(command)
    .addHelpText('after', HELP)
    .action(async (component: string, flags: WaitFlags) => exitWith(await wait(component, flags, context)));
  onWrongUsage(command, EXIT.couldNotAsk);
}

async function wait(component: string, flags: WaitFlags, context: CliContext): Promise<number> {
  const { stdout, stderr, clock, random, signal } = context;
  const forText = formatDuration(flags.for);
  const timeoutText = formatDuration(flags.timeout);
  if (flags.for >= flags.timeout) {
    throw new CliError(
      EXIT.couldNotAsk,
      `--for ${forText} cannot come true within --timeout ${timeoutText}`,
      'Give a longer --timeout.',
    );
  }
  const connection = createConnection(flags, context);
  const name = printable(component);
  const progress = createWaitProgress({
    component,
    forMs: flags.for,
    connection,
    clock,
    print: (line, until) => write(stderr, `openk wait: ${line}\n`, until),
  });
  const { for: forMs, timeout: timeoutMs } = flags;
  let verdict: Verdict;
  try {
    verdict = await passHealthyGate({ component, forMs, timeoutMs, connection, clock, random, signal, progress });
  } catch (error) {
    throw error instanceof ConnectError ? await callErrorWithHint(error, connection) : error;
  } finally {
    connection.drop();
  }
  if (verdict === 'interrupted') return EXIT.interrupted;
  if (verdict === 'passed') {
    await write(stdout, `${name} has been HEALTHY for ${forText}\n`, signal);
    return EXIT.ok;
  }
  const { message, advice } = progress.standing;
  if (!progress.answered) throw new CliError(EXIT.couldNotAsk, `no answer within ${timeoutText}: ${message}`, advice);
  throw new CliError(
    EXIT.timedOut,
    `${name} was not HEALTHY for ${forText} without a break within ${timeoutText}: ${message}`,
    advice ?? 'Ask for the cause with `openk check`, or give a longer --timeout.',
  );
}
