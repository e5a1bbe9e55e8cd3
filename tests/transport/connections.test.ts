// How many connections there may be, who goes when there are more, and requests that come before the answers of those
// before them.
import { afterEach, describe, expect, test } from '@jest/globals';
import { countRequests } from '../../src/transport/first-flight.ts';
import type { Limit } from '../../src/transport/listener-limits.ts';
import { eventually } from '../support/eventually.ts';
import { FLAG, frame, headersFrame, opening, patternOf, requestFields, TYPE, u32 } from '../support/http2-frames.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';
import { startServer, type TestServer, TRANSPORTS, type Transport } from './harness.ts';

let running: TestServer;
let refused: Limit[];
const clients: RawSocket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await running.server.close();
});

async function start(transport: Transport, limits: object, pipeline = true): Promise<void> {
  refused = [];
  running = await startServer(transport, { limits, pipeline, onRefused: (limit) => void refused.push(limit) });
}

async function connectRaw(protocol: 'h2' | 'http/1.1' = 'http/1.1', withoutHandshake = false): Promise<RawSocket> {
  const client = await openRawSocket(running.url, {
    ...(running.ca && { ca: running.ca }),
    protocol,
    withoutHandshake,
  });
  clients.push(client);
  return client;
}

const SETTINGS_ACK = patternOf(frame(TYPE.settings, FLAG.ack, 0, Buffer.alloc(0)));
/** REFUSED_STREAM (RFC 9113, section 7). */
const resetOf = (id: number) => patternOf(frame(TYPE.rstStream, 0, id, u32(7)));
const LIVEZ = 'GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n';
const isAnswered = (client: RawSocket) => client.received(/HTTP\/1.1 200/);

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('who says nothing goes first, and good requests are answered', async () => {
    await start(transport, { connections: 8 });
    const good = await connectRaw();
    good.write(LIVEZ);
    await isAnswered(good);
    const silent: RawSocket[] = [];
    for (let index = 0; index < 30; index++) {
      silent.push(await connectRaw('http/1.1', true));
      const one = await connectRaw();
      one.write(LIVEZ);
      await isAnswered(one);
      one.destroy();
    }
    await eventually(() => running.server.connections() <= 8);
    expect(silent.filter(({ socket }) => socket.closed).length).toBeGreaterThanOrEqual(20);
    expect(new Set(refused)).toEqual(new Set(['connections']));
  });

  test.each(['http/1.1', 'h2'] as const)('idle connections of %s give way', async (protocol) => {
    await start(transport, { connections: 4 });
    for (let index = 0; index < 4; index++) {
      const idle = await connectRaw(protocol);
      idle.write(protocol === 'h2' ? opening() : LIVEZ);
      await idle.received(protocol === 'h2' ? SETTINGS_ACK : /200/);
    }
    const [first] = clients;
    const good = await connectRaw();
    good.write(LIVEZ);
    await isAnswered(good);
    await first?.closed();
    expect(refused).toEqual(['connections']);
  });

  test('those that wait for an answer stay, and the one that comes goes', async () => {
    await start(transport, { connections: 3 });
    const calls = [];
    for (let index = 0; index < 3; index++) {
      const { component, call } = running.service.hang();
      calls.push(call);
      const busy = await connectRaw();
      busy.write(`GET /v1/components/${component}/health HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      await call.started;
    }
    // Over TLS it may go in the middle of its handshake.
    await connectRaw().then(
      (late) => late.closed(),
      () => {},
    );
    await eventually(() => refused.length === 1);
    for (const call of calls) call.release();
    for (const client of clients.slice(0, 3)) await isAnswered(client);
  });

  describe.each([{ pipeline: true }, { pipeline: false }])('with %p', ({ pipeline }) => {
    test('requests in one write are answered in their order', async () => {
      await start(transport, { pipelinedRequests: 40 }, pipeline);
      const client = await connectRaw();
      const body = (index: number) => JSON.stringify({ component: `echo-${index}` });
      const ask = (index: number) =>
        index % 2 === 0
          ? `GET /v1/components/echo-${index}/health HTTP/1.1\r\nhost: localhost\r\n\r\n`
          : `POST /openk.health.v1.HealthService/GetHealth HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body(index).length}\r\n\r\n${body(index)}`;
      client.write(Array.from({ length: 40 }, (_, index) => ask(index)).join(''));
      const text = await client.received(/echo-39/);
      const order = [...text.matchAll(/echo-(\d+)/g)].map(([, index]) => Number(index));
      expect(order).toEqual(Array.from({ length: 40 }, (_, index) => index));
      expect(refused).toEqual([]);
    });

    test.each(['in one write', 'after an answer'])('too many of them, %s, end the connection', async (when) => {
      await start(transport, { pipelinedRequests: 10 }, pipeline);
      const client = await connectRaw();
      if (when === 'after an answer') {
        client.write(LIVEZ);
        await isAnswered(client);
      }
      client.write(LIVEZ.repeat(500));
      await client.closed();
      expect(refused).toEqual(['pipelined_requests']);
    });
  });
});

describe.each(TRANSPORTS)('one stream too many, over %s', (transport) => {
  const MAX = 3;
  const open = (ids: readonly number[]) =>
    ids.map((id) => {
      const { component, call } = running.service.hang();
      const fields = requestFields('GET', `/v1/components/${component}/health`);
      return { id, call, bytes: headersFrame(id, fields, FLAG.endStream) };
    });
  const bytesOf = (streams: ReturnType<typeof open>) => Buffer.concat(streams.map(({ bytes }) => bytes));

  test.each(['in one flight', 'one by one'])('%s, of a client that knows, ends its session', async (how) => {
    await start(transport, { streamsPerConnection: MAX });
    const client = await connectRaw('h2');
    client.write(opening());
    await client.received(SETTINGS_ACK);
    client.write(frame(TYPE.settings, FLAG.ack, 0, Buffer.alloc(0)));
    const streams = open([1, 3, 5, 7, 9]);
    if (how === 'in one flight') client.write(bytesOf(streams));
    else {
      for (const { bytes, call } of streams.slice(0, MAX)) {
        client.write(bytes);
        await call.started;
      }
      expect(refused).toEqual([]);
      client.write(bytesOf(streams.slice(MAX)));
    }
    await client.closed();
    await eventually(() => refused.length > 0);
    expect(refused).toEqual(['streams_per_connection']);
    expect(running.log).toContainEqual(
      expect.objectContaining({ level: 50, limit: 'streams_per_connection', count: 1, streams: MAX }),
    );
  });

  test('of a client that has not heard yet is refused alone', async () => {
    await start(transport, { streamsPerConnection: MAX });
    const client = await connectRaw('h2');
    const streams = open([1, 3, 5, 7, 9]);
    client.write(Buffer.concat([opening(), bytesOf(streams)]));
    await client.received(resetOf(9));
    for (const { call } of streams.slice(0, MAX)) call.release();
    await eventually(() => running.server.openCalls() === 0);
    const [next] = open([11]);
    client.write(next!.bytes);
    await next!.call.started;
    expect(refused).toEqual(['streams_per_connection']);
    next!.call.release();
  });

  test('is no other fault, nor a number that is left out', async () => {
    await start(transport, { streamsPerConnection: MAX });
    const client = await connectRaw('h2');
    const streams = open([1, 9]);
    client.write(Buffer.concat([opening(), bytesOf(streams)]));
    await streams[1]!.call.started;
    client.write(frame(TYPE.data, 0, 0, Buffer.alloc(1)));
    await client.closed();
    await eventually(() => running.server.connections() === 0);
    expect(refused).toEqual([]);
  });
});

test('requests are counted, and what looks like their ends is not', () => {
  expect(countRequests(Buffer.from(LIVEZ.repeat(200)))).toBe(200);
  expect(countRequests(Buffer.from(`POST / HTTP/1.1\r\n\r\n${'\r\n\r\nGET it '.repeat(1000)}`))).toBe(1);
  expect(countRequests(Buffer.from(LIVEZ))).toBe(1);
});
