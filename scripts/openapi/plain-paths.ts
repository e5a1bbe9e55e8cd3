// What the port answers beside the methods of its services: health by plain HTTP, and the document itself.
import { ERROR_RESPONSES } from './error-schema.ts';
import type { Schema } from './rule-schema.ts';

export const PLAIN_TAG = { name: 'Plain HTTP', description: 'Health for whoever speaks nothing but HTTP.' };

const TAG = { tags: [PLAIN_TAG.name] };
const FAILED = { default: { $ref: ERROR_RESPONSES.default } };

function answer(description: string, mediaType: string, schema: Schema, example?: unknown): Schema {
  return { description, content: { [mediaType]: { schema, ...(example !== undefined && { example }) } } };
}

const TEXT = { type: 'string' };
const healthRef = { $ref: '#/components/schemas/HealthDocument' };

export const PLAIN_SCHEMAS: Readonly<Record<string, Schema>> = {
  PrometheusTargets: {
    type: 'object',
    description: 'Targets as Prometheus takes them.',
    properties: {
      targets: { type: 'array', items: TEXT, description: 'HOST:PORT.' },
      labels: { type: 'object', additionalProperties: TEXT },
    },
    required: ['targets', 'labels'],
  },
  HealthDocument: {
    type: 'object',
    description: 'Health of a component (draft-inadarei-api-health-check-06).',
    properties: {
      status: { enum: ['pass', 'warn', 'fail'] },
      serviceId: { type: 'string', description: 'Id of the component.' },
      description: TEXT,
      output: { type: 'string', description: 'Why it is not well.' },
      notes: { type: 'array', items: TEXT },
      checks: {
        type: 'object',
        additionalProperties: { type: 'array', items: { $ref: '#/components/schemas/HealthCheck' } },
      },
    },
    required: ['status', 'serviceId', 'description'],
  },
  HealthCheck: {
    type: 'object',
    properties: {
      componentId: TEXT,
      componentType: TEXT,
      // Not a list of types, which generators for Go refuse with the whole document.
      observedValue: { oneOf: [TEXT, { type: 'number' }] },
      observedUnit: TEXT,
      status: { enum: ['pass', 'warn', 'fail'] },
      time: { type: 'string', format: 'date-time' },
      output: TEXT,
    },
    required: ['componentId', 'componentType', 'observedValue', 'status'],
  },
};

export const PLAIN_PATHS: Readonly<Record<string, Schema>> = {
  '/livez': {
    get: {
      ...TAG,
      operationId: 'livez',
      summary: 'Whether OpenK itself runs',
      responses: { 200: answer('It does.', 'text/plain', TEXT, 'ok\n'), ...FAILED },
    },
  },
  '/readyz': {
    get: {
      ...TAG,
      operationId: 'readyz',
      summary: 'Whether OpenK itself is ready to answer',
      parameters: [
        {
          name: 'verbose',
          in: 'query',
          description: 'Whatever its value: each check in a line of its own.',
          schema: TEXT,
          allowEmptyValue: true,
        },
      ],
      responses: {
        200: answer('It is.', 'text/plain', TEXT, 'ok\n'),
        503: answer('It is not: it starts or shuts down.', 'text/plain', TEXT, 'not ready: shutdown\n'),
        ...FAILED,
      },
    },
  },
  '/v1/sd/prometheus': {
    get: {
      ...TAG,
      operationId: 'prometheusTargets',
      summary: 'What is watched as targets for Prometheus (http_sd)',
      responses: {
        200: answer(
          'Components that are probed at an address, one each.',
          'application/json',
          { type: 'array', items: { $ref: '#/components/schemas/PrometheusTargets' } },
          [
            {
              targets: ['payments:50051'],
              labels: {
                __meta_openk_label_team: 'payments',
                __meta_openk_component: 'payments-api',
                __meta_openk_kind: 'grpc',
                __meta_openk_display_name: 'Payments',
                component: 'payments-api',
              },
            },
          ],
        ),
        400: { $ref: ERROR_RESPONSES[400] },
        503: { $ref: ERROR_RESPONSES[503] },
        ...FAILED,
      },
    },
  },
  '/healthz/{component}': {
    get: {
      ...TAG,
      operationId: 'healthz',
      summary: 'The health of a component, for load balancers',
      parameters: [
        {
          name: 'component',
          in: 'path',
          required: true,
          description: 'Id of the component.',
          schema: { type: 'string', minLength: 1 },
          example: 'openk',
        },
      ],
      responses: {
        200: answer('HEALTHY or DEGRADED.', 'application/health+json', healthRef, {
          status: 'pass',
          serviceId: 'openk',
          description: 'component openk is HEALTHY',
        }),
        404: { $ref: ERROR_RESPONSES[404] },
        503: answer('UNHEALTHY, UNKNOWN or MAINTENANCE.', 'application/health+json', healthRef, {
          status: 'fail',
          serviceId: 'openk',
          description: 'component openk is UNHEALTHY',
          output: 'RULE: 2 of 3 members are UNHEALTHY',
        }),
        ...FAILED,
      },
    },
  },
};
