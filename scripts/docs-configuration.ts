// Writes the reference in docs/configuration.md from the comments, rules and defaults in config.proto. What stands above
// the marker in the page is written by hand and stays. `--check` writes nothing and fails when the page is stale.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import {
  createFileRegistry,
  type DescEnum,
  type DescField,
  type DescMessage,
  fromBinary,
  getOption,
  ScalarType,
} from '@bufbuild/protobuf';
import { type Duration, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { getComments } from '@bufbuild/protoplugin';
import * as validate from '../gen/buf/validate/validate_pb.ts';
import { durationToMs, formatDuration } from '../src/config/duration.ts';
import { readerOfMessage } from '../src/config/scalars.ts';

const ROOT = `${import.meta.dirname}/..`;
const PAGE = `${ROOT}/docs/configuration.md`;
const EXAMPLE = `${ROOT}/tests/fixtures/config/valid-every-key.yaml`;
const MARKER = '<!-- What follows is generated from proto/openk/config/v1/config.proto: npm run docs:configuration -->';
/** Scalar types that the schema uses. */
const TYPES: Partial<Record<ScalarType, string>> = {
  [ScalarType.BOOL]: 'true or false',
  [ScalarType.DOUBLE]: 'number',
  [ScalarType.STRING]: 'text',
  [ScalarType.UINT32]: 'whole number',
};
const DEFAULT = /\s*Default: (.+?)\.?$/;

/** The page as it should be. */
export function renderPage(): string {
  const [introduction] = readFileSync(PAGE, 'utf8').split(MARKER);
  const example = readFileSync(EXAMPLE, 'utf8');
  return `${introduction}${MARKER}

## Reference

${messagesFrom(readConfigSchema()).map(renderMessage).join('\n')}
## Everything at once

\`\`\`yaml
${example}\`\`\`
`;
}

function readConfigSchema(): DescMessage {
  const image = execFileSync('buf', ['build', '--as-file-descriptor-set', '--output', '-'], {
    cwd: ROOT,
    maxBuffer: 64 * 1024 * 1024,
  });
  const config = createFileRegistry(fromBinary(FileDescriptorSetSchema, image)).getMessage('openk.config.v1.Config');
  if (config === undefined) throw new Error('there is no message openk.config.v1.Config');
  return config;
}

/** The message and everything in it that is written as a mapping, each once, the outer before the inner. */
function messagesFrom(desc: DescMessage, found: DescMessage[] = []): readonly DescMessage[] {
  if (found.includes(desc)) return found;
  found.push(desc);
  for (const { message } of desc.fields)
    if (message && !isText(message) && message.fields.length > 0) messagesFrom(message, found);
  return found;
}

function renderMessage(desc: DescMessage): string {
  const rows = desc.fields.map((field) => {
    const { text, fallback } = splitDefault(commentOf(field));
    const values = field.enum ? ` ${renderValues(field.enum)}` : '';
    return `| \`${field.name}\` | ${renderType(field)} | ${renderDefault(field, fallback)} | ${cell(text + values)} |`;
  });
  const choices = desc.oneofs.map(
    ({ fields }) => `Exactly one of ${fields.map(({ name }) => `\`${name}\``).join(', ')}.\n`,
  );
  return [
    `### ${desc.name}\n`,
    `${commentOf(desc)}\n`,
    ...choices,
    '| key | type | default | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function renderType(field: DescField): string {
  const rules = getOption(field, validate.field);
  if (field.fieldKind === 'list')
    return `list of ${renderElement(field, rules.type.case === 'repeated' ? rules.type.value.items : undefined)}`;
  if (field.fieldKind === 'map') return 'mapping of names to texts';
  return renderElement(field, rules);
}

function renderElement(field: DescField, rules: validate.FieldRules | undefined): string {
  if (field.enum) return 'one of the values';
  if (field.message && isText(field.message)) return field.message.name.toLowerCase() + renderBounds(rules);
  if (field.message)
    return field.message.fields.length > 0 ? `[${field.message.name}](#${field.message.name.toLowerCase()})` : '`{}`';
  return TYPES[field.scalar!] + renderBounds(rules);
}

/** Bounds as the rules state them: `, 100ms to 24h`. */
function renderBounds(rules: validate.FieldRules | undefined): string {
  const type = rules?.type;
  if (type?.case !== 'uint32' && type?.case !== 'double' && type?.case !== 'duration') return '';
  const show = (bound: number | Duration) =>
    typeof bound === 'number' ? String(bound) : formatDuration(durationToMs(bound));
  const { greaterThan: low, lessThan: high } = type.value;
  const to = high.value === undefined ? undefined : show(high.value);
  if (low.value === undefined) return to === undefined ? '' : `, at most ${to}`;
  const from = show(low.value);
  if (low.case === 'gt') return to === undefined ? `, above ${from}` : `, above ${from}, up to ${to}`;
  return to === undefined ? `, at least ${from}` : `, ${from} to ${to}`;
}

function renderValues({ values, sharedPrefix = '' }: DescEnum): string {
  return values
    .filter(({ number }) => number !== 0)
    .map((value) => `\`${value.name.slice(sharedPrefix.length)}\`: ${commentOf(value)}`)
    .join(' ');
}

/** Messages that are written as one text, such as durations. */
function isText(desc: DescMessage): boolean {
  return readerOfMessage(desc) !== undefined;
}

function renderDefault(field: DescField, fallback: string): string {
  const { required, type } = getOption(field, validate.field);
  if (required || (type.case === 'repeated' && type.value.minItems > 0n)) return 'required';
  return fallback === '' && field.fieldKind === 'scalar' && field.scalar === ScalarType.BOOL ? 'false' : fallback;
}

function splitDefault(comment: string): { readonly text: string; readonly fallback: string } {
  const fallback = DEFAULT.exec(comment)?.[1];
  return { text: comment.replace(DEFAULT, ''), fallback: fallback === undefined ? '' : cell(fallback) };
}

function commentOf(desc: Parameters<typeof getComments>[0]): string {
  const { leading } = getComments(desc);
  if (leading === undefined) throw new Error(`${desc} has no comment`);
  return leading.trim().replaceAll(/\s*\n\s*/g, ' ');
}

function cell(text: string): string {
  return text.trim().replaceAll('|', '\\|');
}

if (import.meta.main) {
  const page = renderPage();
  if (!process.argv.includes('--check')) {
    writeFileSync(PAGE, page);
  } else if (page !== readFileSync(PAGE, 'utf8')) {
    console.error('docs/configuration.md is stale, run `npm run docs:configuration` and commit the result');
    process.exitCode = 1;
  }
}
