// A request larger than it may be is counted once, whichever protocol it comes in and whichever engine refuses it.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Limit } from '../../src/transport/listener-limits.ts';
import { envelope } from '../support/envelope.ts';
import { send, type WayRequest } from '../telemetry/call-ways.ts';
import { noCalls, startServer, type TestServer } from './harness.ts';

const REQUEST_BYTES = 2_000;
const GET_HEALTH = '/openk.health.v1.HealthService/GetHealth';
const WATCH_HEALTH = '/openk.health.v1.HealthService/WatchHealth';
const message = (length: number) => Buffer.from(JSON.stringify({ component: 'x'.repeat(length) }));
const small = message(10);
const large = message(REQUEST_BYTES);

const post = (path: string, contentType: string, body: Buffer, more: Readonly<Record<string, string>> = {}) => ({
  httpMethod: 'POST',
  path,
  headers: { 'content-type': contentType, ...more },
  body,
});
const plain = (body: Buffer) => post(GET_HEALTH, 'application/json', body);
const plainGzip = (body: Buffer) =>
  post(GET_HEALTH, 'application/json', gzipSync(body), { 'content-encoding': 'gzip' });
const query = (body: Buffer): WayRequest => ({
  httpMethod: 'GET',
  path: `${GET_HEALTH}?connect=v1&encoding=json&message=${encodeURIComponent(body.toString())}`,
  headers: {},
});
const framed =
  (path: string, contentType: string, more: Readonly<Record<string, string>> = {}) =>
  (body: Buffer) =>
    post(path, contentType, envelope(body), more);
const framedGzip =
  (path: string, contentType: string, encodingHeader: string, more: Readonly<Record<string, string>> = {}) =>
  (body: Buffer) =>
    post(path, contentType, envelope(gzipSync(body), 1), { ...more, [encodingHeader]: 'gzip' });
const rest = (body: Buffer) => post('/v1/components:list', 'application/json', body);

const te = { te: 'trailers' };
const CASES: readonly (readonly [name: string, httpVersion: 1 | 2, request: (body: Buffer) => WayRequest])[] = [
  ['gRPC', 2, framed(GET_HEALTH, 'application/grpc+json', te)],
  ['gRPC, stream', 2, framed(WATCH_HEALTH, 'application/grpc+json', te)],
  ['gRPC, compressed', 2, framedGzip(GET_HEALTH, 'application/grpc+json', 'grpc-encoding', te)],
  ...([1, 2] as const).flatMap((version) => {
    const each: [string, (body: Buffer) => WayRequest][] = [
      ['gRPC-Web', framed(GET_HEALTH, 'application/grpc-web+json')],
      ['gRPC-Web, stream', framed(WATCH_HEALTH, 'application/grpc-web+json')],
      ['gRPC-Web, compressed', framedGzip(GET_HEALTH, 'application/grpc-web+json', 'grpc-encoding')],
      ['Connect', plain],
      ['Connect, compressed', plainGzip],
      ['Connect GET', query],
      ['Connect, stream', framed(WATCH_HEALTH, 'application/connect+json')],
      ['Connect, compressed stream', framedGzip(WATCH_HEALTH, 'application/connect+json', 'connect-content-encoding')],
      ['REST', rest],
    ];
    return each.map(([name, request]) => [name, version, request] as const);
  }),
];

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let running: TestServer;
  let refused: Limit[];
  beforeAll(async () => {
    running = await startServer('cleartext', {
      requestBytes: REQUEST_BYTES,
      pipeline,
      onRefused: (limit) => void refused.push(limit),
    });
  });
  afterAll(() => running.server.close());
  beforeEach(() => {
    refused = [];
  });

  it.each(CASES)('%s over HTTP/%d', async (_name, httpVersion, request) => {
    // Whatever its answer is: it was read.
    await send(running.url, httpVersion, request(small));
    await noCalls(running);
    expect(refused).toEqual([]);
    await send(running.url, httpVersion, request(large));
    await noCalls(running);
    expect(refused).toEqual(['request_bytes']);
  });

  it('is said in the answer, and not in the log', async () => {
    await send(running.url, 1, plain(large));
    expect(running.log.filter(({ limit }) => limit === 'request_bytes')).toEqual([]);
  });
});
