// `openk check`: one question, one answer, one exit code.
import { toJson } from '@bufbuild/protobuf';
import type { Command } from 'commander';
import { HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { type GetHealthResponse, GetHealthResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { type AskFlags, askServer } from './ask-server.ts';
import { addConnectionFlags } from './connection.ts';
import { type CliContext, wantsColor } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { parseWholeNumber, timeoutOption } from './flags.ts';
import { details, headline, type KnownStatus, statusOf } from './health-text.ts';
import { jsonLine, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface CheckFlags extends AskFlags {
  readonly exitDegraded?: number;
  readonly json?: boolean;
  readonly ready?: boolean;
}

const EXIT_BY_STATUS: Readonly<Record<KnownStatus, number>> = {
  [HealthStatus.HEALTHY]: EXIT.ok,
  [HealthStatus.DEGRADED]: EXIT.ok,
  [HealthStatus.UNHEALTHY]: EXIT.unhealthy,
  [HealthStatus.UNKNOWN]: EXIT.unknown,
  [HealthStatus.MAINTENANCE]: EXIT.unknown,
};

const HELP = `
Exit codes:
  0  HEALTHY, or DEGRADED unless --exit-degraded says otherwise; ready
  1  UNHEALTHY; not ready
  2  UNKNOWN or MAINTENANCE
  3  could not ask: no answer in time, or wrong usage
  4  no such component

Examples:
  openk check
  openk check payments-api --server https://openk.example.com
  openk check checkout --exit-degraded 1 && ./deploy.sh
  openk check checkout --json | jq -r .health.status
  openk check --ready
`;

export function addCheckCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  const command = program
    .command('check')
    .summary('ask once how a component is')
    .description('Asks once how a component is; prints its status and the reason.')
    .argument('[component]', 'id of the component (default: the root group, the whole system)');
  addConnectionFlags(command)
    .addOption(timeoutOption('longest wait for the answer').default(5000, '5s'))
    .option('--exit-degraded <code>', 'exit code for DEGRADED', parseWholeNumber(0, 255))
    .option('--json', 'print the answer as the API gives it (GetHealthResponse)')
    .option('--ready', 'ask whether OpenK itself is ready, whatever it watches; needs no token')
    .addHelpText('after', HELP)
    .action(async (component: string | undefined, flags: CheckFlags) =>
      exitWith(await (flags.ready ? checkReady(component, flags, context) : check(component ?? '', flags, context))),
    );
  onWrongUsage(command, EXIT.couldNotAsk);
}

async function check(component: string, flags: CheckFlags, context: CliContext): Promise<number> {
  const { stdout, env, signal } = context;
  return askServer(flags, context, async ({ client }, options) => {
    const response = await client.getHealth({ component }, options);
    await write(stdout, flags.json === true ? asJson(response) : asText(response, wantsColor(stdout, env)), signal);
    const status = statusOf(response.health);
    return status === HealthStatus.DEGRADED ? (flags.exitDegraded ?? EXIT.ok) : EXIT_BY_STATUS[status];
  });
}

/** By grpc.health.v1 about the empty name, which everybody may ask. */
async function checkReady(component: string | undefined, flags: CheckFlags, context: CliContext): Promise<number> {
  const { stdout, signal } = context;
  if (component !== undefined || flags.json || flags.exitDegraded !== undefined) {
    throw new CliError(
      EXIT.couldNotAsk,
      '--ready asks about OpenK itself, and takes neither a component nor --json nor --exit-degraded',
      'Leave them out.',
    );
  }
  return askServer(flags, context, async ({ grpcHealth }, options) => {
    const { status } = await grpcHealth.check({ service: '' }, options);
    const isReady = status === ServingStatus.SERVING;
    await write(stdout, isReady ? 'ready\n' : 'not ready\n', signal);
    return isReady ? EXIT.ok : EXIT.unhealthy;
  });
}

function asJson(response: GetHealthResponse): string {
  return `${jsonLine(toJson(GetHealthResponseSchema, response))}\n`;
}

function asText({ health }: GetHealthResponse, color: boolean): string {
  if (health === undefined) return 'UNKNOWN: the server said nothing about its health\n';
  return [headline(health, color), ...details(health).map((line) => `  ${line}`), ''].join('\n');
}
