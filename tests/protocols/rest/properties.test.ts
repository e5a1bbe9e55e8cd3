// For random templates and messages: what is written as a REST request comes back as it was. For random rubbish: a 4xx
// that says why, and nothing worse.
import { request } from 'node:http';
import { clone, create, createRegistry, type DescField, equals, type Message, toJson } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { base64Encode } from '@bufbuild/protobuf/wire';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bindRequest } from '../../../src/protocols/rest/bind-request.ts';
import { readHttpBindings } from '../../../src/protocols/rest/http-rule.ts';
import { createPathRouter } from '../../../src/protocols/rest/path-router.ts';
import { parsePathTemplate, variableText } from '../../../src/protocols/rest/path-template.ts';
import { type Everything, EverythingSchema, RestService } from '../../gen/openk/test/v1/rest_pb.ts';
import { type RestWorld, startRestWorld } from './rest-world.ts';

const text = (constraints: fc.StringConstraints = {}) => fc.string({ unit: 'grapheme', ...constraints });
const segmentText = text({ minLength: 1 });
const withoutSlash = segmentText.filter((value) => !value.includes('/'));
const literal = fc.stringMatching(/^[a-z0-9._~-]{1,8}$/);

/** A piece of a template, the path that it takes, and the value of its variable. */
interface Piece {
  readonly template: (name: string) => string;
  readonly path: string;
  readonly value?: string;
}

const literalPiece = literal.map((value): Piece => ({ template: () => value, path: value }));
const anyPiece = segmentText.map((value): Piece => ({ template: () => '*', path: encodeURIComponent(value) }));
const singlePiece = fc.tuple(segmentText, fc.boolean()).map(
  ([value, isLong]): Piece => ({
    template: (name) => (isLong ? `{${name}=*}` : `{${name}}`),
    path: encodeURIComponent(value),
    value,
  }),
);
const multiPiece = fc.tuple(literal, withoutSlash, literal, withoutSlash).map(
  ([one, first, two, second]): Piece => ({
    template: (name) => `{${name}=${one}/*/${two}/*}`,
    path: `${one}/${encodeURIComponent(first)}/${two}/${encodeURIComponent(second)}`,
    value: `${one}/${first}/${two}/${second}`,
  }),
);
const restPiece = fc.array(withoutSlash, { minLength: 1, maxLength: 5 }).map(
  (values): Piece => ({
    template: (name) => `{${name}=**}`,
    path: values.map(encodeURIComponent).join('/'),
    value: values.join('/'),
  }),
);
const pieces = fc
  .tuple(
    fc.array(fc.oneof(literalPiece, anyPiece, singlePiece, multiPiece), { minLength: 1, maxLength: 6 }),
    fc.option(restPiece, { nil: undefined }),
  )
  .map(([first, last]) => (last === undefined ? first : [...first, last]));

describe('a random template', () => {
  it('finds its variables in the path that is written from them', () => {
    fc.assert(
      fc.property(pieces, fc.constantFrom('', ':verb'), (parts, verb) => {
        const template = parsePathTemplate(
          `/${parts.map((part, index) => part.template(`f${index}`)).join('/')}${verb}`,
        );
        const router = createPathRouter<true>();
        router.add('GET', template, true);
        const found = router.find('GET', `/${parts.map(({ path }) => path).join('/')}${verb}`);
        if (found.kind !== 'found') throw new Error(found.kind);
        expect(template.variables.map((variable) => variableText(found.segments, variable))).toEqual(
          parts.flatMap(({ value }) => value ?? []),
        );
      }),
      { numRuns: 500 },
    );
  });
});

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
// JSON has no negative zero.
const float = fc.float().map((value) => value + 0);
const double = fc.double().map((value) => value + 0);
const bytes = fc.uint8Array({ maxLength: 20 });
const color = fc.constantFrom<0 | 1 | 2 | -3>(0, 1, 2, -3);
const timestamp = fc.record({
  seconds: fc.bigInt({ min: -62135596800n, max: 253402300799n }),
  nanos: fc.nat(999_999_999),
});
const nested = fc.record(
  { name: text(), number: int64, tags: fc.array(text(), { maxLength: 3 }) },
  { requiredKeys: [] },
);
const everything = fc
  .record(
    {
      text: text(),
      flag: fc.boolean(),
      int32Value: int32,
      int64Value: int64,
      uint32Value: uint32,
      uint64Value: uint64,
      sint32Value: int32,
      sint64Value: int64,
      fixed32Value: uint32,
      fixed64Value: uint64,
      sfixed32Value: int32,
      sfixed64Value: int64,
      floatValue: float,
      doubleValue: double,
      data: bytes,
      color,
      maybeText: text(),
      maybeNumber: int32,
      texts: fc.array(text(), { maxLength: 3 }),
      numbers: fc.array(int32, { maxLength: 3 }),
      colors: fc.array(color, { maxLength: 3 }),
      blobs: fc.array(bytes, { maxLength: 3 }),
      at: timestamp,
      lasts: fc.record({ seconds: fc.bigInt({ min: 0n, max: 315_576_000_000n }), nanos: fc.nat(999_999_999) }).map(
        // The largest is a whole number of seconds.
        ({ seconds, nanos }) => ({ seconds, nanos: seconds === 315_576_000_000n ? 0 : nanos }),
      ),
      mask: fc
        .array(fc.stringMatching(/^[a-z]{1,5}(\.[a-z]{1,5})?$/), { minLength: 1, maxLength: 3 })
        .map((paths) => ({ paths })),
      stringBox: text(),
      boolBox: fc.boolean(),
      int32Box: int32,
      int64Box: int64,
      uint32Box: uint32,
      uint64Box: uint64,
      floatBox: float,
      doubleBox: double,
      bytesBox: bytes,
      times: fc.array(timestamp, { maxLength: 2 }),
      nested,
      renamed: text(),
      choice: fc.oneof(
        fc.record({ case: fc.constant('choiceText' as const), value: text() }),
        fc.record({ case: fc.constant('choiceNumber' as const), value: int32 }),
      ),
    },
    { requiredKeys: [] },
  )
  .map((init) => create(EverythingSchema, init as Parameters<typeof create<typeof EverythingSchema>>[1]));

