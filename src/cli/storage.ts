// `openk storage`: looks after the file that OpenK keeps its state and history in. Asks no server.
import type { Command } from 'commander';
import { counted } from '../core/counted.ts';
import { StoreFault } from '../core/store.ts';
import type { CliContext, Output } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { printable, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

/** What is done with a file. Every fault is an error whose message says what to do. */
export interface StorageTools {
  /** Reads the whole file. */
  check(path: string): Promise<{
    readonly bytes: number;
    readonly version: number;
    readonly components: number;
    readonly transitions: number;
    /** What is wrong with it; empty: nothing. */
    readonly faults: readonly string[];
  }>;
  /** Writes it anew, without free room. */
  compact(path: string): Promise<{ readonly bytesBefore: number; readonly bytesAfter: number }>;
  /** Copies it as it is at one moment. */
  backup(path: string, destination: string): Promise<{ readonly bytes: number }>;
}

const EXIT_CODES = `
Exit codes:
  0  done
  2  it could not be done, or the command line is not usable`;

const DATABASE_HELP = `
Of a database (postgres://…) it says with which program of PostgreSQL that is done, and exits with 2.`;

const CHECK_HELP = `
Exit codes:
  0  the file is sound
  1  it is damaged: every fault is printed
  2  it cannot be read, or the command line is not usable

Example:
  openk storage check data/openk.db
`;

const COMPACT_HELP = `${EXIT_CODES}

Example:
  openk storage compact data/openk.db
`;

const BACKUP_HELP = `${EXIT_CODES}

Example:
  openk storage backup data/openk.db /backup/openk-monday.db
`;

export function addStorageCommand(
  program: Command,
  { stdout, stderr, signal }: Pick<CliContext, 'stdout' | 'stderr' | 'signal'>,
  tools: StorageTools,
  exitWith: (code: number) => void,
): void {
  const storage = program
    .command('storage')
    .summary('look after the file that OpenK keeps its history in')
    .description('Looks after the file that OpenK keeps its state and history in.');
  const say = (output: Output, text: string) => write(output, text, signal);
  const check = storage
    .command('check <file>')
    .summary('say whether a file is sound')
    .description('Reads the whole file and says whether it is sound. OpenK may run meanwhile.')
    .addHelpText('after', DATABASE_HELP + CHECK_HELP)
    .action(async (file: string) => {
      const { bytes, version, components, transitions, faults } = await orUnusable(tools.check(file));
      if (faults.length === 0) {
        const holds = `${counted(components, 'component')}, ${counted(transitions, 'transition')}`;
        await say(stdout, `${printable(file)} is sound: version ${version}, ${size(bytes)}, ${holds}\n`);
        return exitWith(EXIT.ok);
      }
      await say(stderr, faults.map((fault) => `${printable(fault)}\n`).join(''));
      await say(stderr, `${printable(file)} is damaged: ${counted(faults.length, 'fault')}. Go back to a backup.\n`);
      exitWith(EXIT.fault);
    });
  const compact = storage
    .command('compact <file>')
    .summary('make a file as small as it can be')
    .description(
      'Writes the file anew, without the room that is free in it; for that it needs as much room again. Refused while an OpenK runs on the file.',
    )
    .addHelpText('after', DATABASE_HELP + COMPACT_HELP)
    .action(async (file: string) => {
      const { bytesBefore, bytesAfter } = await orUnusable(tools.compact(file));
      await say(stdout, `${printable(file)}: ${size(bytesBefore)} before, ${size(bytesAfter)} now\n`);
      exitWith(EXIT.ok);
    });
  const backup = storage
    .command('backup <file> <destination>')
    .summary('copy a file while OpenK runs')
    .description(
      'Copies the file as it is at one moment. OpenK may run meanwhile, and does not wait. The destination must not be there yet; it appears when it is whole.',
    )
    .addHelpText('after', DATABASE_HELP + BACKUP_HELP)
    .action(async (file: string, destination: string) => {
      const { bytes } = await orUnusable(tools.backup(file, destination));
      await say(stdout, `${printable(destination)}: ${size(bytes)}\n`);
      exitWith(EXIT.ok);
    });
  for (const command of [storage, check, compact, backup]) onWrongUsage(command, EXIT.unusable);
}

/** A fault of the file ends the command with its own words. */
async function orUnusable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreFault) throw new CliError(EXIT.unusable, error.message);
    throw error;
  }
}

function size(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
