// `openk report`: says for a heartbeat how it is, from a cron job or a script.
import { toJson } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { ConnectError } from '@connectrpc/connect';
import { Argument, type Command } from 'commander';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { ReportHealthResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { hasReason } from '../errors/to-connect.ts';
import { type AskFlags, askServer } from './ask-server.ts';
import { addConnectionFlags } from './connection.ts';
import { type CliContext, wantsColor } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { durationOption, parseStatus, timeoutOption } from './flags.ts';
import { headline, type KnownStatus, statusName } from './health-text.ts';
import { jsonLine, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface ReportFlags extends AskFlags {
  readonly message?: string;
  readonly duration?: number;
  readonly runId?: string;
  readonly json?: boolean;
}

/** What a report may say. */
const STATUSES = [HealthStatus.HEALTHY, HealthStatus.DEGRADED, HealthStatus.UNHEALTHY] as const;
const MAX_JOB_MS = 876_000 * 3_600_000;

const HELP = `
Its kind must be heartbeat. Prints how it is after the report.

Exit codes:
  0  the report was taken, and a crash of the server does not lose it
  1  the component takes no reports: it is no heartbeat
  3  could not report: no answer in time, refused, or wrong usage
  4  no such component

Examples:
  openk report nightly-backup healthy --duration 12m --run-id 2026-11-29
  ./backup.sh && openk report nightly-backup healthy || openk report nightly-backup unhealthy
  openk report nightly-backup degraded --message '3 files skipped'
`;

export function addReportCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  const command = program
    .command('report')
    .summary('say how a heartbeat is')
    .description('Says for a component of kind heartbeat how it is.')
    .argument('<component>', 'id of the component')
    .addArgument(
      new Argument('<status>', 'how it is').choices(STATUSES.map(statusName)).argParser(parseStatus(STATUSES)),
    )
    .option('--message <text>', 'why, for people')
    .addOption(durationOption('--duration <duration>', 'how long the job took that reports', MAX_JOB_MS))
    .option('--run-id <id>', 'which run of the job reports');
  addConnectionFlags(command)
    .addOption(timeoutOption('longest wait for the answer').default(5000, '5s'))
    .option('--json', 'print the answer as the API gives it (ReportHealthResponse)')
    .addHelpText('after', HELP)
    .action(async (component: string, status: KnownStatus, flags: ReportFlags) =>
      exitWith(await report(component, status, flags, context)),
    );
  onWrongUsage(command, EXIT.couldNotAsk);
}

async function report(
  component: string,
  status: KnownStatus,
  flags: ReportFlags,
  context: CliContext,
): Promise<number> {
  const { stdout, env, signal } = context;
  const { message = '', duration: durationMs, runId = '' } = flags;
  const duration = durationMs === undefined ? {} : { duration: durationFromMs(durationMs) };
  return askServer(flags, context, async ({ client }, options) => {
    const answer = await client
      .reportHealth({ component, status, message, runId, ...duration }, options)
      .catch((error: unknown) => {
        throw error instanceof ConnectError && hasReason(error, 'NOT_A_HEARTBEAT')
          ? new CliError(EXIT.takesNoReports, error.rawMessage)
          : error;
      });
    const { health } = answer;
    const text = health === undefined ? 'taken' : headline(health, wantsColor(stdout, env));
    const json = flags.json ? jsonLine(toJson(ReportHealthResponseSchema, answer)) : undefined;
    await write(stdout, `${json ?? text}\n`, signal);
    return EXIT.ok;
  });
}
