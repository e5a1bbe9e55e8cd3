// `openk token`: makes API keys. Asks no server: a key is good once its hash stands in the configuration.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { createApiKey } from '../auth/new-api-key.ts';
import { SCOPES, type Scope } from '../auth/scope.ts';
import { parseSelection } from '../core/selection.ts';
import type { CliContext } from './context.ts';
import { EXIT } from './exit.ts';
import { write } from './text.ts';
import { onWrongUsage } from './wrong-usage.ts';

interface NewFlags {
  readonly allow: readonly Scope[];
  readonly select: readonly string[];
  readonly expires?: string;
}

const HELP = `
The first line is the key. It is shown this once: OpenK keeps nothing but its
SHA-256. All below it is YAML, the entry for auth.keys in openk.yaml. To replace
a key, let both stand there until every client has the new one.

Exit codes:
  0  made
  2  the command line is not usable

Examples:
  openk token new grafana
  openk token new ci --allow REPORT --select 'id=nightly-*' --expires 2027-06-01
  openk token new ci | tee >(head -1 | vault kv put secret/openk token=-) | tail -n +2
`;

type MakesKeys = Pick<CliContext, 'stdout' | 'signal' | 'clock' | 'randomBytes'>;

export function addTokenCommand(program: Command, context: MakesKeys, exitWith: (code: number) => void): void {
  const token = program.command('token').summary('make API keys').description('Makes API keys.');
  const command = token
    .command('new')
    .argument('<name>', 'who it is for: its name in openk.yaml, in the log and in the audit log', parseName)
    .summary('make an API key, and the entry for auth.keys')
    .description('Makes an API key, and the entry for auth.keys that makes it good.')
    .addOption(
      new Option('--allow <scopes>', `what it may do: ${SCOPES.join(', ')}, with commas between`)
        .argParser(parseScopes)
        .default(['READ'], 'READ'),
    )
    .addOption(
      new Option('--select <selector>', 'components that exist for it, such as team=payments; may be given again')
        .argParser(addSelector)
        .default([], 'all'),
    )
    .addOption(
      new Option('--expires <time>', 'when it ends: 2027-06-01 or 2027-06-01T12:00:00Z (default: never)').argParser(
        (text) => parseTime(text, context.clock.nowMs()),
      ),
    )
    .addHelpText('after', HELP)
    .action(async (name: string, flags: NewFlags) => {
      await write(context.stdout, newKey(name, flags, context.randomBytes), context.signal);
      exitWith(EXIT.ok);
    });
  onWrongUsage(token, EXIT.unusable);
  onWrongUsage(command, EXIT.unusable);
}

function newKey(name: string, { allow, select, expires }: NewFlags, randomBytes: CliContext['randomBytes']): string {
  const { key, sha256 } = createApiKey(name, randomBytes);
  // JSON strings are strings in YAML too, whatever is in them.
  const lines = [
    key,
    '# The key is the line above; it is not shown again. Below auth.keys in openk.yaml:',
    `- id: ${JSON.stringify(name)}`,
    `  sha256: ${JSON.stringify(sha256)}`,
    `  allow: [${allow.join(', ')}]`,
    ...(select.length > 0 ? [`  select: [${select.map((each) => JSON.stringify(each)).join(', ')}]`] : []),
    ...(expires === undefined ? [] : [`  expires: ${expires}`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** As auth.keys[].id. */
function parseName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text;
  throw new InvalidArgumentError("It must be a letter or digit, then up to 63 of letters, digits, '.', '_', '-'.");
}

function parseScopes(text: string): readonly Scope[] {
  const scopes = text.split(',').map((part) => {
    const scope = SCOPES.find((known) => known === part.trim().toUpperCase());
    if (scope === undefined) throw new InvalidArgumentError(`They are ${SCOPES.join(', ')}, with commas between.`);
    return scope;
  });
  return [...new Set(scopes)];
}

function addSelector(text: string, before: readonly string[]): readonly string[] {
  if (parseSelection([text]) !== undefined) return [...before, text];
  throw new InvalidArgumentError('It must be such as team=payments, team!=payments, id=NAME or id=nightly-*.');
}

/** What openk.yaml takes, of days that there are. */
function parseTime(text: string, nowMs: number): string {
  const [, day] = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))?$/.exec(text) ?? [];
  // Date.parse takes 30 February for 2 March.
  const isDay = day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day);
  const timeMs = Date.parse(text);
  if (!isDay || Number.isNaN(timeMs) || /T24/.test(text)) {
    throw new InvalidArgumentError('It must be a day such as 2027-06-01, or a time such as 2027-06-01T12:00:00Z.');
  }
  if (timeMs <= nowMs) throw new InvalidArgumentError('It must be in the future.');
  return text;
}
