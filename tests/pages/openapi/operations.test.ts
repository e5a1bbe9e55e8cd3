// Every operation of the OpenAPI document, called on a running OpenK: with what the document says is right, and with what it
// says is wrong. Whatever comes back must be what the document says. Driven by the document: a new RPC needs no line here.
import '../../support/one-realm.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openapiDocument } from '../../../src/pages/openapi/openapi-document.ts';
import { type RunningOpenk, runOpenk } from '../../support/running-openk.ts';
import {
  createSchemaCheck,
  type OpenapiDocument,
  type Operation,
  operationsOf,
  type Parameter,
  type Schema,
} from './document.ts';

/** Has what the examples of the document ask for. */
const CONFIG = `
components:
  - id: example-job
    display_name: The job
    heartbeat: { period: 1h, grace: 10m }
  - { id: broken-job, heartbeat: { period: 1h } }
  - id: closed-port
    tcp: { target: "127.0.0.1:1" }
    interval: 1h
  - id: openk
    labels: { team: platform }
    group:
      rule: { best: {} }
      members: [ { component: example-job }, { component: closed-port, impact: DEGRADES } ]
alerts:
  channels: [ { id: hook, webhook: { url: "http://127.0.0.1:1/" } } ]
  routes: [ { id: all, to: [ hook ] } ]
status_pages: [ { id: public, title: Status, access: PUBLIC, groups: [ { title: Jobs, components: [ example-job ] } ] } ]
`;

const document = openapiDocument as OpenapiDocument;
const operations = operationsOf(document);
const check = createSchemaCheck(document);
let openk: RunningOpenk;

/** What there is, and no document can know its id. By the field of the request and, where several have it, the operation. */
let known: Readonly<Record<string, string>>;

