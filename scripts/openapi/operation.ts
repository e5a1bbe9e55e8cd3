// One binding of google.api.http as an OpenAPI operation: what goes into the path, the query and the body, and what comes
// back (openapis.org, OpenAPI 3.1.1, "Operation Object").
import { type DescField, type DescMessage, type DescMethod, getOption } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import * as validate from '../../gen/buf/validate/validate_pb.ts';
import { HTTP_STATUS } from '../../src/errors/to-http.ts';
import type { HttpBinding } from '../../src/protocols/rest/http-rule.ts';
import { commentOf } from '../proto/image.ts';
import { ERROR_RESPONSES } from './error-schema.ts';
import type { SchemaSet } from './json-schema.ts';
import type { Schema } from './rule-schema.ts';

export interface Examples {
  /** An answer of the method, or undefined. */
  response(method: DescMethod): unknown;
  /** A body of the method, or undefined. */
  request(method: DescMethod): unknown;
  /** A value of the parameter, or undefined. */
  parameter(field: DescField): unknown;
}

/** What a browser sends by itself when it comes back to a stream of events. */
const LAST_EVENT_ID: Schema = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'Id of the last event that was received: the stream goes on behind it. It beats sinceRevision.',
  schema: { type: 'string', pattern: '^[0-9]{1,20}$' },
};

const isResumable = ({ input }: DescMethod) => input.fields.some(({ name }) => name === 'since_revision');

/** @param id Unique in the document. */
export function toOperation(binding: HttpBinding, id: string, schemas: SchemaSet, examples: Examples): Schema {
  const { method, body } = binding;
  const comment = commentOf(method);
  const inPath = new Set(binding.variables.flatMap(({ path }) => path.slice(0, 1)));
  const parameters = [
    ...binding.variables.map(({ fieldPath, path }) => pathParameter(fieldPath, path.at(-1)!, schemas, examples)),
    ...(body === '*' ? [] : queryParameters(method.input, { skip: (field) => inPath.has(field) || field === body })),
    ...(isResumable(method) ? [LAST_EVENT_ID] : []),
  ];

  function queryParameters(
    desc: DescMessage,
    { prefix = '', skip }: { prefix?: string; skip: (field: DescField) => boolean },
  ): Schema[] {
    return desc.fields
      .filter((field) => !skip(field))
      .flatMap((field) => {
        const name = `${prefix}${field.jsonName}`;
        const schema = schemas.field(field);
        const isNested = field.fieldKind === 'message' && '$ref' in schema;
        // The messages of a chain that comes back to itself have no end as parameters.
        if (isNested)
          return queryParameters(field.message, { prefix: `${name}.`, skip: (inner) => inner.message === desc });
        const isOne = field.fieldKind !== 'map' && !(field.fieldKind === 'list' && field.listKind === 'message');
        return isOne ? [parameter(name, 'query', field, schema, examples)] : [];
      });
  }

  return {
    operationId: id,
    tags: [method.parent.name],
    summary: summaryOf(comment),
    description: comment,
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: requestBody(binding, inPath, schemas, examples) }),
    responses: { 200: success(binding, schemas, examples), ...errors(comment) },
  };
}

function pathParameter(name: string, field: DescField, schemas: SchemaSet, examples: Examples): Schema {
  const { pattern, ...schema } = schemas.field(field);
  // What may be left out elsewhere may not be empty here.
  const exact = typeof pattern === 'string' ? { pattern: pattern.replace(/^\^\$\|/, '') } : { minLength: 1 };
  return { ...parameter(name, 'path', field, { ...schema, ...exact }, examples), required: true };
}

function parameter(name: string, place: string, field: DescField, schema: Schema, examples: Examples): Schema {
  // Those of the type are for fields that have none of their own: they need not fit the rules of each.
  const { description, examples: ofType, ...type } = schema;
  const example = examples.parameter(field) ?? (ofType as readonly unknown[] | undefined)?.[0];
  const isRequired = place === 'query' && getOption(field, validate.field).required;
  return {
    name,
    in: place,
    description,
    ...(isRequired && { required: true }),
    schema: type,
    ...(example !== undefined && { example }),
  };
}

function requestBody(
  { method, body }: HttpBinding,
  inPath: ReadonlySet<DescField>,
  schemas: SchemaSet,
  examples: Examples,
): Schema {
  const example = examples.request(method);
  const schema = typeof body === 'object' ? schemas.field(body) : schemas.messageWithout(method.input, inPath);
  // Not required: no body is an empty message, as everywhere in protobuf.
  return { content: { 'application/json': { schema, ...(example !== undefined && { example }) } } };
}

function success({ method, responseField }: HttpBinding, schemas: SchemaSet, examples: Examples): Schema {
  const schema = responseField === undefined ? schemas.message(method.output) : schemas.field(responseField);
  const example = examples.response(method);
  const description = commentOf(method.output);
  if (method.methodKind === 'unary') {
    return { description, content: { 'application/json': { schema, ...(example !== undefined && { example }) } } };
  }
  // OpenAPI 3.1 has no word for a sequence (3.2 has `itemSchema`): the schema is of one message, which generators make a type of.
  const message = { schema, ...(example !== undefined && { example }) };
  return {
    description: `${STREAM} ${description}`,
    content: { 'application/x-ndjson': message, 'text/event-stream': message },
  };
}

const STREAM =
  'A stream of messages, each by the schema: one as JSON in each line (`application/x-ndjson`), or in the `data` of each event \
(`text/event-stream`). An error after the first one is the last thing in it: a line `{"error": Status}`, or an event `error`.';

/** Those that the comment names behind `Errors:`, and those that every call may end with. */
function errors(comment: string): Schema {
  const named = new Set(comment.split('Errors:')[1]?.match(/\b[A-Z]+(?:_[A-Z]+)*\b/g));
  const codes = Object.values(Code).filter((code): code is Code => typeof code === 'number');
  const listed = codes.filter((code) => named.has(upperSnakeCase(Code[code])));
  const always = [Code.InvalidArgument, Code.Unavailable];
  const statuses = new Set([...always, ...listed].map((code) => HTTP_STATUS[code]));
  return {
    ...Object.fromEntries(
      [...statuses].map((status) => [status, { $ref: ERROR_RESPONSES[status] ?? ERROR_RESPONSES.default }]),
    ),
    default: { $ref: ERROR_RESPONSES.default },
  };
}

/** `InvalidArgument` becomes `INVALID_ARGUMENT`. */
function upperSnakeCase(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

function summaryOf(comment: string): string {
  return comment.split('. ')[0]!.replace(/\.$/, '');
}
