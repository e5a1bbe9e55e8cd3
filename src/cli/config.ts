// `openk config check`: says whether a file could be served, and shows every fault at once. `openk config schema`: what editors take to complete
// and check it while it is written.
import type { Command } from 'commander';
import { type Fault, formatFault } from '../config/fault.ts';
import { counted } from '../core/counted.ts';
import type { MaintenancePeriod } from '../core/definition.ts';
import type { CliContext, Environment } from './context.ts';
import { EXIT } from './exit.ts';
import { printable, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

export interface CheckedConfig {
  /** None: it can be served. */
  readonly faults: readonly Fault[];
  /** What may not work as it is meant; it can be served all the same. */
  readonly warnings: readonly Fault[];
  /** The next periods of maintenance by component; none where there are faults. */
  readonly maintenance: readonly { readonly component: string; readonly periods: readonly MaintenancePeriod[] }[];
  /** The next times at which a report is due by a calendar, by component, in epoch milliseconds; none where there are faults. */
  readonly due: readonly { readonly component: string; readonly times: readonly number[] }[];
}

/** Reads and checks the file at `path`, with `${NAME}` from `env`. Never rejects for a bad file. */
export type CheckConfig = (path: string, env: Environment) => Promise<CheckedConfig>;

const CHECK_HELP = `
Exit codes:
  0  the file can be served; what may not work as it is meant is printed
     to stderr as a warning
  2  it cannot: every fault is printed, with file, line, column and path

Examples:
  openk config check openk.yaml
  DB_HOST=db openk config check deploy/openk.yaml
  openk config check --verbose openk.yaml
`;

const SCHEMA_HELP = `
Examples:
  openk config schema > openk.schema.json

and in the first line of the file, for editors with the YAML language server:
  # yaml-language-server: $schema=openk.schema.json
`;

export function addConfigCommand(
  program: Command,
  context: CliContext,
  checkConfig: CheckConfig,
  exitWith: (code: number) => void,
): void {
  const config = program
    .command('config')
    .summary('look at configuration files')
    .description('Looks at configuration files.');
  const command = config
    .command('check <file>')
    .summary('validate a configuration file')
    .description('Validates a configuration file as `openk serve` would, and starts nothing.')
    .addHelpText('after', CHECK_HELP)
    .option('--verbose', 'show the next five periods of each maintenance, and times of each heartbeat by cron')
    .action(async (file: string, { verbose = false }: { verbose?: boolean }) =>
      exitWith(await checkFile(file, verbose, context, checkConfig)),
    );
  const schema = config
    .command('schema')
    .summary('print the JSON Schema of configuration files')
    .description('Prints the JSON Schema of configuration files, for editors.')
    .addHelpText('after', SCHEMA_HELP)
    .action(async () => {
      const { configSchema } = await import('./config-schema-document.ts');
      await write(context.stdout, `${JSON.stringify(configSchema, undefined, 2)}\n`, context.signal);
      exitWith(EXIT.ok);
    });
  onWrongUsage(config, EXIT.unusable);
  onWrongUsage(schema, EXIT.unusable);
  onWrongUsage(command, EXIT.unusable);
}

async function checkFile(
  file: string,
  verbose: boolean,
  context: CliContext,
  checkConfig: CheckConfig,
): Promise<number> {
  const { stdout, stderr, env, signal } = context;
  const { faults, warnings, maintenance, due } = await checkConfig(file, env);
  const show = (all: readonly Fault[]) => all.map((fault) => `${printable(formatFault(fault))}\n`).join('');
  if (faults.length === 0) {
    if (warnings.length > 0) await write(stderr, show(warnings), signal);
    const periods = maintenance.flatMap((entry) => entry.periods.map((period) => periodLine(entry.component, period)));
    const times = due.flatMap((entry) => entry.times.map((dueMs) => dueLine(entry.component, dueMs)));
    await write(stdout, [`${file} is valid`, ...(verbose ? [...periods, ...times] : []), ''].join('\n'), signal);
    return EXIT.ok;
  }
  const count = counted(faults.length, 'fault');
  await write(stderr, `${show(faults)}${file} cannot be served: ${count}\n`, signal);
  return EXIT.unusable;
}

/** `payments-api: maintenance from 2026-12-24T22:00:00.000Z until …` */
function periodLine(component: string, { fromMs, untilMs }: MaintenancePeriod): string {
  const from = fromMs > 0 ? ` from ${new Date(fromMs).toISOString()}` : '';
  const until =
    untilMs === undefined ? ' until it is taken out of the file' : ` until ${new Date(untilMs).toISOString()}`;
  return printable(`${component}: maintenance${from}${until}`);
}

/** `nightly-backup: a report is due at 2026-12-24T01:30:00.000Z` */
function dueLine(component: string, dueMs: number): string {
  return printable(`${component}: a report is due at ${new Date(dueMs).toISOString()}`);
}
