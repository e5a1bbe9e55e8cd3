// Requests that are taken back in one flight with them (CVE-2023-44487): the connection of who does it often ends, and no
// other: not that of a client who takes back many that it waited for.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Limit } from '../../src/transport/listener-limits.ts';
import { FLAG, frame, headersFrame, opening, patternOf, requestFields, TYPE, u32 } from '../support/http2-frames.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';
import { eventually, noConnections, startServer, type TestServer, TRANSPORTS } from './harness.ts';

const MAX = 20;
const CANCEL = 8;
const ENHANCE_YOUR_CALM = 11;

let running: TestServer;
let client: RawSocket;
let refused: Limit[];
afterEach(async () => {
  client.destroy();
  await running.server.close();
});

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

/** Once the server has read everything before it. */
async function pinged(text: string): Promise<void> {
  const payload = Buffer.from(text.padEnd(8).slice(0, 8));
  client.write(frame(TYPE.ping, 0, 0, payload));
  await client.received(patternOf(frame(TYPE.ping, FLAG.ack, 0, payload)));
}
