import { randomUUID } from 'node:crypto';
import { create, getOption } from '@bufbuild/protobuf';
import { RE2JS } from '@bufbuild/re2';
import {
  Code,
  ConnectError,
  createClient,
  createHandlerContext,
  createRouterTransport,
  type ServiceImpl,
} from '@connectrpc/connect';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { field as fieldRules } from '../../gen/buf/validate/validate_pb.ts';
import { ServerReflection } from '../../gen/grpc/reflection/v1/reflection_pb.ts';
import type { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import {
  GetHealthResponseSchema,
  HealthService,
  WatchHealthRequestSchema,
  type WatchHealthResponse,
  WatchHealthResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import { refusal } from '../../src/errors/to-connect.ts';
import { createRequestValidator } from '../../src/services/assert-valid.ts';
import { type GuardOptions, guardService } from '../../src/services/guard.ts';
import { createNewsStreams, type NewsStream } from '../../src/services/news-streams.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { eventually } from '../support/eventually.ts';
import type { Defect } from './support/api.ts';
import { read, turn } from './support/streams.ts';

const SECRET = 'password=hunter2';

const defects: Defect[] = [];
afterEach(() => void defects.splice(0));

function guard(implementation: Partial<ServiceImpl<typeof HealthService>>, options: Partial<GuardOptions> = {}) {
  return guardService(HealthService, implementation, {
    logDefect: (id, error, method) => void defects.push({ id, error, method }),
    createId: () => `id-${defects.length + 1}`,
    validator: createRequestValidator(),
    ...options,
  });
}

/** A service with this implementation, guarded. */
function serve(implementation: Partial<ServiceImpl<typeof HealthService>>, options: Partial<GuardOptions> = {}) {
  return createClient(
    HealthService,
    createRouterTransport((router) => router.service(HealthService, guard(implementation, options))),
  );
}

const message = create(WatchHealthResponseSchema, { event: { case: 'keepAlive', value: { revision: 7n } } });

/** The same failure from a unary call, from a stream at its start, and from a stream after a message. */
const PLACES: Record<string, (error: unknown) => Promise<ConnectError>> = {
  unary: (error) =>
    failure(
      serve({
        getHealth() {
          throw error;
        },
      }).getHealth({}),
    ),
  'start of a stream': (error) =>
    failure(
      read((options) =>
        serve({
          watchHealth: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }),
        }).watchHealth({}, options),
      ).next(),
    ),
  'middle of a stream': async (error) => {
    const stream = read((options) =>
      serve({
        async *watchHealth() {
          yield message;
          throw error;
        },
      }).watchHealth({}, options),
    );
    await stream.next();
    return failure(stream.next());
  },
  'stream that is polled': (error) => {
    const { signal } = new AbortController();
    const read = () => {
      throw error;
    };
    const news = createNewsStreams(signal)<WatchHealthResponse>({ signal, subscribe: () => () => {}, read });
    const { watchHealth } = guard({ watchHealth: () => news });
    const context = createHandlerContext({
      service: HealthService,
      method: HealthService.method.watchHealth,
      protocolName: 'grpc',
      requestMethod: 'POST',
      url: 'http://127.0.0.1/',
    });
    const answers = watchHealth?.(create(WatchHealthRequestSchema), context) as NewsStream<WatchHealthResponse>;
    return failure(Promise.try(() => answers.poll({ resume() {} })));
  },
};

describe.each(Object.entries(PLACES))('errors in %s', (place, failWith) => {
  const method =
    place === 'unary' ? 'openk.health.v1.HealthService/GetHealth' : 'openk.health.v1.HealthService/WatchHealth';

  it('keep an unexpected failure in the log and tell its id only', async () => {
    const defect = new Error(SECRET);
    const error = await failWith(defect);
    expect(error.message).toBe('[internal] internal error id-1');
    expect(details(error)).toMatchObject({
      code: Code.Internal,
      reason: 'INTERNAL',
      metadata: { id: 'id-1' },
      infos: 1,
    });
    expect(JSON.stringify(details(error))).not.toContain(SECRET);
    expect(defects).toEqual([{ id: 'id-1', error: defect, method }]);
  });

  it.each([
    ['a thrown string', SECRET],
    ['undefined', undefined],
    ['an AbortError that is not of this call', new DOMException(SECRET, 'AbortError')],
    ['an uncatalogued ConnectError of code internal', new ConnectError(SECRET, Code.Internal)],
    ['an uncatalogued ConnectError of code unknown', new ConnectError(SECRET, Code.Unknown)],
  ])('take %s for a defect', async (_, thrown) => {
    const error = await failWith(thrown);
    expect(error.message).toBe('[internal] internal error id-1');
    expect(defects).toEqual([{ id: 'id-1', error: thrown, method }]);
  });

  it('let errors of the catalogue pass as they are', async () => {
    const error = await failWith(refusal('NOT_A_HEARTBEAT', { component: 'web', kind: 'http' }));
    expect(details(error)).toMatchObject({
      code: Code.FailedPrecondition,
      reason: 'NOT_A_HEARTBEAT',
      metadata: { component: 'web', kind: 'http' },
      infos: 1,
    });
    expect(defects).toEqual([]);
  });

  it('give what Connect says an ErrorInfo', async () => {
    const error = await failWith(new ConnectError('message is larger than 4 bytes', Code.ResourceExhausted));
    expect(error.rawMessage).toBe('message is larger than 4 bytes');
    expect(details(error)).toMatchObject({ code: Code.ResourceExhausted, reason: 'RESOURCE_EXHAUSTED', infos: 1 });
    expect(defects).toEqual([]);
  });
});

