// Messages as JSON Schema (draft 2020-12), in the form of protobuf's JSON mapping (protobuf.dev/programming-guides/json)
// as OpenK writes it: lowerCamelCase names, fields with their default value left out, 64-bit integers as strings.
import { type DescEnum, type DescField, type DescMessage, getOption, ScalarType } from '@bufbuild/protobuf';
import * as validate from '../../gen/buf/validate/validate_pb.ts';
import { commentOf } from '../proto/image.ts';
import { ruleSchema, type Schema } from './rule-schema.ts';

/** Schemas of named types, filled as they are referred to. */
export interface SchemaSet {
  message(desc: DescMessage): Schema;
  field(field: DescField): Schema;
  /** The message without some fields, for a request whose path holds them. Not shared. */
  messageWithout(desc: DescMessage, fields: ReadonlySet<DescField>): Schema;
  /** By name, for `components.schemas`. */
  all(): Readonly<Record<string, Schema>>;
}

/** Messages with a JSON form of their own. */
const WELL_KNOWN: Readonly<Record<string, Schema>> = {
  'google.protobuf.Timestamp': {
    type: 'string',
    format: 'date-time',
    description: 'RFC 3339, in UTC.',
    examples: ['2026-11-23T09:30:00Z'],
  },
  'google.protobuf.Duration': {
    type: 'string',
    pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$',
    description: 'Seconds with an s behind.',
    examples: ['1.5s'],
  },
};

const UINT64 = { type: 'string', format: 'uint64', pattern: '^[0-9]{1,20}$' };
const INT64 = { type: 'string', format: 'int64', pattern: '^-?[0-9]{1,19}$' };
const INT32 = { type: 'integer', format: 'int32', minimum: -2_147_483_648, maximum: 2_147_483_647 };
const UINT32 = { type: 'integer', format: 'uint32', minimum: 0, maximum: 4_294_967_295 };
const SCALARS: Readonly<Record<ScalarType, Schema>> = {
  [ScalarType.DOUBLE]: { type: 'number', format: 'double' },
  [ScalarType.FLOAT]: { type: 'number', format: 'float' },
  [ScalarType.INT64]: INT64,
  [ScalarType.SINT64]: INT64,
  [ScalarType.SFIXED64]: INT64,
  [ScalarType.UINT64]: UINT64,
  [ScalarType.FIXED64]: UINT64,
  [ScalarType.INT32]: INT32,
  [ScalarType.SINT32]: INT32,
  [ScalarType.SFIXED32]: INT32,
  [ScalarType.UINT32]: UINT32,
  [ScalarType.FIXED32]: UINT32,
  [ScalarType.BOOL]: { type: 'boolean' },
  [ScalarType.STRING]: { type: 'string' },
  [ScalarType.BYTES]: { type: 'string', contentEncoding: 'base64' },
};

export function createSchemaSet(): SchemaSet {
  const schemas = new Map<string, Schema>();

  const named = (desc: DescMessage | DescEnum, make: () => Schema): Schema => {
    if (!schemas.has(desc.typeName)) {
      // In its place before it is made, since messages may hold themselves.
      schemas.set(desc.typeName, {});
      schemas.set(desc.typeName, make());
    }
    return { $ref: `#/components/schemas/${desc.typeName}` };
  };
  const message = (desc: DescMessage): Schema => WELL_KNOWN[desc.typeName] ?? named(desc, () => objectSchema(desc));
  const single = ({ message: type, enum: values, scalar }: DescField): Schema => {
    if (type !== undefined) return message(type);
    if (values !== undefined) return named(values, () => enumSchema(values));
    return SCALARS[scalar ?? ScalarType.STRING];
  };
  const field = (desc: DescField): Schema => {
    const rules = getOption(desc, validate.field);
    const description = { description: commentOf(desc) };
    if (desc.fieldKind === 'list') {
      const items = rules.type.case === 'repeated' ? rules.type.value.items : undefined;
      return {
        type: 'array',
        items: withRules(single(desc), ruleSchema(items, desc.enum)),
        ...ruleSchema(rules),
        ...description,
      };
    }
    if (desc.fieldKind === 'map') {
      return { type: 'object', additionalProperties: single(desc), ...ruleSchema(rules), ...description };
    }
    return { ...withRules(single(desc), ruleSchema(rules, desc.enum)), ...description };
  };
  const objectSchema = (desc: DescMessage, without: ReadonlySet<DescField> = new Set()): Schema => {
    const fields = desc.fields.filter((each) => !without.has(each));
    const required = fields.filter((each) => getOption(each, validate.field).required);
    return {
      type: 'object',
      title: titleOf(desc),
      description: commentOf(desc),
      properties: Object.fromEntries(fields.map((each) => [each.jsonName, field(each)])),
      ...(required.length > 0 && { required: required.map(({ jsonName }) => jsonName) }),
      ...oneofSchema(desc),
    };
  };

  return {
    message,
    field,
    messageWithout: objectSchema,
    all: () => Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** With the messages around it, as generators may name a type by its title alone. */
function titleOf({ typeName, file }: DescMessage | DescEnum): string {
  return typeName.slice(file.proto.package.length + 1);
}

/** Beside `$ref` stands no rule, though it would hold (JSON Schema core, section 8.2.3.1): generators make two types of it. */
function withRules(schema: Schema, rules: Schema): Schema {
  return '$ref' in schema ? schema : { ...schema, ...rules };
}

/** At most one field of each oneof. */
function oneofSchema(desc: DescMessage): Schema {
  const choices = desc.oneofs.map(({ fields }) => {
    const some = fields.map(({ jsonName }) => ({ required: [jsonName] }));
    return { oneOf: [...some, { not: { anyOf: some } }] };
  });
  return choices.length === 0 ? {} : { allOf: choices };
}

function enumSchema(desc: DescEnum): Schema {
  return {
    type: 'string',
    title: titleOf(desc),
    description: [commentOf(desc), '', ...desc.values.map((value) => `- \`${value.name}\`: ${commentOf(value)}`)].join(
      '\n',
    ),
    enum: desc.values.map(({ name }) => name),
  };
}
