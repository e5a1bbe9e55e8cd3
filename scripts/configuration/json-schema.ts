// A configuration file as JSON Schema (draft 7, which editors know best): the keys of the .proto in both spellings, values as YAML has
// them, and `${NAME}` wherever a value may stand. It refuses nothing that OpenK takes; what it has no words for, `openk config check` says.
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescOneof,
  getOption,
  ScalarType,
} from '@bufbuild/protobuf';
import * as validate from '../../gen/buf/validate/validate_pb.ts';
import { readerOfMessage } from '../../src/config/source/scalars.ts';
import { ruleSchema, type Schema } from '../openapi/rule-schema.ts';
import { commentOf } from '../proto/image.ts';

const VARIABLE = String.raw`\$\{`;
const DURATION = String.raw`^(\d+(\.\d+)?d)?(\d+(\.\d+)?h)?(\d+(\.\d+)?m(?!s))?(\d+(\.\d+)?s)?(\d+(\.\d+)?ms)?$`;
const TIMES: Readonly<Record<string, Schema>> = {
  'google.protobuf.Duration': { type: 'string', pattern: orVariable(DURATION), examples: ['500ms', '30s', '1h30m'] },
  'google.protobuf.Timestamp': {
    type: 'string',
    pattern: orVariable(String.raw`^\d{4}-\d\d-\d\d(T.*)?$`),
    examples: ['2026-12-24T22:00:00Z', '2026-12-24'],
  },
};
const WHOLE: Schema = { type: ['integer', 'string'], pattern: orVariable(String.raw`^[-+]?\d+$`) };
const NUMBER: Schema = { type: ['number', 'string'], pattern: orVariable(String.raw`^[-+]?(\d|\.)`) };
/** The key decides what type a value has, not its quotes. */
const TEXT: Schema = { type: ['string', 'number', 'boolean'] };

export function configSchema(config: DescMessage): Schema {
  const definitions: Record<string, Schema> = {};
  const refer = (desc: DescMessage): Schema => {
    if (!(desc.name in definitions)) {
      // In its place before it is made, since messages may hold themselves.
      definitions[desc.name] = {};
      definitions[desc.name] = messageSchema(desc, `#/definitions/${desc.name}`, refer);
    }
    return { $ref: `#/definitions/${desc.name}` };
  };
  const whole = messageSchema(config, '#', refer);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'openk.yaml',
    ...whole,
    definitions: Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

type Refer = (desc: DescMessage) => Schema;

/** @param at where the schema will be */
function messageSchema(desc: DescMessage, at: string, refer: Refer): Schema {
  const fields = desc.fields.filter(({ deprecated }) => !deprecated);
  const twoSpellings = fields.filter(({ name, jsonName }) => name !== jsonName);
  const required = fields.filter((field) => getOption(field, validate.field).required).map(isThere);
  const rules = [...required, ...desc.oneofs.map(oneofSchema)];
  return {
    description: commentOf(desc),
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchema(field, refer)])),
    // Taken, and not proposed.
    ...(twoSpellings.length > 0 && {
      patternProperties: Object.fromEntries(
        twoSpellings.map(({ name, jsonName }) => [`^${jsonName}$`, { $ref: `${at}/properties/${name}` }]),
      ),
    }),
    additionalProperties: false,
    ...(rules.length > 0 && { allOf: rules }),
  };
}

function isThere({ name, jsonName }: DescField): Schema {
  return name === jsonName ? { required: [name] } : { anyOf: [{ required: [name] }, { required: [jsonName] }] };
}

function oneofSchema(desc: DescOneof): Schema {
  const some = desc.fields.map(isThere);
  const isRequired = getOption(desc, validate.oneof).required;
  return { oneOf: isRequired ? some : [...some, { not: { anyOf: some } }] };
}

function fieldSchema(field: DescField, refer: Refer): Schema {
  const description = commentOf(field);
  const rules = getOption(field, validate.field);
  if (field.fieldKind === 'list') {
    const items = rules.type.case === 'repeated' ? rules.type.value.items : undefined;
    const { minItems, maxItems } = ruleSchema(rules);
    return orNothing({
      description,
      type: 'array',
      items: valueSchema(field, refer, items),
      ...(minItems !== undefined && { minItems }),
      ...(maxItems !== undefined && { maxItems }),
    });
  }
  if (field.fieldKind === 'map') {
    return orNothing({ description, type: 'object', additionalProperties: valueSchema(field, refer) });
  }
  return orNothing({ description, ...valueSchema(field, refer, rules) });
}

/** A key without a value counts as left out. */
function orNothing({ description, $ref, anyOf, type, ...rest }: Schema): Schema {
  if ($ref !== undefined) return { description, anyOf: [{ $ref }, { type: 'null' }] };
  if (anyOf !== undefined) return { description, anyOf: [...(anyOf as Schema[]), { type: 'null' }], ...rest };
  return { description, type: [...[type].flat(), 'null'], ...rest };
}

function valueSchema(
  { message, enum: values, scalar }: DescField,
  refer: Refer,
  rules?: Parameters<typeof ruleSchema>[0],
): Schema {
  if (message !== undefined) return readerOfMessage(message) ? TIMES[message.typeName]! : refer(message);
  const keywords = ruleSchema(rules, values);
  if (values !== undefined) return enumSchema(values, keywords.enum as readonly string[] | undefined);
  switch (scalar) {
    case ScalarType.BOOL:
      return { type: ['boolean', 'string'], pattern: orVariable('^(true|True|TRUE|false|False|FALSE)$') };
    case ScalarType.STRING:
      return { ...TEXT, ...textRules(keywords) };
    case ScalarType.BYTES:
      return TEXT;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return { ...NUMBER, ...keywords };
    default:
      return { ...WHOLE, ...keywords };
  }
}

/** Both that are of a text: a variable may stand for any part of it. */
function textRules({ pattern, minLength }: Schema): Schema {
  return {
    ...(pattern !== undefined && { pattern: orVariable(String(pattern)) }),
    ...(minLength !== undefined && { minLength }),
  };
}

/** By their names without the prefix of the enum; with it they are taken, and not proposed. The zero value is no name. */
function enumSchema(desc: DescEnum, only: readonly string[] | undefined): Schema {
  const prefix = desc.sharedPrefix?.toUpperCase() ?? '';
  const names = desc.values
    .filter(({ number, name }) => number !== 0 && (only?.includes(name) ?? true))
    .map(({ name }) => name.slice(prefix.length));
  return { anyOf: [{ enum: names }, { type: 'string', pattern: orVariable(`^${prefix}(${names.join('|')})$`) }] };
}

function orVariable(pattern: string): string {
  return `${pattern}|${VARIABLE}`;
}
