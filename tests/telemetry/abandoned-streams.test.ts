// A stream whose caller goes is CANCELLED, whatever it goes with: only CANCEL has a meaning to gRPC when a client sends it
// (PROTOCOL-HTTP2.md, Errors). Connect's own client resets with INTERNAL_ERROR at its deadline, and a connection that breaks
// ends its streams as an error does; neither is the server's fault.
import { once } from 'node:events';
import { request } from 'node:http';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { Socket } from 'node:net';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthCheckRequestSchema } from '../../gen/grpc/health/v1/health_pb.ts';
import { WatchHealthRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { envelope } from '../support/envelope.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { parsePrometheusText } from './prometheus-text.ts';

const WATCH_HEALTH = 'openk.health.v1.HealthService/WatchHealth';
const WATCH = 'grpc.health.v1.Health/Watch';

interface Call {
  readonly title: string;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Uint8Array;
}

const post = (title: string, method: string, contentType: string, message: Uint8Array): Call => ({
  title,
  method,
  headers: { ':method': 'POST', ':path': `/${method}`, 'content-type': contentType },
  body: envelope(message),
});
const watchHealth = toBinary(WatchHealthRequestSchema, create(WatchHealthRequestSchema, { components: ['job'] }));
const watch = toBinary(HealthCheckRequestSchema, create(HealthCheckRequestSchema, { service: 'job' }));
const CALLS: readonly Call[] = [
  post('gRPC', WATCH_HEALTH, 'application/grpc', watchHealth),
  post('gRPC-Web', WATCH_HEALTH, 'application/grpc-web+proto', watchHealth),
  post('Connect', WATCH_HEALTH, 'application/connect+proto', watchHealth),
  post('grpc.health.v1', WATCH, 'application/grpc', watch),
  { title: 'REST', method: WATCH_HEALTH, headers: { ':method': 'GET', ':path': '/v1/health:watch?components=job' } },
];

type Going = readonly [title: string, go: (stream: ClientHttp2Stream, session: ClientHttp2Session) => void];
const GOINGS: readonly Going[] = [
  ...Array.from(
    { length: 14 },
    (_, code): Going => [`resets with 0x${code.toString(16)}`, (stream) => stream.close(code)],
  ),
  ['ends its connection', (_, session) => session.destroy()],
  [
    'ends its connection as in a fault',
    (_, session) => session.destroy(new Error('fault'), constants.NGHTTP2_INTERNAL_ERROR),
  ],
  ['breaks its connection', (_, session) => session.socket.resetAndDestroy()],
];

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let openk: RunningOpenk;
  beforeAll(async () => {
    openk = await runOpenk(`
server: { pipeline: ${pipeline} }
components:
  - { id: job, heartbeat: { period: 1h, grace: 1m } }
`);
  });
  afterAll(() => openk.close());

  const endedStreams = async (): Promise<ReadonlyMap<string, number>> => {
    const { find } = parsePrometheusText(await (await fetch(`${openk.address}/metrics`)).text());
    const series = find('rpc_server_call_duration_seconds_count').filter(({ labels }) =>
      labels.rpc_method?.includes('Watch'),
    );
    return new Map(series.map(({ labels, value }) => [`${labels.rpc_method} ${labels.rpc_status_code}`, value]));
  };
  const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((total, count) => total + count, 0);
  /** The streams of `go`, by method and code. */
  const endedBy = async (go: () => Promise<void>): Promise<readonly string[]> => {
    const before = await endedStreams();
    await go();
    let after = await endedStreams();
    while (sum(after) === sum(before)) after = await endedStreams();
    return [...after].filter(([series, count]) => count !== (before.get(series) ?? 0)).map(([series]) => series);
  };

  describe.each(CALLS)('$title', ({ method, headers, body }) => {
    it.each(GOINGS)('a caller who %s', async (_, go) => {
      const ended = await endedBy(async () => {
        const session = connect(openk.address).on('error', () => {});
        const stream = session.request(headers, { endStream: body === undefined }).on('error', () => {});
        if (body !== undefined) stream.end(body);
        await once(stream, 'data');
        const closed = new Promise((resolve) => session.once('close', resolve));
        go(stream, session);
        session.close();
        await closed;
      });
      expect(ended).toEqual([`${method} CANCELLED`]);
    });
  });

  it.each<[string, (socket: Socket) => void]>([
    ['ends its connection', (socket) => socket.destroy()],
    ['breaks its connection', (socket) => socket.resetAndDestroy()],
  ])('a caller over HTTP/1.1 who %s', async (_, go) => {
    const ended = await endedBy(async () => {
      const sent = request(`${openk.address}/v1/health:watch?components=job`, { agent: false })
        .on('error', () => {})
        .end();
      const [answer] = await once(sent, 'response');
      answer.on('error', () => {});
      await once(answer, 'data');
      go(answer.socket);
    });
    expect(ended).toEqual([`${WATCH_HEALTH} CANCELLED`]);
  });
});