beforeAll(async () => {
  openk = await runOpenk(CONFIG);
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${openk.address}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as Record<string, { readonly id: string }>;
  };
  const { incident } = await post('/v1/incidents', {
    title: 'It is slow',
    text: 'We look into it.',
    pages: ['public'],
  });
  await post('/v1/components/broken-job:report', { status: 'UNHEALTHY' });
  const listed = await fetch(`${openk.address}/v1/alerts?component=broken-job`);
  const { alerts } = (await listed.json()) as { alerts: { id: string }[] };
  known = { incident: incident!.id, alert: alerts[0]!.id };
});
/** One that has not been ended before. */
async function begin(path: string): Promise<string> {
  const body = JSON.stringify({ selector: 'team=nobody', reason: 'moving', duration: '1h' });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${openk.address}${path}`, { method: 'POST', headers, body });
  return Object.values((await response.json()) as Record<string, { id: string }>)[0]!.id;
}
afterAll(() => openk.close());

/** The schema is of one message. */
const STREAMS = new Set(['application/x-ndjson', 'text/event-stream']);

interface Call {
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
  readonly accept?: string;
}

async function call({ httpMethod, path, parameters, requestBody }: Operation, request: Call): Promise<Response> {
  const place = (name: string) => parameters.find((each) => each.name === name)?.in;
  const values: Record<string, string | readonly string[]> = { ...request.values };
  for (const { name, example } of parameters.filter((each) => each.in === 'path')) {
    if (String(values[name]) !== String(example)) continue;
    const own = name === 'id' ? await begin(path.replace('/{id}:end', '')) : known[name];
    if (own !== undefined) values[name] = own;
  }
  const filled = path.replace(/\{(.+?)\}/g, (_all, name) => encodeURIComponent(String(values[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.values)) {
    if (place(name) === 'query') for (const each of [value].flat()) query.append(name, each);
  }
  return fetch(`${openk.address}${filled}?${query}`, {
    method: httpMethod.toUpperCase(),
    headers: {
      ...(request.accept !== undefined && { accept: request.accept }),
      ...Object.fromEntries(
        Object.entries(request.values)
          .filter(([name]) => place(name) === 'header')
          .map(([name, value]) => [name, String(value)]),
      ),
      ...(requestBody !== undefined && { 'content-type': 'application/json' }),
    },
    ...(requestBody !== undefined && { body: JSON.stringify(request.body ?? {}) }),
  });
}

/** What the document has against an answer. Takes the first message of a stream, and leaves. */
async function faultsOf({ responses }: Operation, response: Response): Promise<string[]> {
  const expected = responses[response.status] ?? responses.default!;
  const mediaType = response.headers.get('content-type')!.split(';')[0]!;
  const media = expected.content[mediaType];
  if (media === undefined) return [`${response.status} answers ${mediaType}`];
  if (STREAMS.has(mediaType)) return check(media.schema, JSON.parse(await readFirstMessage(response)));
  const text = await response.text();
  return check(media.schema, mediaType.endsWith('json') ? JSON.parse(text) : text);
}

async function readFirstMessage(response: Response): Promise<string> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const [, message] = /^(?:id: .*\n)?(?:data: )?(\{.*\})\n/.exec(text) ?? [];
    if (message !== undefined) return message;
  }
  throw new Error(`the stream ended with ${JSON.stringify(text)}`);
}

const requiredValues = ({ parameters }: Operation) =>
  Object.fromEntries(parameters.filter(({ required }) => required).map(({ name, example }) => [name, String(example)]));
const exampleBody = ({ requestBody }: Operation) => requestBody?.content['application/json']?.example;

describe.each(operations)('$httpMethod $path', (operation) => {
  const values = requiredValues(operation);
  const body = exampleBody(operation);

  it.each(Object.keys(operation.responses[200]!.content))('answers %s as it says', async (accept) => {
    const response = await call(operation, { values, body, accept });
    // A component that is not healthy is no failure of the call.
    expect(response.status).toBe(operation.id === 'healthz' ? response.status : 200);
    expect(await faultsOf(operation, response)).toEqual([]);
  });

  const examples = operation.parameters.flatMap(({ name, ...parameter }) =>
    examplesOf(parameter).map((example) => ({ name, example })),
  );
  if (examples.length > 0) {
    it.each(examples)('takes $example for $name', async ({ name, example }) => {
      const value = [example].flat().map(String);
      const response = await call(operation, { values: { ...values, [name]: value }, body });
      expect(await refusalOf(response, operation)).toBeUndefined();
    });
  }

  const { properties = {} } = (operation.requestBody?.content['application/json']?.schema ?? {}) as BodySchema;
  // The end of a silence has to be in the future, as no example of a time is for ever.
  const fields = Object.entries(properties)
    .filter(([name]) => name !== 'end')
    .flatMap(([name, schema]) => examplesOf({ schema }).map((example) => ({ name, example })));
  if (fields.length > 0) {
    it.each(fields)('takes $example for $name in the body', async ({ name, example }) => {
      const response = await call(operation, { values, body: { ...Object(body), [name]: example } });
      expect(await refusalOf(response, operation)).toBeUndefined();
    });
  }

  // An agent is there by saying that it is.
  const names = operation.parameters.filter((each) => each.in === 'path' && each.name !== 'agent');
  if (names.length > 0) {
    it('says what is not there', async () => {
      const response = await call(operation, { values: { component: 'no-such-component' }, body });
      expect(response.status).toBe(404);
      expect(await faultsOf(operation, response)).toEqual([]);
    });
  }

  const wrong = operation.parameters.flatMap(({ name, schema, ...parameter }) =>
    wrongValues({ name, schema, ...parameter }).map((value) => ({ name, value })),
  );
  if (wrong.length > 0 && operation.id !== 'healthz') {
    it.each(wrong)('refuses $name=$value', async ({ name, value }) => {
      const response = await call(operation, { values: { ...values, [name]: value }, body });
      expect(response.status).toBe(400);
      expect(await faultsOf(operation, response)).toEqual([]);
    });
  }

  if (operation.requestBody !== undefined) {
    it('takes no body for an empty one', async () => {
      const response = await call({ ...operation, requestBody: undefined }, { values });
      const empty = await call(operation, { values, body: {} });
      await empty.body?.cancel();
      expect(response.status).toBe(empty.status);
      expect([200, 400]).toContain(response.status);
      expect(await faultsOf(operation, response)).toEqual([]);
    });

    it.each([{ 'no-such-field': 1 }, [], 'text', { message: 5 }])('refuses the body %j', async (wrongBody) => {
      const response = await call(operation, { values, body: wrongBody });
      expect(response.status).toBe(400);
      expect(await faultsOf(operation, response)).toEqual([]);
    });
  }

  it.each(['delete', 'put', 'query', 'options'])('refuses %s', async (httpMethod) => {
    const response = await call({ ...operation, httpMethod, requestBody: undefined }, { values });
    expect(response.status).toBe(405);
    const taken = operations.filter(({ path }) => path === operation.path).map((each) => each.httpMethod);
    const allowed = taken.toSorted().flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
    expect(response.headers.get('allow')).toBe(allowed.join(', '));
    expect(await faultsOf(operation, response)).toEqual([]);
  });
});

interface BodySchema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Its own, and those of its schema. */
function examplesOf({ example, schema }: Pick<Parameter, 'example' | 'schema'>): unknown[] {
  const { examples = [] } = schema as { readonly examples?: readonly unknown[] };
  return [...(example === undefined ? [] : [example]), ...examples];
}

/** What a server has against what its document gives as an example; undefined where it takes it. */
async function refusalOf(response: Response, operation: Operation): Promise<unknown> {
  // A component that is not healthy is no failure of the call.
  const isTaken = response.status === 200 || (operation.id === 'healthz' && response.status === 503);
  if (isTaken) expect(await faultsOf(operation, response)).toEqual([]);
  return isTaken ? undefined : await response.text();
}

/** Values that the schema of a parameter rules out. */
function wrongValues({ schema: declared }: Parameter): string[] {
  const schema = (declared.type === 'array' ? declared.items : declared) as Schema;
  const wrong: string[] = [];
  if (typeof schema.pattern === 'string') wrong.push('no such thing!');
  if (typeof schema.maxLength === 'number') wrong.push('x'.repeat(schema.maxLength + 1));
  if (typeof schema.maximum === 'number') wrong.push(String(schema.maximum + 1), 'many');
  if (typeof schema.minimum === 'number') wrong.push(String(schema.minimum - 1));
  if (Array.isArray(schema.enum) || '$ref' in schema) wrong.push('NO_SUCH_VALUE');
  return wrong;
}
