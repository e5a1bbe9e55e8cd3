// The life of one call: its signal, and what is told of its end. On real requests of Node's own server.
import '../support/one-realm.ts';
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { RunningCall } from '../../src/calls/call.ts';
import { collectMethods } from '../../src/calls/methods.ts';
import type { Protocol } from '../../src/calls/protocol.ts';
import { Receiver } from '../../src/calls/receive.ts';
import { DirectRequest, Http1Exchange } from '../../src/transport/http1-exchange.ts';

const server = createServer({ IncomingMessage: DirectRequest });
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});

interface World {
  readonly call: RunningCall;
  readonly openCalls: ReadonlySet<RunningCall>;
  /** How it ended, as far as anybody said. */
  readonly ends: readonly (Code | undefined)[];
  /** Settles when it is closed. */
  readonly closed: Promise<void>;
  goAway(): void;
}

const PROTOCOL: Protocol = {
  name: 'rest',
  hasTrailers: false,
  acceptEncodingHeader: undefined,
  gzipsBody: false,
  presetTrailers: undefined,
  readTimeout: () => undefined,
  presetHeaders: () => [],
  answer: () => undefined,
};
const [METHOD] = collectMethods((router) => router.service(HealthService, {}));

async function startCall(shutdown = new AbortController().signal): Promise<World> {
  const client = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }).end();
  client.on('error', () => {});
  const [incoming, response] = (await once(server, 'request')) as [DirectRequest, ServerResponse];
  const openCalls = new Set<RunningCall>();
  const ends: (Code | undefined)[] = [];
  const closed = Promise.withResolvers<void>();
  const route = {
    spec: METHOD!.spec,
    kind: 'unary' as const,
    interceptors: [],
    protocol: PROTOCOL,
    encode: () => {
      throw new Error('nothing is answered');
    },
    observe: () => (code: Code | undefined) => void ends.push(code),
  };
  const environment = {
    shutdown,
    openSignals: openCalls,
    completeError: undefined,
    onDefect() {},
    addHeaders: undefined,
  };
  const call = new RunningCall(
    route,
    new Http1Exchange(incoming, response, () => undefined),
    environment,
    undefined,
    undefined,
    false,
  );
  const reader = { push: () => false, end() {}, isRefused: false, message: () => Promise.reject(new Error('unread')) };
  new Receiver(call, reader, () => {}, closed.resolve).start();
  return { call, openCalls, ends, closed: closed.promise, goAway: () => client.destroy() };
}

it('has a signal from when it is asked for it, and none that is left when it is over', async () => {
  const { call, openCalls, closed, goAway } = await startCall();
  expect(openCalls.size).toBe(0);
  const { signal } = call;
  expect([signal.aborted, openCalls.has(call)]).toEqual([false, true]);
  call.abort(undefined);
  expect([signal.aborted, openCalls.size]).toEqual([true, 0]);
  expect(signal.reason).toMatchObject({ name: 'AbortError' });
  goAway();
  await closed;
});

it('whoever asks when it is over gets a signal that has fired', async () => {
  const { call, openCalls, closed, goAway } = await startCall();
  call.abort(undefined);
  expect([call.signal.aborted, openCalls.size]).toEqual([true, 0]);
  goAway();
  await closed;
});

it('whoever asks at the shutdown gets a signal that has fired, with its reason', async () => {
  const reason = new ConnectError('as told', Code.Unavailable);
  const { call, closed, goAway } = await startCall(AbortSignal.abort(reason));
  expect([call.signal.aborted, call.signal.reason]).toEqual([true, reason]);
  goAway();
  await closed;
});

it.each([true, false])('a caller who goes ends it as canceled; signal asked for before: %s', async (isAskedBefore) => {
  const { call, ends, closed, goAway } = await startCall();
  const before = isAskedBefore ? call.signal : undefined;
  goAway();
  await closed;
  expect(ends).toEqual([Code.Canceled]);
  expect(call.signal).toBe(before ?? call.signal);
  expect([call.signal.aborted, ConnectError.from(call.signal.reason).code]).toEqual([true, Code.Canceled]);
});

it('a defect ends it as INTERNAL, unless its caller is gone', async () => {
  const waiting = await startCall();
  waiting.call.breakOff(new Error('a defect'));
  await waiting.closed;
  expect(waiting.ends).toEqual([Code.Internal]);
  const abandoned = await startCall();
  abandoned.goAway();
  await abandoned.closed;
  abandoned.call.breakOff(new Error('a defect'));
  expect(abandoned.ends).toEqual([Code.Canceled]);
});

it('tells how it ended once', async () => {
  const { call, ends, closed, goAway } = await startCall();
  call.observeEnd(undefined);
  call.observeEnd(Code.Internal);
  call.abort(undefined);
  goAway();
  await closed;
  expect(ends).toEqual([undefined]);
});

it('a listener at the call itself hears of its end once, as one at a signal does', async () => {
  const { call, openCalls, closed, goAway } = await startCall();
  const heard: unknown[] = [];
  const listener = { handleEvent: () => void heard.push(call.reason) };
  call.addEventListener('abort', listener);
  expect([call.aborted, openCalls.has(call), heard]).toEqual([false, true, []]);
  goAway();
  await closed;
  call.abort(undefined);
  expect([call.aborted, openCalls.size, heard.length]).toEqual([true, 0, 1]);
  expect(ConnectError.from(heard[0]).code).toBe(Code.Canceled);
  call.addEventListener('abort', listener);
  expect(heard).toHaveLength(1);
});

it('a listener at the call that was taken away hears nothing', async () => {
  const { call, closed, goAway } = await startCall();
  let heard = 0;
  const listener = { handleEvent: () => void heard++ };
  call.addEventListener('abort', listener);
  call.removeEventListener('abort', listener);
  goAway();
  await closed;
  expect(heard).toBe(0);
});

it('a call that asks at the shutdown whether it is over is', async () => {
  const reason = new ConnectError('as said', Code.Unavailable);
  const { call, closed, goAway } = await startCall(AbortSignal.abort(reason));
  expect([call.aborted, call.reason]).toEqual([true, reason]);
  goAway();
  await closed;
});
