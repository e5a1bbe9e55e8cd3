// Every way in which HTTP/2 lets a client break its connection, in one write and in two, over cleartext and TLS, with the
// pipeline and without: the connection ends, and nothing else does.
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CONNECTION_ERRORS, FLAG, headersFrame, opening, requestFields } from '../support/http2-frames.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { spawnOpenk } from '../support/spawned-openk.ts';
import { noCalls, noConnections, startServer, type TestServer, TRANSPORTS } from './harness.ts';

const UNARY = '/openk.health.v1.HealthService/GetHealth';
const STREAM = '/openk.health.v1.HealthService/WatchHealth';
const GRPC = { 'content-type': 'application/grpc', te: 'trailers' };
/** What stream 1 asks when the connection breaks: nothing there, a page, a call of each protocol, a stream of answers. */
const REQUESTS: Readonly<Record<string, Buffer>> = {
  'nothing there': headersFrame(1, requestFields('GET', '/x')),
  'a page': headersFrame(1, requestFields('GET', '/livez'), FLAG.endStream),
  'a gRPC call': headersFrame(1, requestFields('POST', UNARY, GRPC)),
  'a Connect call': headersFrame(1, requestFields('POST', UNARY, { 'content-type': 'application/json' })),
  'a gRPC stream': headersFrame(1, requestFields('POST', STREAM, GRPC)),
};

describe.each(TRANSPORTS)('over %s', (transport) => {
  describe.each([{ pipeline: true }, { pipeline: false }])('with %p', ({ pipeline }) => {
    let running: TestServer;
    const uncaught: unknown[] = [];
    const watch = (error: unknown) => void uncaught.push(error);
    beforeAll(async () => {
      running = await startServer(transport, { pipeline });
    });
    afterAll(() => running.server.close());
    beforeEach(() => {
      process.on('uncaughtException', watch);
    });
    afterEach(() => {
      process.off('uncaughtException', watch);
    });

    const attack = async (request: Buffer, fault: Buffer, writes: 'one write' | 'two writes') => {
      const client = await openRawSocket(running.url, { ...(running.ca && { ca: running.ca }), protocol: 'h2' });
      const start = Buffer.concat([opening(), request]);
      if (writes === 'one write') {
        client.socket.end(Buffer.concat([start, fault]));
      } else {
        client.write(start);
        await setImmediate();
        client.socket.end(fault);
      }
      await client.closed();
    };

    test.each(Object.keys(CONNECTION_ERRORS))('%s', async (name) => {
      const attacks = Object.values(REQUESTS).flatMap((request) =>
        (['one write', 'two writes'] as const).map((writes) => attack(request, CONNECTION_ERRORS[name]!, writes)),
      );
      await Promise.all(attacks);
      await noConnections(running);
      await noCalls(running);
      expect(uncaught).toEqual([]);
    });
  });
});

test('a process lives through all of them', async () => {
  const openk = await spawnOpenk('components: []');
  try {
    for (const fault of Object.values(CONNECTION_ERRORS)) {
      for (const path of ['/x', '/metrics', '/v1/health:watch', '/openk.health.v1.HealthService/GetHealth']) {
        const client = await openRawSocket(openk.address);
        client.socket.end(Buffer.concat([opening(), headersFrame(1, requestFields('GET', path)), fault]));
        await client.closed();
      }
    }
    expect((await fetch(`${openk.address}/livez`)).status).toBe(200);
  } finally {
    await openk.dispose();
  }
});
