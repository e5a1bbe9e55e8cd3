// Clients that leave unread what they asked for, on every protocol: their connection or stream ends, and nobody else's, not
// those who read slowly, and not those for whom there is nothing to read.
import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Limit } from '../../src/transport/listener-limits.ts';
import { eventually } from '../support/eventually.ts';
import { FLAG, frame, headersFrame, opening, patternOf, requestFields, TYPE, u32 } from '../support/http2-frames.ts';
import { ask, openHttp2 } from '../support/raw-http2.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';
import { noConnections, startServer, type TestServer, TRANSPORTS, type Transport } from './harness.ts';

const SERVICE = '/openk.health.v1.HealthService';
/** More than the kernel takes for a client that does not read. */
const LARGE = 'x'.repeat(1_000_000);
const LARGE_PIECES = 16;
const SMALL_LIMITS = { writeTimeoutMs: 300, lookIntervalMs: 20 };

let running: TestServer;
let refused: Limit[];
const clients: RawSocket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await running.server.close();
});

async function start(transport: Transport, limits: object = {}, pipeline = true, pieces = LARGE_PIECES): Promise<void> {
  refused = [];
  running = await startServer(transport, {
    pipeline,
    limits: { ...SMALL_LIMITS, ...limits },
    onRefused: (limit) => void refused.push(limit),
    async *metricsText() {
      for (let piece = 0; piece < pieces; piece++) yield LARGE;
    },
  });
}

async function connectRaw(protocol: 'h2' | 'http/1.1'): Promise<RawSocket> {
  const client = await openRawSocket(running.url, { ...(running.ca && { ca: running.ca }), protocol });
  clients.push(client);
  return client;
}

const NO_WINDOW = opening([[4, 0]]);
const POST = (path: string, contentType: string, body: string) =>
  Buffer.concat([
    headersFrame(1, requestFields('POST', path, { 'content-type': contentType, te: 'trailers' })),
    frame(TYPE.data, FLAG.endStream, 1, Buffer.from(body, 'latin1')),
  ]);
const GET = (path: string) => headersFrame(1, requestFields('GET', path), FLAG.endStream);
const ENVELOPE = '\0\0\0\0\x06\n\x04echo';
const JSON_ENVELOPE = '\0\0\0\0\x02{}';
/** Answers with at least a byte. */
const HTTP2_REQUESTS: Readonly<Record<string, Buffer>> = {
  'a page': GET('/livez'),
  'a large page': GET('/metrics'),
  'what is not there': GET('/nothing'),
  gRPC: POST(`${SERVICE}/GetHealth`, 'application/grpc', ENVELOPE),
  'a stream of gRPC': POST(`${SERVICE}/WatchHealth`, 'application/grpc', '\0\0\0\0\0'),
  'gRPC-Web': POST(`${SERVICE}/GetHealth`, 'application/grpc-web+proto', ENVELOPE),
  Connect: POST(`${SERVICE}/GetHealth`, 'application/json', '{"component":"echo"}'),
  'a stream of Connect': POST(`${SERVICE}/WatchHealth`, 'application/connect+json', JSON_ENVELOPE),
  'Connect by GET': GET(`${SERVICE}/GetHealth?connect=v1&encoding=json&message=%7B%22component%22:%22echo%22%7D`),
  REST: GET('/v1/components/echo/health'),
  'a stream of REST': GET('/v1/health:watch'),
};

