// One table of cases over every kind of client, in cleartext and over TLS: whoever asks, and however, gets the same answer
// from the same handler.
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { WIRE_CLIENT_KINDS, type WireClient, type WireClientKind, type WireResult } from '../support/wire-clients.ts';
import {
  DEFECTIVE,
  ECHO,
  ERROR_REASON,
  FAILING,
  METADATA_HEADER,
  METADATA_REQUEST,
  METADATA_TRAILER,
  SECRET,
} from '../support/wire-service.ts';
import { noCalls, noConnections, startServer, type TestServer, TRANSPORTS } from '../transport/harness.ts';

interface Run {
  readonly client: WireClient;
  readonly test: TestServer;
}

interface Case {
  readonly name: string;
  /** Which kinds can do it. Default: all. */
  readonly appliesTo?: (kind: WireClientKind) => boolean;
  run(run: Run): Promise<void>;
}

const cases: readonly Case[] = [
  {
    name: 'unary',
    async run({ client }) {
      expect(await client.unary(ECHO)).toMatchObject({ code: 'OK', messages: [ECHO] });
    },
  },
  {
    name: 'an empty message, both ways',
    async run({ client }) {
      expect(await client.unary('')).toMatchObject({ code: 'OK', messages: [''] });
    },
  },
  {
    name: 'a message of nearly the largest size',
    async run({ client }) {
      const component = 'x'.repeat(60_000);
      expect(await client.unary(component)).toMatchObject({ code: 'OK', messages: [component] });
    },
  },
  {
    name: 'server stream',
    async run({ client }) {
      expect(await client.stream(ECHO)).toMatchObject({ code: 'OK', messages: ['1', '2', '3'] });
    },
  },
  {
    name: 'header and trailer metadata of a unary call',
    async run({ client }) {
      const { header, trailer } = await client.unary(ECHO, { metadata: { [METADATA_REQUEST]: 'a value' } });
      expect([header(METADATA_HEADER), trailer(METADATA_TRAILER)]).toEqual(['a value', 'a value']);
    },
  },
  {
    name: 'header and trailer metadata of a stream',
    async run({ client }) {
      const { header, trailer } = await client.stream(ECHO, { metadata: { [METADATA_REQUEST]: 'a value' } });
      expect([header(METADATA_HEADER), trailer(METADATA_TRAILER)]).toEqual(['a value', 'a value']);
    },
  },
  {
    name: 'an error with details, unary',
    async run({ client }) {
      const result = await client.unary(FAILING);
      expect(result).toMatchObject({ code: 'FailedPrecondition', reason: ERROR_REASON, messages: [] });
      expect(result.message).toBe('scripted failure: 50 % & more, äöü');
    },
  },
  {
    name: 'an error with details, in place of a stream',
    async run({ client }) {
      const result = await client.stream(FAILING);
      expect(result).toMatchObject({ code: 'FailedPrecondition', reason: ERROR_REASON, messages: [] });
    },
  },
  {
    name: 'a defect is an internal error with an id that stands in the log, and no more',
    async run({ client, test }) {
      for (const result of [await client.unary(DEFECTIVE), await client.stream(DEFECTIVE)]) {
        expect(result).toMatchObject({ code: 'Internal', reason: 'INTERNAL' });
        const [, id] = /^internal error ([0-9a-f-]{36})$/.exec(result.message) ?? [];
        const logged = test.log.find((line) => line.id === id);
        expect(logged).toMatchObject({ err: { message: SECRET } });
      }
    },
  },
  {
    name: 'a deadline that passes, unary: the client gives up, the signal of the handler fires',
    run: ({ client, test }) => runIntoDeadline(test, (component, timeoutMs) => client.unary(component, { timeoutMs })),
  },
  {
    name: 'a deadline that passes, in a stream: the client gives up, the signal of the handler fires',
    run: ({ client, test }) => runIntoDeadline(test, (component, timeoutMs) => client.stream(component, { timeoutMs })),
  },
  {
    name: 'cancel, unary: the signal of the handler fires',
    async run({ client, test }) {
      const { component, call } = test.service.hang();
      const controller = new AbortController();
      const result = client.unary(component, { signal: controller.signal });
      await call.started;
      controller.abort();
      expect(await result).toMatchObject({ code: 'Canceled' });
      await call.aborted;
    },
  },
  {
    name: 'cancel in a stream: the signal of the handler fires',
    async run({ client, test }) {
      const { component, call } = test.service.hang();
      const controller = new AbortController();
      const result = client.stream(component, { signal: controller.signal });
      await call.started;
      controller.abort();
      expect(await result).toMatchObject({ code: 'Canceled' });
      await call.aborted;
    },
  },
  {
    name: 'an unknown method',
    async run({ client }) {
      const result = await client.unknownMethod();
      expect(result).toMatchObject({ code: 'Unimplemented', reason: 'UNIMPLEMENTED' });
      expect(result.message).toBe('there is no method /grpc.health.v1.Health/Check: check service and method name');
    },
  },
  {
    name: 'a wrong content type',
    appliesTo: ({ takesContentType }) => takesContentType,
    async run({ client }) {
      // 415 has no code of its own: gRPC and gRPC-Web make Unknown of it, Connect too, and plain HTTP shows it.
      for (const contentType of ['application/x-nothing', 'text/plain']) {
        const result = await client.unary(ECHO, { contentType });
        expect(['Unknown', 'Http415']).toContain(result.code);
      }
    },
  },
  {
    name: 'a message that is too large',
    async run({ client }) {
      expect(await client.unary('x'.repeat(100_000))).toMatchObject({ code: 'ResourceExhausted' });
      expect(await client.stream('x'.repeat(100_000))).toMatchObject({ code: 'ResourceExhausted', messages: [] });
      // The connection, or the next one, goes on.
      expect(await client.unary(ECHO)).toMatchObject({ code: 'OK' });
    },
  },
];

/** Tries with more and more time, until it is enough for the call to reach the handler on a busy machine. */
async function runIntoDeadline(
  test: TestServer,
  ask: (component: string, timeoutMs: number) => Promise<WireResult>,
): Promise<void> {
  for (let timeoutMs = 40; ; timeoutMs *= 2) {
    const { component, call } = test.service.hang();
    expect(await ask(component, timeoutMs)).toMatchObject({ code: 'DeadlineExceeded' });
    if (call.hasStarted()) return void (await call.aborted);
  }
}

const settings = TRANSPORTS.flatMap((transport) => [true, false].map((pipeline) => ({ transport, pipeline })));

describe.each(settings)('in $transport, pipeline: $pipeline', ({ transport, pipeline }) => {
  let test: TestServer;
  const consoleError = jest.spyOn(console, 'error');
  beforeAll(async () => {
    consoleError.mockClear();
    test = await startServer(transport, { pipeline });
  });
  afterAll(async () => {
    await noConnections(test);
    await noCalls(test);
    await test.server.close();
    // Connect writes there what it cannot tell a caller, past every log.
    expect(consoleError).not.toHaveBeenCalled();
  });

  describe.each(WIRE_CLIENT_KINDS)('$name', (kind) => {
    let client: WireClient;
    beforeAll(() => {
      client = kind.open(test.url, test.ca);
    });
    afterAll(() => client.close());

    it.each(cases.filter(({ appliesTo }) => appliesTo?.(kind) ?? true))('$name', ({ run }) => run({ client, test }));
  });
});
