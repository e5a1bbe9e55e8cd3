// The OpenAPI document by itself: fresh, valid by a validator that is not ours, and with examples that fit their schemas.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { parse } from 'yaml';
import { renderOpenapi } from '../../../scripts/openapi.ts';
import { openapiDocument } from '../../../src/pages/openapi/openapi-document.ts';
import { createSchemaCheck, type OpenapiDocument, operationsOf } from './document.ts';

const document = openapiDocument as OpenapiDocument;
const operations = operationsOf(document);

describe('the committed document', () => {
  it.each(renderOpenapi())('$path is fresh; if not: npm run generate', ({ path, text }) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('says the same as YAML, to readers of YAML 1.1 too', () => {
    const text = readFileSync(`${import.meta.dirname}/../../../docs/openapi.yaml`, 'utf8');
    expect(parse(text)).toEqual(document);
    expect(parse(text, { version: '1.1' })).toEqual(document);
  });
});

it('is valid OpenAPI 3.1 to an independent validator', async () => {
  const validator = new Validator();
  expect(await validator.validate({ ...structuredClone(document) })).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

it('has an operation for every binding, and each an id of its own', () => {
  expect(operations.map(({ httpMethod, path }) => `${httpMethod} ${path}`).sort()).toEqual([
    'get /healthz/{component}',
    'get /livez',
    'get /readyz',
    'get /v1/alerts',
    'get /v1/alerts/{alert}',
    'get /v1/alerts:watch',
    'get /v1/audit',
    'get /v1/components',
    'get /v1/components/{component}',
    'get /v1/components/{component}/availability',
    'get /v1/components/{component}/health',
    'get /v1/components/{component}/transitions',
    'get /v1/components/{component}:explain',
    'get /v1/deliveries',
    'get /v1/health',
    'get /v1/health:watch',
    'get /v1/incidents',
    'get /v1/maintenance',
    'get /v1/sd/prometheus',
    'get /v1/silences',
    'get /v1/status-pages/{page}',
    'get /v1/status-pages/{page}:watch',
    'post /v1/agents/{agent}:observe',
    'post /v1/agents/{agent}:work',
    'post /v1/alerts/{alert}:acknowledge',
    'post /v1/channels/{channel}:test',
    'post /v1/components/{component}:report',
    'post /v1/components:list',
    'post /v1/health:watch',
    'post /v1/incidents',
    'post /v1/incidents/{incident}:update',
    'post /v1/maintenance',
    'post /v1/maintenance/{id}:end',
    'post /v1/silences',
    'post /v1/silences/{id}:end',
  ]);
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
});

describe('for generators', () => {
  it('has a title of its own for each schema: some name types by it, whatever stands between its words', () => {
    const titles = Object.values(document.components.schemas).flatMap(({ title }) => title ?? []);
    const words = titles.map((title) => title.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
    expect(words.filter((name, at) => words.indexOf(name) !== at)).toEqual([]);
  });

  it('has no lists of types, which some refuse with the whole document', () => {
    expect(JSON.stringify(openapiDocument)).not.toContain('"type":[');
  });
});

it('carries the rules of the .proto', () => {
  const parameters = operations.find(({ id }) => id === 'HealthService_ListComponents')!.parameters;
  const schemaOf = (name: string) => parameters.find((each) => each.name === name)!.schema;
  expect(schemaOf('pageSize')).toMatchObject({ type: 'integer', minimum: 0, maximum: 1000 });
  expect(schemaOf('pageToken')).toMatchObject({ maxLength: 1024 });
  expect(schemaOf('label')).toMatchObject({ maxItems: 64, items: { minLength: 1, maxLength: 512 } });
  expect(schemaOf('status')).toMatchObject({ items: { $ref: expect.stringMatching(/HealthStatus$/) } });
  const [component] = operations.find(({ id }) => id === 'HealthService_GetComponent')!.parameters;
  expect(component).toMatchObject({
    name: 'component',
    in: 'path',
    required: true,
    schema: { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$' },
  });
  expect(document.components.schemas['openk.health.v1.ComponentHealth']).toMatchObject({
    properties: { revision: { type: 'string' }, since: { format: 'date-time' } },
  });
});

it.each(operations.filter(({ path }) => path.startsWith('/v1/')))('$id tells its errors', ({ path, responses }) => {
  const statuses = Object.keys(responses);
  const notFound = path.includes('{component}') ? ['404'] : [];
  expect(statuses).toEqual(expect.arrayContaining(['200', '400', '503', 'default', ...notFound]));
});

describe('examples', () => {
  let check: ReturnType<typeof createSchemaCheck>;
  beforeAll(() => {
    check = createSchemaCheck(document);
  });

  it.each(operations)('of $id fit their schemas', ({ responses, requestBody }) => {
    const media = [requestBody, ...Object.values(responses)].flatMap((each) => Object.values(each?.content ?? {}));
    for (const { schema, example } of media) if (example !== undefined) expect(check(schema, example)).toEqual([]);
  });
});

it('has no rule beside a reference, of which generators make types that do not compile', () => {
  const beside: string[] = [];
  const look = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('$ref' in node)
      beside.push(
        ...Object.keys(node)
          .filter((key) => key !== '$ref' && key !== 'description')
          .map((key) => `${path}/${key}`),
      );
    for (const [key, value] of Object.entries(node)) look(value, `${path}/${key}`);
  };
  look(document, '');
  expect(beside).toEqual([]);
});

describe.each(operations.filter(({ responses }) => 'text/event-stream' in responses[200]!.content))(
  'the stream of $id',
  ({ id, parameters, responses }) => {
    it('has the header that it is resumed by, if it can be', () => {
      const header = expect.objectContaining({ name: 'Last-Event-ID', in: 'header' });
      const isResumable = id.startsWith('HealthService_');
      expect(parameters.filter(({ name }) => name === 'Last-Event-ID')).toEqual(isResumable ? [header] : []);
    });

    it.each(['text/event-stream', 'application/x-ndjson'])('has a type for its messages as %s', (mediaType) => {
      const { schema } = responses[200]!.content[mediaType]!;
      expect(schema).toMatchObject({
        $ref: expect.stringMatching(/^#\/components\/schemas\/openk\..*\.(Watch\w+|Work)Response$/),
      });
    });
  },
);

it.each([
  { at: 'https://host/openapi.json', server: 'https://host/' },
  { at: 'https://host/openk/openapi.json', server: 'https://host/openk/' },
  { at: 'https://host/a/b/openapi.yaml', server: 'https://host/a/b/' },
])('read at $at its server is $server', ({ at, server }) => {
  const { servers } = openapiDocument as { readonly servers?: readonly { readonly url: string }[] };
  expect(servers?.map(({ url }) => new URL(url, at).href)).toEqual([server]);
});