describe.each(TRANSPORTS)('over %s', (transport) => {
  describe.each([{ pipeline: true }, { pipeline: false }])('HTTP/2 with no window and %p', ({ pipeline }) => {
    test.each(Object.keys(HTTP2_REQUESTS))('%s', async (name) => {
      await start(transport, {}, pipeline);
      const client = await connectRaw('h2');
      client.write(Buffer.concat([NO_WINDOW, HTTP2_REQUESTS[name]!]));
      await client.closed();
      await noConnections(running);
      expect(new Set(refused)).toEqual(new Set(['write_timeout']));
    });
  });

  test('PINGs do not count as reading', async () => {
    await start(transport);
    const client = await connectRaw('h2');
    client.write(Buffer.concat([NO_WINDOW, GET('/livez')]));
    let isOver = false;
    void client.closed().then(() => {
      isOver = true;
    });
    const ping = frame(TYPE.ping, 0, 0, Buffer.alloc(8));
    while (!isOver) {
      client.write(ping);
      await setTimeout(10);
    }
    expect(refused).toContain('write_timeout');
  });

  test('a stream that is not read ends, and others of its connection go on', async () => {
    await start(transport);
    const client = await connectRaw('h2');
    client.write(Buffer.concat([NO_WINDOW, GET('/livez')]));
    let next = 3;
    const askAnother = () => {
      client.write(
        Buffer.concat([
          headersFrame(next, requestFields('GET', '/nothing'), FLAG.endStream),
          frame(TYPE.windowUpdate, 0, next, u32(65_535)),
        ]),
      );
      next += 2;
    };
    while (!refused.includes('write_timeout')) {
      askAnother();
      await setTimeout(5);
    }
    // RST_STREAM of stream 1 with CANCEL.
    await client.received(patternOf(frame(TYPE.rstStream, 0, 1, u32(8))));
    const before = client.text().length;
    askAnother();
    await client.received(new RegExp(`[\\s\\S]{${before + 9}}`));
    expect(client.socket.destroyed).toBe(false);
  });

  test('HTTP/1.1', async () => {
    await start(transport);
    const client = await connectRaw('http/1.1');
    client.socket.pause();
    client.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await eventually(() => refused.length > 0);
    await noConnections(running);
    expect(refused).toEqual(['write_timeout']);
  });

  test('who reads slowly gets everything', async () => {
    const writeTimeoutMs = 1_500;
    await start(transport, { writeTimeoutMs });
    const client = await connectRaw('http/1.1');
    client.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    const startedMs = performance.now();
    let read = 0;
    client.socket.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read < 65_536) return;
      read = 0;
      client.socket.pause();
      void setTimeout(12).then(() => client.socket.resume());
    });
    const text = await client.closed();
    expect(text.length).toBeGreaterThan(LARGE_PIECES * LARGE.length);
    expect(performance.now() - startedMs).toBeGreaterThan(writeTimeoutMs);
    expect(refused).toEqual([]);
  });

  test.each(['h2', 'http/1.1'] as const)('who waits on a quiet stream over %s is left alone', async (protocol) => {
    await start(transport);
    const { component, call } = running.service.hang();
    const body = JSON.stringify({ components: [component] });
    const watcher = await connectRaw(protocol);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 1);
    watcher.write(
      protocol === 'h2'
        ? Buffer.concat([
            opening(),
            POST(`${SERVICE}/WatchHealth`, 'application/connect+json', head.toString('latin1') + body),
          ])
        : `GET /v1/health:watch?components=${component} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
    );
    await call.started;
    for (let round = 0; round < 2; round++) {
      const other = await connectRaw('h2');
      other.write(Buffer.concat([NO_WINDOW, GET('/livez')]));
      await other.closed();
    }
    expect(running.server.connections()).toBe(1);
    call.release();
    await watcher.received(protocol === 'h2' ? /keepAlive[\s\S]*keepAlive[\s\S]*keepAlive/ : /\r\n0\r\n\r\n$/);
  });

  test('one connection may leave so much', async () => {
    await start(transport, {
      writeTimeoutMs: 60_000,
      unreadBytesPerConnection: 100_000,
      heldBytesPerConnection: 10_000_000,
    });
    const client = await connectRaw('h2');
    const asked = Array.from({ length: 900 }, (_, index) =>
      headersFrame(2 * index + 1, requestFields('GET', '/v1/health'), FLAG.endStream),
    );
    client.write(
      Buffer.concat([NO_WINDOW, ...asked, headersFrame(1901, requestFields('GET', '/metrics'), FLAG.endStream)]),
    );
    await client.closed();
    expect(refused).toEqual(['unread_bytes_per_connection']);
  });

  test('all together may leave so much, and who leaves the most goes', async () => {
    await start(transport, { writeTimeoutMs: 60_000, unreadBytes: 200_000 });
    const small = await connectRaw('h2');
    small.write(Buffer.concat([NO_WINDOW, GET('/livez')]));
    const large = [await connectRaw('h2'), await connectRaw('h2')];
    for (const client of large) client.write(Buffer.concat([NO_WINDOW, GET('/metrics')]));
    await Promise.race(large.map((client) => client.closed()));
    expect(refused).toContain('unread_bytes');
    expect(small.socket.destroyed).toBe(false);
  });

  test('of pages a few are answered at a time, and all in the end', async () => {
    const limits = {
      writeTimeoutMs: 60_000,
      unreadBytesPerConnection: 1_000_000_000,
      unreadBytes: 4_000_000_000,
    };
    await start(transport, limits, true, 1);
    const session = await openHttp2(running.url, running.ca);
    const answers = Array.from({ length: 12 }, () => ask(session, { ':path': '/metrics' }));
    const bad = await connectRaw('h2');
    bad.write(
      Buffer.concat([
        NO_WINDOW,
        ...Array.from({ length: 200 }, (_, index) =>
          headersFrame(2 * index + 1, requestFields('GET', '/livez'), FLAG.endStream),
        ),
      ]),
    );
    await bad.received(/\x88/);
    await setImmediate();
    expect(running.server.openCalls()).toBeLessThanOrEqual(16);
    for (const { body } of await Promise.all(answers)) expect(body.length).toBe(LARGE.length);
    // Of 200 eight may wait, and the client that reads had to wait too.
    expect(refused.filter((limit) => limit === 'pages_per_connection').length).toBeGreaterThanOrEqual(192);
    expect(running.log.filter(({ limit }) => limit === 'pages_per_connection')).toEqual([]);
    session.destroy();
  });

  test('what waits for that is counted', async () => {
    await start(transport, { writeTimeoutMs: 60_000, heldBytesPerConnection: 50_000 });
    const client = await connectRaw('h2');
    client.write(Buffer.concat([NO_WINDOW, GET('/metrics')]));
    // Until it is answered nothing waits for it, and a busy machine lets more streams come than there may be.
    await client.received(/\x88/);
    let id = 1;
    await eventually(() => {
      id += 2;
      client.write(headersFrame(id, requestFields('GET', '/v1/health'), FLAG.endStream));
      return refused.length > 1;
    });
    expect(new Set(refused)).toEqual(new Set(['held_bytes_per_connection']));
  });
});
