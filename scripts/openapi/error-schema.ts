// Errors as REST answers them: google.rpc.Status with the details that OpenK gives (google/rpc/status.proto,
// google/rpc/error_details.proto).
import { ERROR_DOMAIN } from '../../src/errors/to-connect.ts';
import type { Schema } from './rule-schema.ts';

/** References to the responses below, by HTTP status. */
export const ERROR_RESPONSES: Readonly<Record<string, string>> & { readonly default: string } = {
  400: '#/components/responses/InvalidArgument',
  404: '#/components/responses/NotFound',
  503: '#/components/responses/Unavailable',
  default: '#/components/responses/Error',
};

const SCHEMA_NAME = 'google.rpc.Status';

function detail(type: string, properties: Schema, required: readonly string[] = []): Schema {
  const all = { '@type': { const: `type.googleapis.com/google.rpc.${type}` }, ...properties };
  return { type: 'object', title: type, properties: all, required: ['@type', ...required] };
}

const text = (description: string): Schema => ({ type: 'string', description });

export const ERROR_SCHEMAS: Readonly<Record<string, Schema>> = {
  [SCHEMA_NAME]: {
    type: 'object',
    title: 'Status',
    description: 'An error.',
    properties: {
      code: { type: 'integer', minimum: 1, maximum: 16, description: 'A google.rpc.Code.' },
      message: text('For people: what is wrong, where, and what to do.'),
      details: {
        type: 'array',
        items: {
          oneOf: [
            { $ref: '#/components/schemas/google.rpc.ErrorInfo' },
            { $ref: '#/components/schemas/google.rpc.BadRequest' },
            { $ref: '#/components/schemas/google.rpc.RetryInfo' },
          ],
        },
        contains: { $ref: '#/components/schemas/google.rpc.ErrorInfo' },
      },
    },
    required: ['code', 'message', 'details'],
  },
  'google.rpc.ErrorInfo': detail(
    'ErrorInfo',
    {
      reason: { ...text('For programs: which error it is.'), pattern: '^[A-Z][A-Z0-9_]*$' },
      domain: { const: ERROR_DOMAIN },
      metadata: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'What the message says of this case.',
      },
    },
    ['reason', 'domain'],
  ),
  'google.rpc.BadRequest': detail(
    'BadRequest',
    {
      fieldViolations: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          properties: {
            field: text('Path of the field, with names as in the .proto. Left out: the message as a whole.'),
            description: text('For people: what is wrong with it.'),
            reason: text('For programs: the rule that does not hold.'),
          },
          required: ['description'],
        },
      },
    },
    ['fieldViolations'],
  ),
  'google.rpc.RetryInfo': detail(
    'RetryInfo',
    { retryDelay: { ...text('How long to wait before the next try.'), pattern: '^[0-9]+(\\.[0-9]{1,9})?s$' } },
    ['retryDelay'],
  ),
};

function response(
  description: string,
  code: number,
  message: string,
  reason: string,
  ...more: readonly Schema[]
): Schema {
  const info = { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: ERROR_DOMAIN };
  return {
    description,
    content: {
      'application/json': {
        schema: { $ref: `#/components/schemas/${SCHEMA_NAME}` },
        example: { code, message, details: [info, ...more] },
      },
    },
  };
}

export const ERROR_COMPONENTS: Readonly<Record<string, Schema>> = {
  InvalidArgument: response(
    'The request is not valid, or does not fit what it asks about.',
    3,
    'the request is not valid: page_size: must be from 0 to 1000',
    'INVALID_REQUEST',
    {
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [
        {
          field: 'page_size',
          description: 'must be from 0 to 1000',
          reason: 'INT32_GTE_LTE',
        },
      ],
    },
  ),
  NotFound: response(
    'There is no such component.',
    5,
    'there is no component "payments": ListComponents tells which components there are',
    'COMPONENT_NOT_FOUND',
  ),
  Unavailable: response(
    'The server is shutting down.',
    14,
    'the server is shutting down: connect again',
    'SHUTTING_DOWN',
    {
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: '1s',
    },
  ),
  Error: response('Any other error.', 13, 'internal error 0b6ab0f2-9f0e-4c9b-8a39-4b7f5f4a7c11', 'INTERNAL'),
};
