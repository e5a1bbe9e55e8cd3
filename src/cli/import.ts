// `openk import`: what another program watches as openk.yaml, with a report of what became of each piece. The reading of the formats is src/import/.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import type { Fault } from '../config/fault.ts';
import { counted } from '../core/counted.ts';
import type { SourceFile } from '../import/gatus/documents.ts';
import type { Imported } from '../import/imported.ts';
import { ImportError, type ImportReport, isAnythingLost } from '../import/report.ts';
import { type CliContext, type Environment, wantsColor } from './context.ts';
import { CliError, EXIT } from './exit.ts';
import { resolveServeOptions, type Serve, type ServerSignals } from './serve.ts';
import { printable, write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

/** Checks text as `openk config check` does a file at `path`, with `${NAME}` from `env`. */
export type CheckConfigText = (text: string, path: string, env: Environment) => Promise<readonly Fault[]>;

/** What the command needs that is not of the command line. */
interface ImportParts {
  readonly checkText: CheckConfigText;
  readonly serve: Serve;
}

interface ImportFlags {
  readonly output?: string;
  readonly report?: string;
  readonly allowPartial?: boolean;
  readonly verify?: string;
  readonly serve?: boolean;
  readonly prometheus?: string;
}

interface Format {
  readonly name: string;
  /** As people call it. */
  readonly program: string;
  readonly source: string;
  readonly summary: string;
  readonly examples: string;
  /** Options of its own. */
  readonly options?: readonly (readonly [flags: string, description: string])[];
  readonly read: (source: string, flags: ImportFlags, context: CliContext) => Promise<Imported>;
}

const DEFAULT_OUTPUT = 'openk.yaml';
const MAX_COLUMNS = 110;
/** What a variable that is not set here may be where it is, for the check: a name of a host, a header, a token. */
const UNSET = 'x'.repeat(24);
/** Of one source file. */
const MAX_SOURCE_BYTES = 64 * 1024 * 1024;

const HELP = `
The configuration goes to FILE, or to stdout without -o; the report goes to stderr.
What is secret is a variable in the configuration, and its value is in an env file
beside it (openk.env for openk.yaml, readable by its owner alone). No file is
overwritten.

With --serve it is written (to openk.yaml without -o) and served at once, with these
values, unless something is not there: --allow-partial serves the rest all the same.
OPENK_LISTEN, OPENK_STORAGE and OPENK_LOG_LEVEL are as for \`openk serve\`.

Exit codes:
  0    everything is there, if with a difference that the report names; with
       --allow-partial also when something is not
  1    something is not there: it is a comment in the file, and the report says why
  2    the source cannot be read, or wrong usage
  With --serve, once it serves, those of \`openk serve\`.
`;

const FORMATS: readonly Format[] = [
  {
    name: 'gatus',
    program: 'Gatus',
    source: 'a file, or a folder of files',
    summary: 'import endpoints, conditions and alerts of Gatus',
    examples: `
Examples:
  openk import gatus config.yaml -o openk.yaml
  openk import gatus config.yaml --serve
  openk import gatus config/ -o openk.yaml --report report.json
  openk import gatus config.yaml -o openk.yaml --verify answers.json
`,
    async read(source, _flags, { env }) {
      const { importGatus } = await import('../import/gatus/import-gatus.ts');
      const { isGatusFile } = await import('../import/gatus/documents.ts');
      return importGatus(await readSources(source, isGatusFile), { env, randomToken: randomUUID });
    },
  },
  {
    name: 'blackbox',
    program: 'blackbox_exporter',
    source: 'the file with its modules, or a folder that has prometheus.yml too',
    summary: 'import modules of blackbox_exporter and the targets that Prometheus gives them',
    examples: `
Examples:
  openk import blackbox blackbox.yml --prometheus prometheus.yml -o openk.yaml
`,
    options: [['--prometheus <file>', 'prometheus.yml, whose jobs have the targets']],
    async read(source, { prometheus }) {
      const { importBlackbox } = await import('../import/blackbox/import-blackbox.ts');
      const isOne = (path: string) => /\.ya?ml$/.test(path);
      const more = prometheus === undefined ? [] : await readSources(prometheus, isOne);
      return importBlackbox([...(await readSources(source, isOne)), ...more]);
    },
  },
  {
    name: 'uptime-kuma',
    program: 'Uptime Kuma',
    source: 'kuma.db of its data folder, or a backup of 1.x',
    summary: 'import monitors, groups, notifications and status pages of Uptime Kuma',
    examples: `
Examples:
  openk import uptime-kuma /app/data/kuma.db -o openk.yaml
  openk import uptime-kuma Uptime_Kuma_Backup.json -o openk.yaml
`,
    async read(source, _flags, { clock }) {
      const { importKuma } = await import('../import/uptime-kuma/import-kuma.ts');
      return importKuma(await readKuma(source), { randomToken: randomUUID, nowMs: clock.nowMs() });
    },
  },
];

export function addImportCommand(
  program: Command,
  context: CliContext & ServerSignals,
  parts: ImportParts,
  exitWith: (code: number) => void,
): void {
  const command = program
    .command('import')
    .summary('make openk.yaml of what Gatus, Uptime Kuma or blackbox_exporter watch')
    .description('Makes openk.yaml of what another program watches, and says what became of each piece.');
  onWrongUsage(command, EXIT.unusable);
  for (const format of FORMATS) {
    const each = command
      .command(`${format.name} <source>`)
      .summary(format.summary)
      .description(`Makes openk.yaml of a configuration of ${format.program}: ${format.source}.`)
      .option('-o, --output <file>', 'where to; stdout without it')
      .option('--report <file>', 'write the report as JSON, too')
      .option('--allow-partial', 'exit with 0 also when something could not be imported')
      .option('--serve', 'serve it, too, once it is written')
      .option(
        '--verify <file>',
        'judge recorded answers (JSON) as it did and as OpenK does, and show where they differ',
      )
      .addHelpText('after', `${HELP}${format.examples}`);
    for (const [flags, description] of format.options ?? []) each.option(flags, description);
    each.action(async (source: string, flags: ImportFlags) =>
      exitWith(await runImport(format, source, withOutput(flags), context, parts)),
    );
    onWrongUsage(each, EXIT.unusable);
  }
}

async function runImport(
  format: Format,
  source: string,
  flags: ImportFlags,
  context: CliContext & ServerSignals,
  { checkText, serve }: ImportParts,
): Promise<number> {
  const { stdout, stderr, env, signal } = context;
  const envFile = flags.output?.replace(/(\.ya?ml)?$/i, '.env');
  for (const file of [flags.output, envFile, flags.report]) await mustNotExist(file);
  const [{ settle }, { reportText }, { envFileText }] = await Promise.all([
    import('../import/settle.ts'),
    import('../import/report-text.ts'),
    import('../import/secrets.ts'),
  ]);
  const read = await unusableSource(source, () => format.read(source, flags, context));
  const variables = Object.fromEntries(read.variables.map((name) => [name, env[name] || UNSET]));
  const { imported, text } = await settle(read, (made) =>
    checkText(made, flags.output ?? 'openk.yaml', { ...variables, ...Object.fromEntries(read.secrets) }),
  );
  const report: ImportReport = {
    format: format.name,
    source: basename(source),
    items: imported.items,
    notes: imported.notes,
    unknownKeys: imported.unknownKeys,
    secrets: [...imported.secrets.keys()],
    variables: imported.variables,
  };
  const verification = flags.verify === undefined ? undefined : await verified(flags.verify, imported);
  if (flags.output === undefined) await write(stdout, text, signal);
  const hasEnvFile = envFile !== undefined && imported.secrets.size > 0;
  const envText = () => envFileText(imported.secrets, 'Secrets of the configuration beside this file.');
  const whole = { ...report, ...(verification && { verification }) };
  await writeNew([
    ...(flags.output === undefined ? [] : [{ path: flags.output, text, mode: 0o644 }]),
    ...(hasEnvFile ? [{ path: envFile, text: envText(), mode: 0o600 }] : []),
    ...(flags.report === undefined
      ? []
      : [{ path: flags.report, text: `${JSON.stringify(whole, undefined, 2)}\n`, mode: 0o644 }]),
  ]);
  const color = wantsColor(stderr, env);
  const columns = Math.min(stderr.columns || MAX_COLUMNS, MAX_COLUMNS);
  const shown = reportText(report, { color, columns, program: format.program });
  await write(stderr, shown, signal);
  if (verification !== undefined) await write(stderr, verificationText(verification, format.program), signal);
  const isLost = isAnythingLost(report) || (verification?.disagreements.length ?? 0) > 0;
  const code = isLost && flags.allowPartial !== true ? EXIT.fault : EXIT.ok;
  const isServed = flags.serve === true && flags.output !== undefined && code === EXIT.ok;
  await write(stderr, nextSteps(flags.output, hasEnvFile ? envFile : undefined, report, isServed), signal);
  if (flags.serve === true && !isServed)
    await write(stderr, 'Not served, since not all of it is there: --allow-partial serves the rest.\n', signal);
  if (!isServed) return code;
  const own = { ...context, env: { ...env, ...Object.fromEntries(imported.secrets) } };
  return serve(resolveServeOptions({ config: flags.output }, own));
}

/** What is served is kept, where `openk serve` looks for it. */
function withOutput(flags: ImportFlags): ImportFlags {
  return flags.serve === true ? { ...flags, output: flags.output ?? DEFAULT_OUTPUT } : flags;
}

async function verified(path: string, imported: Imported) {
  const { verify } = await import('../import/verify.ts');
  return unusableSource(path, async () => verify(await readFile(path, 'utf8'), imported.judges));
}

function verificationText(
  { judged, disagreements, unmatched }: Awaited<ReturnType<typeof verified>>,
  program: string,
): string {
  const verdict = (why: string | undefined) => (why === undefined ? 'healthy' : `unhealthy (${printable(why)})`);
  return [
    '',
    `RECORDED ANSWERS: ${judged} judged by both, ${disagreements.length} ${disagreements.length === 1 ? 'verdict differs' : 'verdicts differ'}`,
    ...disagreements.flatMap(({ component, answer, foreign, openk }) => [
      `  ${component}, answer ${answer}`,
      `      ${program}: ${verdict(foreign)}`,
      `      OpenK: ${verdict(openk)}`,
    ]),
    ...unmatched.map((name) => `  ${printable(name)} is none of the checks over HTTP that were imported`),
    '',
  ].join('\n');
}

function nextSteps(
  output: string | undefined,
  envFile: string | undefined,
  { secrets, variables }: ImportReport,
  isServed: boolean,
): string {
  const named = (words: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${words}: ${names.join(', ')}`];
  if (output === undefined) {
    return [
      '',
      ...named('Variables to set before it is served', [...secrets, ...variables]),
      'With -o FILE the values of secrets are kept in a file beside it.',
      '',
    ].join('\n');
  }
  const load = envFile === undefined ? '' : `set -a; . ${shellWord(envFile)}; set +a; `;
  return [
    '',
    `Written: ${output}${envFile === undefined ? '' : `, and ${counted(secrets.length, 'secret')} in ${envFile}`}`,
    ...named('It takes from the environment, too', variables),
    `${isServed ? 'Serving it; the next time' : 'Try it'}:  ${load}openk serve --config ${shellWord(output)}`,
    '',
  ].join('\n');
}

function shellWord(path: string): string {
  const word = /^[A-Za-z0-9_./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
  return word.includes('/') ? word : `./${word}`;
}

/** The file, or the files of the folder in the order of a walk. */
async function readSources(source: string, isOne: (path: string) => boolean): Promise<readonly SourceFile[]> {
  if (!(await stat(source)).isDirectory()) return [{ name: basename(source), text: await readText(source) }];
  const files: SourceFile[] = [];
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await walk(path);
      else if (isOne(relative(source, path))) files.push({ name: relative(source, path), text: await readText(path) });
    }
  };
  await walk(source);
  if (files.length === 0) throw new ImportError('there is no file of its format in the folder');
  return files;
}

/** By its first bytes a database, else a backup. */
async function readKuma(source: string) {
  const file = await open(source);
  const { buffer } = await file.read(Buffer.alloc(16), 0, 16).finally(() => file.close());
  if (buffer.toString('latin1').startsWith('SQLite format 3')) {
    const { readDatabase } = await import('../import/uptime-kuma/read-database.ts');
    return readDatabase(source);
  }
  const { readBackup } = await import('../import/uptime-kuma/read-backup.ts');
  return readBackup(await readText(source), basename(source));
}

async function readText(path: string): Promise<string> {
  if ((await stat(path)).size > MAX_SOURCE_BYTES) throw new ImportError(`${path} is larger than 64 MiB`);
  return readFile(path, 'utf8');
}

/** @throws {CliError} for what cannot be read as what it is said to be */
async function unusableSource<T>(source: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ImportError) throw new CliError(EXIT.unusable, `${source}: ${error.message}`);
    if (Error.isError(error) && 'syscall' in error)
      throw new CliError(EXIT.unusable, `cannot read ${source}: ${error.message}`);
    throw error;
  }
}

async function mustNotExist(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (isThere)
    throw new CliError(EXIT.unusable, `${file} is there already`, 'Name another file with -o, or take it away.');
}

interface NewFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

/** All of them, or none: what is left of an attempt would be in the way of the next one. @throws {CliError} */
async function writeNew(files: readonly NewFile[]): Promise<void> {
  const begun: string[] = [];
  for (const { path, text, mode } of files) {
    try {
      await mkdir(dirname(path), { recursive: true });
      await using file = await open(path, 'wx', mode);
      begun.push(path);
      await file.writeFile(text);
    } catch (error) {
      for (const one of begun) await rm(one, { force: true }).catch(() => {});
      throw new CliError(EXIT.fault, `cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
