// Writes the reference in docs/api.md from the comments, rules and REST paths in the .proto files, and from the catalogue of
// errors. What stands above the marker in the page is written by hand and stays. `--check` fails when the page is stale.
import { readFileSync } from 'node:fs';
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescMethod,
  getOption,
  ScalarType,
} from '@bufbuild/protobuf';
import * as validate from '../gen/buf/validate/validate_pb.ts';
import { nearestName } from '../src/core/nearest.ts';
import { ERROR_CATALOGUE, type ErrorKind, LIBRARY_REFUSALS } from '../src/errors/catalogue.ts';
import { codeName } from '../src/errors/code-name.ts';
import { ERROR_DOMAIN } from '../src/errors/to-connect.ts';
import { HTTP_STATUS } from '../src/errors/to-http.ts';
import { readHttpBindings } from '../src/protocols/rest/http-rule.ts';
import { boundsText } from './proto/bounds-text.ts';
import { commentOf, readImage } from './proto/image.ts';
import { cell, writeOrCheck } from './proto/page.ts';
import { SERVICES } from './proto/services.ts';

const PAGE = `${import.meta.dirname}/../docs/api.md`;
const MARKER = '<!-- What follows is generated from the .proto files and the error catalogue: npm run docs:api -->';
/** Packages whose types are described here; the configuration has a page of its own. */
const PACKAGES = ['openk.health.v1', 'openk.alerts.v1', 'openk.maintenance.v1', 'openk.audit.v1', 'openk.common.v1'];

type NamedType = DescMessage | DescEnum;

/** The page as it should be. */
export function renderPage(): string {
  const [introduction] = readFileSync(PAGE, 'utf8').split(MARKER);
  const image = readImage();
  const services = SERVICES.map((name) => image.getService(name)!);
  const types = typesOf(services.flatMap(({ methods }) => methods));
  const messages = types.filter((type) => type.kind === 'message');
  const enums = types.filter((type) => type.kind === 'enum');
  return [
    `${introduction}${MARKER}\n`,
    ...services.flatMap((service) => [
      `## ${service.typeName}\n\n${commentOf(service)}\n`,
      ...service.methods.map(renderMethod),
    ]),
    '## Messages\n',
    ...messages.map(renderMessage),
    '## Values\n',
    ...enums.map(renderEnum),
    renderErrors(),
  ].join('\n');
}

/** In the order in which the methods lead to them, each once. */
function typesOf(methods: readonly DescMethod[]): NamedType[] {
  const found = new Set<NamedType>();
  const add = (type: NamedType) => {
    if (found.has(type) || !PACKAGES.includes(type.file.proto.package)) return;
    found.add(type);
    if (type.kind === 'enum') return;
    for (const field of type.fields) {
      const inner = field.message ?? field.enum;
      if (inner !== undefined) add(inner);
    }
  };
  for (const { input, output } of methods) {
    add(input);
    add(output);
  }
  return [...found];
}

function renderMethod(method: DescMethod): string {
  const stream = method.methodKind === 'server_streaming' ? 'stream of ' : '';
  const paths = readHttpBindings(method, nearestName).map(({ httpMethod, pattern }) => `\`${httpMethod} ${pattern}\``);
  const { text, errors } = splitErrors(commentOf(method));
  return [
    `### ${method.name}\n`,
    `${text}\n`,
    '| | |',
    '|---|---|',
    `| request | ${link(method.input)} |`,
    `| answer | ${stream}${link(method.output)} |`,
    `| REST | ${paths.join('<br>')} |`,
    ...(errors === '' ? [] : [`| errors | ${cell(errors)} |`]),
    '',
  ].join('\n');
}

function splitErrors(comment: string): { readonly text: string; readonly errors: string } {
  const [text = '', errors = ''] = comment.split(/\s*Errors:\s*/);
  return { text, errors };
}

function renderMessage(desc: DescMessage): string {
  const rows = desc.fields.map((field) => {
    const [type, rules] = [renderType(field), renderRules(field)].map(cell);
    return `| \`${field.name}\` | ${type} | ${rules} | ${cell(commentOf(field))} |`;
  });
  const oneofs = desc.oneofs.map(
    ({ fields }) => `At most one of ${fields.map(({ name }) => `\`${name}\``).join(', ')}.\n`,
  );
  return [
    `### ${nameOf(desc)}\n`,
    `${commentOf(desc)}\n`,
    ...oneofs,
    '| field | type | rules | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function renderEnum(desc: DescEnum): string {
  const rows = desc.values.map((value) => `| \`${value.name}\` | ${cell(commentOf(value))} |`);
  return [`### ${nameOf(desc)}\n`, `${commentOf(desc)}\n`, '| value | meaning |', '|---|---|', ...rows, ''].join('\n');
}

