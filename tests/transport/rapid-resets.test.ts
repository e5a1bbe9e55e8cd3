// Requests that are taken back in one flight with them (CVE-2023-44487): the connection of who does it often ends, and no
// other: not that of a client who takes back many that it waited for.
import { afterEach, describe, expect, test } from '@jest/globals';
import { countResets } from '../../src/transport/first-flight.ts';
import type { Limit } from '../../src/transport/listener-limits.ts';
import { eventually } from '../support/eventually.ts';
import { FLAG, frame, headersFrame, opening, patternOf, requestFields, TYPE, u32 } from '../support/http2-frames.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';
import { noConnections, startServer, type TestServer, TRANSPORTS } from './harness.ts';

const MAX = 20;
const CANCEL = 8;
const ENHANCE_YOUR_CALM = 11;

let running: TestServer;
let client: RawSocket;
let refused: Limit[];

/** Has no answer until its client gives it up. */
const HANGING = '/v1/components/hang-0/health';
const ids = (count: number, first = 1) => Array.from({ length: count }, (_, n) => first + 2 * n);
const get = (id: number, path = '/livez') => headersFrame(id, requestFields('GET', path), FLAG.endStream);
const reset = (id: number) => frame(TYPE.rstStream, 0, id, u32(CANCEL));
const takenBack = (count: number, first?: number) => ids(count, first).flatMap((id) => [get(id), reset(id)]);

/** What is sent in one write, in a second one when the first is at work, and what becomes of the connection. */
const FLIGHTS: Readonly<Record<string, readonly [Buffer[], Buffer[], 'ends' | 'goes on']>> = {
  'many at once': [takenBack(200), [], 'ends'],
  'many after a request': [[get(1)], takenBack(200, 3), 'ends'],
  'as many as may be': [takenBack(MAX), [], 'goes on'],
  'many that were waited for': [ids(200).map((id) => get(id, HANGING)), ids(200).map(reset), 'goes on'],
};

describe.each(TRANSPORTS)('over %s', (transport) => {
  afterEach(async () => {
    client.destroy();
    await running.server.close();
  });

  test.each(Object.entries(FLIGHTS))('%s', async (_name, [first, second, outcome]) => {
    refused = [];
    running = await startServer(transport, {
      limits: { rapidResets: MAX, streamsPerTurn: 4, lookIntervalMs: 60_000 },
      onRefused: (limit) => void refused.push(limit),
    });
    running.service.hang();
    client = await openRawSocket(running.url, { ...(running.ca && { ca: running.ca }), protocol: 'h2' });
    client.write(Buffer.concat([opening(), ...first]));
    if (second.length > 0) {
      await pinged('before');
      await eventually(() => first.length === 1 || running.server.openCalls() === first.length);
      client.write(Buffer.concat(second));
    }
    if (outcome === 'ends') {
      const goaway = (await client.closed()).slice(-8);
      expect(goaway.endsWith(u32(ENHANCE_YOUR_CALM).toString('latin1'))).toBe(true);
      await noConnections(running);
      expect(refused).toEqual(['rapid_resets']);
    } else {
      await pinged('after..');
      await eventually(() => running.server.openCalls() === 0);
      expect(refused).toEqual([]);
    }
  });
});

/** Node's own limit ends a connection after a thousand, and 33 in each second after that. */
test.each(TRANSPORTS)(
  'over %s, thousands that were waited for, as by clients with short deadlines',
  async (transport) => {
    refused = [];
    running = await startServer(transport, { onRefused: (limit) => void refused.push(limit) });
    running.service.hang();
    client = await openRawSocket(running.url, { ...(running.ca && { ca: running.ca }), protocol: 'h2' });
    client.write(opening());
    for (let first = 1; first < 6_000; first += 1_000) {
      const some = ids(500, first);
      client.write(Buffer.concat(some.map((id) => get(id, HANGING))));
      await pinged(`${first}`);
      client.write(Buffer.concat(some.map(reset)));
      await pinged(`-${first}`);
    }
    expect(refused).toEqual([]);
    client.destroy();
    await running.server.close();
  },
);

const COUNTED: Readonly<Record<string, readonly [Buffer, number]>> = {
  'of nothing but an opening': [opening(), 0],
  'of requests alone': [Buffer.concat([opening(), ...ids(100).map((id) => get(id))]), 0],
  'of a hundred that are taken back': [Buffer.concat([opening(), ...takenBack(100)]), 100],
  'of bytes that look like frames': [Buffer.concat([opening(), frame(TYPE.data, 0, 1, reset(1))]), 0],
  'of a frame that is cut in its payload': [Buffer.concat([opening(), reset(1)]).subarray(0, -2), 1],
  'of a frame that is cut in its head': [Buffer.concat([opening(), reset(1)]).subarray(0, -5), 0],
  'of a frame that says it is longer': [Buffer.concat([opening(), frame(TYPE.data, 0, 1, reset(1), 1e6), reset(1)]), 0],
};

test.each(Object.entries(COUNTED))('resets are counted in first bytes %s', (_name, [first, resets]) => {
  expect(countResets(first)).toBe(resets);
});

/** Once the server has read everything before it. */
async function pinged(text: string): Promise<void> {
  const payload = Buffer.from(text.padEnd(8).slice(0, 8));
  client.write(frame(TYPE.ping, 0, 0, payload));
  await client.received(patternOf(frame(TYPE.ping, FLAG.ack, 0, payload)));
}
