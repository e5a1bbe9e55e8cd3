// `openk config check`: says whether a file could be served, and shows every fault at once.
import type { Command } from 'commander';
import { type Fault, formatFault } from '../config/fault.ts';
import type { CliContext, Environment } from './context.ts';
import { EXIT } from './exit.ts';
import { onWrongUsage } from './flags.ts';
import { printable, write } from './text.ts';

/** Reads and checks the file at `path`, with `${NAME}` from `env`. No faults: it can be served. Never rejects for a bad file. */
export type CheckConfig = (path: string, env: Environment) => Promise<readonly Fault[]>;

const HELP = `
Exit codes:
  0  the file can be served
  2  it cannot: every fault is printed, with file, line, column and path

Examples:
  openk config check openk.yaml
  DB_HOST=db openk config check deploy/openk.yaml
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
    .addHelpText('after', HELP)
    .action(async (file: string) => exitWith(await checkFile(file, context, checkConfig)));
  onWrongUsage(config, EXIT.unusable);
  onWrongUsage(command, EXIT.unusable);
}

async function checkFile(file: string, context: CliContext, checkConfig: CheckConfig): Promise<number> {
  const { stdout, stderr, env, signal } = context;
  const faults = await checkConfig(file, env);
  if (faults.length === 0) {
    await write(stdout, `${file} is valid\n`, signal);
    return EXIT.ok;
  }
  const lines = faults.map((fault) => `${printable(formatFault(fault))}\n`).join('');
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  await write(stderr, `${lines}${file} cannot be served: ${count}\n`, signal);
  return EXIT.unusable;
}