function renderType(field: DescField): string {
  if (field.fieldKind === 'map') return 'map of texts to texts';
  const type = field.message ?? field.enum;
  const name = type === undefined ? ScalarType[field.scalar ?? ScalarType.STRING].toLowerCase() : link(type);
  return field.fieldKind === 'list' ? `list of ${name}` : name;
}

function renderRules(field: DescField): string {
  const rules = getOption(field, validate.field);
  const items = rules.type.case === 'repeated' ? rules.type.value.items : undefined;
  return [
    rules.required ? 'required' : '',
    ruleText(rules, field),
    items === undefined ? '' : `each: ${ruleText(items, field)}`,
  ]
    .filter((text) => text !== '')
    .join('; ');
}

function ruleText(rules: validate.FieldRules, { enum: values }: DescField): string {
  const { type } = rules;
  switch (type.case) {
    case 'string': {
      const { pattern, minLen, maxLen } = type.value;
      const empty = rules.ignore === validate.Ignore.IF_ZERO_VALUE ? 'empty, or ' : '';
      const lengths = [minLen > 0n ? `at least ${minLen}` : '', maxLen > 0n ? `at most ${maxLen}` : ''].filter(Boolean);
      const length = lengths.length === 0 ? '' : `${lengths.join(', ')} characters`;
      return [pattern === '' ? '' : `${empty}\`${pattern}\``, length].filter(Boolean).join(', ');
    }
    case 'enum': {
      const names = (numbers: readonly number[]) =>
        numbers.map((number) => `\`${values?.value[number]?.name}\``).join(', ');
      const { in: only, notIn } = type.value;
      return [only.length > 0 ? names(only) : '', notIn.length > 0 ? `not ${names(notIn)}` : '']
        .filter(Boolean)
        .join(', ');
    }
    case 'repeated': {
      const { maxItems, unique } = type.value;
      return [maxItems > 0n ? `at most ${maxItems}` : '', unique ? 'no duplicates' : ''].filter(Boolean).join(', ');
    }
    default:
      return boundsText(rules);
  }
}

/** With that of the message which it stands in: several have a KeepAlive. */
function nameOf({ typeName, file }: NamedType): string {
  return typeName.slice(file.proto.package.length + 1);
}

function link(type: NamedType): string {
  const name = nameOf(type);
  const anchor = name.toLowerCase().replaceAll('.', '');
  if (PACKAGES.includes(type.file.proto.package)) return `[${name}](#${anchor})`;
  return type.file.proto.package === 'openk.config.v1' ? `[${name}](configuration.md#${anchor})` : name;
}

function renderErrors(): string {
  const rows = Object.entries(ERROR_CATALOGUE).map(([reason, kind]: [string, ErrorKind<never>]) => {
    const { code, httpStatus = HTTP_STATUS[code], when, metadata = {}, violations, retryAfterMs } = kind;
    const keys = Object.keys(metadata).map((key) => `\`${key}\``);
    const details = [violations && 'BadRequest', retryAfterMs && 'RetryInfo'].filter(Boolean);
    return `| \`${reason}\` | ${codeName(code)} | ${httpStatus} | ${keys.join(', ')} | ${details.join(', ')} | ${cell(when)} |`;
  });
  const ofLibraries = Array.from(LIBRARY_REFUSALS, ([code, when]) => {
    return `| \`${codeName(code)}\` | ${codeName(code)} | ${HTTP_STATUS[code]} | | | ${cell(when)} |`;
  });
  return [
    '## Errors\n',
    `Every error has a \`google.rpc.ErrorInfo\` of the domain \`${ERROR_DOMAIN}\`, whose reason is one of these. Those whose reason is`,
    'the name of their code come from the libraries of the protocols. REST answers `google.rpc.Status` as JSON. JSON is read',
    'strictly, whatever the protocol: a key or a name of an enum that is not known is INVALID_REQUEST.\n',
    '| reason | code | HTTP | metadata | more details | when |',
    '|---|---|---|---|---|---|',
    ...rows,
    ...ofLibraries,
    '',
  ].join('\n');
}

if (import.meta.main) writeOrCheck([{ path: PAGE, text: renderPage() }], 'npm run docs:api');
