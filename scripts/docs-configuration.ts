// Writes the reference in docs/configuration.md from the comments, rules and defaults in config.proto, and of the same the JSON Schema
// that `openk config schema` prints. What stands above the marker in the page is written by hand and stays. `--check` writes nothing and
// fails when one of them is stale.
import { readFileSync } from 'node:fs';
import { type DescEnum, type DescField, type DescMessage, getOption, hasOption, ScalarType } from '@bufbuild/protobuf';
import * as validate from '../gen/buf/validate/validate_pb.ts';
import { read_at_start } from '../gen/openk/config/v1/config_pb.ts';
import { readerOfMessage } from '../src/config/source/scalars.ts';
import { configSchema } from './configuration/json-schema.ts';
import { boundsText } from './proto/bounds-text.ts';
import { commentOf, readImage } from './proto/image.ts';
import { cell, type MadePage, writeOrCheck } from './proto/page.ts';

const ROOT = `${import.meta.dirname}/..`;
const COMMAND = 'npm run docs:configuration';
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

/** As the command has it. */
export function renderSchema(): MadePage {
  const json = JSON.stringify(configSchema(readConfigSchema()), undefined, 2);
  return {
    path: `${ROOT}/src/cli/config-schema-document.ts`,
    text: `// Made by \`${COMMAND}\` from config.proto. Do not edit.\n\n/** The JSON Schema of a configuration file. */\nexport const configSchema: object = ${json};\n`,
  };
}

function readConfigSchema(): DescMessage {
  const config = readImage().getMessage('openk.config.v1.Config');
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
  const rows = desc.fields
    .filter(({ deprecated }) => !deprecated)
    .map((field) => {
      const { text, fallback } = splitDefault(commentOf(field));
      const values = field.enum ? ` ${renderValues(field.enum)}` : '';
      return `| \`${field.name}\` | ${renderType(field)} | ${renderDefault(field, fallback)} | ${cell(text + values)}${renderReadAtStart(field)} |`;
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

/** `, 100ms to 24h` */
function renderBounds(rules: validate.FieldRules | undefined): string {
  const text = boundsText(rules);
  return text === '' ? '' : `, ${text}`;
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

/** Only where the key itself says so: what holds for all keys of a mapping stands at the mapping. */
function renderReadAtStart(field: DescField): string {
  if (!hasOption(field, read_at_start)) return '';
  return getOption(field, read_at_start) ? ' Read at the start.' : ' Read at each reload.';
}

function splitDefault(comment: string): { readonly text: string; readonly fallback: string } {
  const fallback = DEFAULT.exec(comment)?.[1];
  return { text: comment.replace(DEFAULT, ''), fallback: fallback === undefined ? '' : cell(fallback) };
}

if (import.meta.main) writeOrCheck([{ path: PAGE, text: renderPage() }, renderSchema()], COMMAND);
