// `openk export page`: a status page as static files, for where OpenK itself cannot be reached. It is made of what the API answers,
// by what the server makes its own pages with.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { StatusPage } from '../../gen/openk/status/v1/status_pb.ts';
import { renderAtom } from '../status/render/atom.ts';
import { renderBadge } from '../status/render/badge.ts';
import { renderHtml } from '../status/render/html.ts';
import { renderStatuspageJson, STATUSPAGE_FILES } from '../status/render/statuspage-json.ts';
import { entriesOf, timeText } from '../status/render/words.ts';
import { type AskFlags, askServer } from './ask-server.ts';
import { addConnectionFlags } from './connection.ts';
import type { CliContext } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { timeoutOption } from './flags.ts';
import { printable, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface ExportFlags extends AskFlags {
  readonly to: string;
}

const HELP = `
Writes index.html, feed.atom, api/v2/*.json and badge/KEY.svg. Links are relative, so
that the folder can lie anywhere: in a bucket, behind a CDN, on a disk. The page says
as of when it is. Each file appears when it is whole, index.html as the last.

Exit codes:
  0    written
  1    could not write
  3    could not ask: no answer in time, refused, or wrong usage
  4    no such page
  130  interrupted

Examples:
  openk export page public --to site
  openk export page public --to site && aws s3 sync site s3://status.example.com
`;

export function addExportCommand(program: Command, context: CliContext, exitWith: (code: number) => void): void {
  const command = program
    .command('export')
    .summary('write a status page as files')
    .description('Writes what OpenK shows as files.');
  const page = command
    .command('page <page>')
    .summary('write a status page as static files')
    .description('Writes a status page as it is now as static files.')
    .requiredOption('--to <folder>', 'where to; it is made if it is not there');
  addConnectionFlags(page)
    .addOption(timeoutOption('longest wait for the answer').default(10_000, '10s'))
    .addHelpText('after', HELP)
    .action(async (id: string, flags: ExportFlags) => exitWith(await exportPage(id, flags, context)));
  for (const each of [command, page]) onWrongUsage(each, EXIT.couldNotAsk);
}

async function exportPage(id: string, flags: ExportFlags, context: CliContext): Promise<number> {
  return askServer(flags, context, async ({ statusPages, server }, options) => {
    const { page } = await statusPages.getStatusPage({ page: id }, options);
    if (page?.asOf === undefined) throw new CliError(EXIT.couldNotAsk, `${server} answers with no page`);
    const files = filesOf(page);
    for (const [name, text] of files) await writeWhole(join(flags.to, name), text);
    const text = `${printable(flags.to)}: ${files.length} files, as of ${timeText(page.asOf)}\n`;
    await write(context.stdout, text, context.signal);
    return EXIT.ok;
  });
}

/** By name. What links to the others comes last. */
function filesOf(page: StatusPage): readonly (readonly [name: string, text: string])[] {
  return [
    ...entriesOf(page).map((entry) => [badgeName(entry.key), renderBadge(entry)] as const),
    ...STATUSPAGE_FILES.map((file) => [`api/v2/${file}.json`, renderStatuspageJson(page, file)] as const),
    ['feed.atom', renderAtom(page, 'index.html')],
    ['index.html', renderHtml(page, { base: '' })],
  ];
}

/** @throws {CliError} for a key that is no file name: a server that is not OpenK may answer anything */
function badgeName(key: string): string {
  if (!/^[0-9a-f]+$/.test(key)) throw new CliError(EXIT.couldNotAsk, 'the answer is not from an OpenK of this version');
  return `badge/${key}.svg`;
}

/** A reader has the file of before or this one, and never a part. @throws {CliError} */
async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(part, text);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true }).catch(() => {});
    throw new CliError(EXIT.fault, `cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