/** Parameters that say what is set in a message, without the fields of `without`. */
function toParameters(message: ReflectMessage, without: readonly string[] = [], prefix = ''): [string, string][] {
  return message.fields.flatMap((field): [string, string][] => {
    if (!message.isSet(field) || without.includes(field.name)) return [];
    const name = prefix + (field.number % 2 === 0 ? field.name : field.jsonName);
    if (field.fieldKind === 'message' && field.message.typeName === 'openk.test.v1.Nested') {
      return toParameters(message.get(field), [], `${name}.`);
    }
    if (field.fieldKind === 'list') return [...message.get(field)].map((value) => [name, valueText(field, value)]);
    return [[name, valueText(field, message.get(field))]];
  });
}

function valueText(field: DescField, value: unknown): string {
  if (value instanceof Uint8Array) return base64Encode(value, field.number % 2 === 0 ? 'url' : 'std');
  if (field.message !== undefined) {
    const { desc, message } = value as ReflectMessage;
    const json = toJson(desc, message);
    return typeof json === 'string' ? json : JSON.stringify(json);
  }
  return Object.is(value, -0) ? '-0' : String(value);
}

/** An empty message in a message cannot be written as a query. */
function withoutEmpty(message: Everything): Everything {
  const copy = clone(EverythingSchema, message);
  if (
    copy.nested !== undefined &&
    toParameters(reflect(EverythingSchema, copy)).every(([name]) => !name.startsWith('nested.'))
  ) {
    delete copy.nested;
  }
  return copy;
}

describe('a random message', () => {
  const context = { registry: createRegistry(), nearestName: () => undefined };
  const [byQuery] = readHttpBindings(RestService.method.query, () => undefined);
  const [byPart] = readHttpBindings(RestService.method.part, () => undefined);
  const [, byBodyAndPath] = readHttpBindings(RestService.method.whole, () => undefined);
  const same = (one: Message, other: Everything) => {
    if (!equals(EverythingSchema, one as Everything, other)) expect(one).toEqual(other);
  };

  it('comes back from a query', () => {
    fc.assert(
      fc.property(everything.map(withoutEmpty), (message) => {
        const query = new URLSearchParams(toParameters(reflect(EverythingSchema, message))).toString();
        same(bindRequest(byQuery!, { segments: [], query, body: undefined }, context), message);
      }),
      { numRuns: 500 },
    );
  });

  it('comes back from path, query and a field in the body', () => {
    fc.assert(
      fc.property(everything, segmentText, (init, id) => {
        const message = { ...init, text: id };
        const parameters = toParameters(reflect(EverythingSchema, message), ['text', 'nested']);
        const query = new URLSearchParams(parameters).toString();
        const json = toJson(EverythingSchema, message) as { nested?: unknown };
        const body = json.nested === undefined ? undefined : Buffer.from(JSON.stringify(json.nested));
        const segments = ['test', 'v1', 'part', encodeURIComponent(id)];
        same(bindRequest(byPart!, { segments, query, body }, context), message);
      }),
      { numRuns: 300 },
    );
  });

  it('comes back from a body, with the path above it', () => {
    fc.assert(
      fc.property(everything, segmentText, (message, id) => {
        const body = Buffer.from(JSON.stringify(toJson(EverythingSchema, message)));
        const segments = ['test', 'v1', 'whole', encodeURIComponent(id)];
        same(bindRequest(byBodyAndPath!, { segments, query: '', body }, context), { ...message, text: id });
      }),
      { numRuns: 300 },
    );
  });
});