describe('the end of a call', () => {
  it('is no defect when the caller cancels', async () => {
    let state = 'not called';
    const client = serve({
      async getHealth(_, { signal }) {
        state = 'waiting';
        await eventually(() => signal.aborted);
        state = 'ended';
        throw signal.reason;
      },
    });
    const controller = new AbortController();
    const call = failure(client.getHealth({}, { signal: controller.signal }));
    await eventually(() => state === 'waiting');
    controller.abort();
    expect((await call).code).toBe(Code.Canceled);
    await eventually(() => state === 'ended');
    await turn();
    expect(defects).toEqual([]);
  });

  it('is no defect at the deadline', async () => {
    let ended = false;
    const client = serve({
      async *watchHealth(_, { signal }) {
        yield message;
        await eventually(() => signal.aborted);
        ended = true;
        throw signal.reason;
      },
    });
    const stream = read((options) => client.watchHealth({}, { ...options, timeoutMs: 20 }));
    await stream.next();
    expect((await failure(stream.next())).code).toBe(Code.DeadlineExceeded);
    await eventually(() => ended);
    await turn();
    expect(defects).toEqual([]);
  });
});

describe('validation', () => {
  const ok = { getHealth: () => create(GetHealthResponseSchema) };

  it('lets what is valid through, the defaults too', async () => {
    await expect(serve(ok).getHealth({})).resolves.toBeDefined();
    await expect(serve(ok).getHealth({ component: 'acme.payments.v1.Payments' })).resolves.toBeDefined();
  });

  it('names the field of a unary request as in the .proto', async () => {
    const error = await failure(serve(ok).getHealth({ component: 'no spaces' }));
    expect(details(error)).toMatchObject({
      code: Code.InvalidArgument,
      reason: 'INVALID_REQUEST',
      fields: ['component'],
      infos: 1,
    });
    expect(details(error).violations?.[0]).toMatchObject({ reason: 'STRING_PATTERN' });
    expect(error.rawMessage).toContain('component: ');
  });

  it('names the element of a repeated field in the request of a stream', async () => {
    const client = serve({
      async *watchHealth() {
        yield message;
      },
    });
    const stream = read((options) => client.watchHealth({ components: ['a', 'b', 'c', '-d'] }, options));
    expect(details(await failure(stream.next()))).toMatchObject({
      code: Code.InvalidArgument,
      reason: 'INVALID_REQUEST',
      fields: ['components[3]'],
    });
  });

  it('names every fault', async () => {
    const error = await failure(
      serve({ listComponents: () => ({}) }).listComponents({
        pageSize: 1001,
        status: [0, 77 as HealthStatus],
        label: ['ok', ''],
        parent: '.',
      }),
    );
    expect(details(error).fields).toEqual(['page_size', 'status[0]', 'status[1]', 'label[1]', 'parent']);
    expect(error.rawMessage).toContain('(and 4 more)');
  });

  it('takes a broken rule for a defect', async () => {
    const broken = new Error('rule does not compile');
    const validator: GuardOptions['validator'] = {
      findBroken() {
        throw broken;
      },
    };
    const error = await failure(serve(ok, { validator, createId: randomUUID }).getHealth({}));
    expect(details(error).reason).toBe('INTERNAL');
    expect(error.rawMessage).toMatch(/^internal error [0-9a-f-]{36}$/);
    expect(defects.map((defect) => defect.error)).toEqual([broken]);
  });
});

it('does not guard a service with a method that takes a stream', () => {
  const options = { logDefect: () => {}, validator: createRequestValidator() };
  const guard = () => guardService(ServerReflection, { serverReflectionInfo: async function* () {} }, options);
  expect(guard).toThrow('grpc.reflection.v1.ServerReflection.ServerReflectionInfo');
});

describe('the patterns of our rules', () => {
  const patterns = [
    ...new Set(
      HealthService.methods.flatMap(({ input }) =>
        input.fields.flatMap((field) => {
          const { type } = getOption(field, fieldRules);
          const items = type.case === 'repeated' ? type.value.items?.type : type;
          return items?.case === 'string' && items.value.pattern !== '' ? [items.value.pattern] : [];
        }),
      ),
    ),
  ];

  it('are there', () => expect(patterns).not.toEqual([]));

  it.each(patterns)('%s means the same to Node as to RE2', (pattern) => {
    const re2 = RE2JS.compile(pattern);
    const near = fc.string({
      unit: fc.constantFrom('a', 'Z', '0', '.', '_', '-', ' ', '/', '\n', 'ä'),
      maxLength: 140,
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (text) => {
        expect(new RegExp(pattern, 'u').test(text)).toBe(re2.matches(text));
      }),
    );
  });
});
