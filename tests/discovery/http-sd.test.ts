// http_sd as a client: only a list is a list, an empty one too, and whatever else comes keeps what was there. Secrets are said to nobody.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { HttpDiscoverySchema } from '../../gen/openk/config/v1/config_pb.ts';
import { createHttpSource } from '../../src/discovery/sources/http-sd.ts';
import { addressesOf, realNetwork, type WatchedSource, watchSource } from './sources.ts';

let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let watched: WatchedSource;
let port: number;
beforeEach(async () => {
  server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterEach(async () => {
  await watched.source.close();
  expect(watched.clock.pendingTimers).toBe(0);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const json =
  (value: unknown, type = 'application/json; charset=utf-8') =>
  (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(200, { 'content-type': type }).end(JSON.stringify(value));
const watch = (more: { url?: string; headers?: Record<string, string> } = {}, denied: readonly string[] = []) => {
  const options = create(HttpDiscoverySchema, {
    url: `http://user:p%40ss@127.0.0.1:${port}/targets?token=secret`,
    ...more,
  });
  watched = watchSource((context) => createHttpSource(options, 60_000, context), { network: realNetwork(denied) });
  return watched.next();
};

it('asks as Prometheus does, with its own headers', async () => {
  let asked: IncomingMessage | undefined;
  answer = (request, response) => {
    asked = request;
    json([{ targets: ['a:1'] }])(request, response);
  };
  expect(addressesOf(await watch({ headers: { 'X-Key': 'k' } }))).toEqual(['a:1']);
  expect([asked!.url, asked!.headers]).toMatchObject([
    '/targets?token=secret',
    {
      accept: 'application/json',
      'user-agent': 'openk/test',
      'x-prometheus-refresh-interval-seconds': '60',
      'x-key': 'k',
      authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}`,
    },
  ]);
});

it.each<[string, typeof answer, RegExp]>([
  ['another status', (_, response) => void response.writeHead(500).end('[]'), /answered 500$/],
  [
    'a redirect',
    (_, response) => void response.writeHead(302, { location: '/x' }).end(),
    /302: redirects are not followed$/,
  ],
  ['another type', json([], 'text/plain'), /answered what is not application\/json$/],
  [
    'no JSON',
    (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('['),
    /is no JSON, or nested too deep$/,
  ],
  ['no list', json({ targets: [] }), /^the answer of .* is no list$/],
  [
    'half an answer',
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('[]');
      response.destroy();
    },
    /closed the connection/,
  ],
  ['no answer', (request) => void request.socket.destroy(), /closed the connection before it had answered$/],
])('keeps what it had at %s, and asks again soon', async (_what, wrong, why) => {
  answer = json([{ targets: ['a:1', 'b:2'] }]);
  await watch();
  answer = wrong;
  const reading = await watched.next(60_000);
  expect(addressesOf(reading)).toEqual(['a:1', 'b:2']);
  expect(reading.lost).toEqual([expect.stringMatching(why)]);
  expect(reading.lost[0]).not.toMatch(/secret|p@ss|p%40ss/);
  answer = json([]);
  expect(await watched.next(1000)).toEqual({ targets: [], faults: [], lost: [] });
});

it('gives up one that hangs, and asks for no address that is denied', async () => {
  answer = () => {};
  const waiting = watch();
  await new Promise((resolve) => server.once('request', resolve));
  await watched.clock.advance(10_000);
  expect(await waiting).toMatchObject({ targets: undefined, lost: [`127.0.0.1:${port} has not answered in time`] });
  await watched.source.close();
  const denied = await watch({}, ['127.0.0.0/8']);
  expect(denied.lost).toEqual([`the address of 127.0.0.1:${port} is in probes.deny_addresses`]);
});