describe('random rubbish', () => {
  let world: RestWorld;
  beforeAll(async () => {
    world = await startRestWorld({ requestBytes: 4096 });
  });
  afterAll(() => world.server.close());

  interface Rubbish {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
  }

  const send = ({ method, path, headers, body }: Rubbish) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const call = request(
        `${world.url}`,
        { method, path, headers: { ...headers, 'content-length': body.length } },
        (response) => {
          let content = '';
          response.setEncoding('utf8').on('data', (chunk) => {
            content += chunk;
          });
          response.once('end', () => resolve({ status: response.statusCode ?? 0, text: content }));
        },
      );
      call.once('error', reject).end(body.length > 0 ? body : undefined);
    });

  const escaped = fc.string({ unit: 'binary', maxLength: 20 }).map((value) => encodeURI(value.toWellFormed()));
  const broken = fc.constantFrom(
    '%',
    '%f',
    '%zz',
    '%ff',
    '%c3',
    '%00',
    '..',
    ':',
    '/',
    '//',
    '{x}',
    '*',
    '**',
    '+',
    '',
  );
  const piece = fc.oneof(escaped, broken, literal);
  const base = fc.constantFrom(
    'query',
    'query/',
    'shelves/',
    'files/',
    'typed/int32/',
    'typed/color/',
    'typed/data/',
    'typed/at/',
    'whole',
    'whole/',
    'part/',
    'texts',
    'labels',
    'items',
    'jobs/',
    '',
  );
  const parameterName = fc.oneof(
    piece,
    fc.constantFrom(...EverythingSchema.fields.map(({ name }) => name), 'nested.child.at', 'nested.tags'),
  );
  const query = fc.array(
    fc.tuple(parameterName, piece).map(([name, value]) => `${name}=${value}`),
    { maxLength: 4 },
  );
  const json = fc.oneof(
    fc.json({ maxDepth: 4 }),
    fc
      .dictionary(fc.constantFrom(...EverythingSchema.fields.map(({ jsonName }) => jsonName)), fc.jsonValue())
      .map((value) => JSON.stringify(value)),
  );
  const rubbish: fc.Arbitrary<Rubbish> = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PURGE', 'QUERY'),
    path: fc
      .tuple(base, piece, query)
      .map(([start, end, parameters]) => `/test/v1/${start}${end}?${parameters.join('&')}`.replaceAll('#', '')),
    headers: fc.record(
      {
        'content-type': fc.constantFrom(
          'application/json',
          'application/json',
          'text/plain',
          'application/json; charset=utf-16',
          ';;;',
        ),
        'content-encoding': fc.constantFrom('identity', 'gzip', 'x'),
        accept: fc.constantFrom('text/event-stream', '*/*', ';q=x'),
      },
      { requiredKeys: [] },
    ),
    body: fc.oneof(
      json.map((value) => new TextEncoder().encode(value)),
      fc.uint8Array({ maxLength: 64 }),
      fc.constant(new Uint8Array(8192)),
    ),
  });

  it('is answered by a google.rpc.Status that says what is wrong, and by no 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(rubbish, async (each) => {
        const { status, text: answer } = await send(each);
        expect(status).toBeGreaterThanOrEqual(200);
        expect(status).toBeLessThan(500);
        if (status < 400 || each.method === 'HEAD') return;
        const error = JSON.parse(answer);
        expect(error).toMatchObject({ code: expect.any(Number), message: expect.any(String) });
        expect(error.details[0]).toMatchObject({ domain: 'openk.dev', reason: expect.stringMatching(/^[A-Z_]+$/) });
        expect(answer).not.toMatch(/\.ts:|node_modules|\n\s+at /);
        if (error.details[0].reason !== 'INVALID_REQUEST') return;
        expect(error.details[1].fieldViolations[0]).toMatchObject({
          field: expect.stringMatching(/./),
          description: expect.stringMatching(/./),
        });
      }),
      { numRuns: 600 },
    );
    expect(world.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});
