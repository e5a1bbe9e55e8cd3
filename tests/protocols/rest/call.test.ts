// The life of one call: its signal, and what is told of its end. On real requests of Node's own server.
import '../../support/one-realm.ts';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Code, ConnectError, createContextValues } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { HealthService } from '../../../gen/openk/health/v1/health_pb.ts';
import { RestCall } from '../../../src/protocols/rest/call.ts';

const server = createServer();
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});

interface World {
  readonly call: RestCall;
  readonly openCalls: ReadonlySet<RestCall>;
  /** How it ended, as far as anybody said. */
  readonly ends: readonly (Code | undefined)[];
  /** Settles when it is closed. */
  readonly closed: Promise<void>;
  goAway(): void;
}

async function startCall(shutdown = new AbortController().signal): Promise<World> {
  const client = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }).end();
  client.on('error', () => {});
  const [incoming, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse];
  const openCalls = new Set<RestCall>();
  const ends: (Code | undefined)[] = [];
  const closed = Promise.withResolvers<void>();
  const call = new RestCall(HealthService.method.getHealth, incoming, response, {
    openSignals: { shutdown, calls: openCalls },
    contextOfClient: createContextValues,
    onDefect() {},
    observe: () => (code) => void ends.push(code),
    onClosed: closed.resolve,
  });
  return { call, openCalls, ends, closed: closed.promise, goAway: () => client.destroy() };
}

it('has a signal from when it is asked for it, and none that is left when it is over', async () => {
  const { call, openCalls, closed, goAway } = await startCall();
  expect(openCalls.size).toBe(0);
  const { signal } = call;
  expect([signal.aborted, openCalls.has(call)]).toEqual([false, true]);
  call.end();
  expect([signal.aborted, openCalls.size]).toEqual([true, 0]);
  expect(signal.reason).toEqual(new ConnectError('the call is over', Code.Canceled));
  goAway();
  await closed;
});

it('whoever asks when it is over gets a signal that has fired', async () => {
  const { call, openCalls, closed, goAway } = await startCall();
  call.end();
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

it('tells how it ended once', async () => {
  const { call, ends, closed, goAway } = await startCall();
  call.observeEnd(undefined);
  call.observeEnd(Code.Internal);
  call.end();
  goAway();
  await closed;
  expect(ends).toEqual([undefined]);
});
