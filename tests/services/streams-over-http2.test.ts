import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { type Api, createApi } from './support/api.ts';
import { probed, system } from './support/definitions.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Calls WatchHealth for everything over a real socket, with this flow-control window. */
async function watchOverHttp2(api: Api, initialWindowSize: number) {
  const server = createServer(connectNodeAdapter({ routes: api.routes }));
  const streams: ServerHttp2Stream[] = [];
  server.on('stream', (stream: ServerHttp2Stream) => void streams.push(stream));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    settings: { initialWindowSize },
  });
  const call = session.request({
    ':method': 'POST',
    ':path': '/openk.health.v1.HealthService/WatchHealth',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  call.on('error', () => {});
  call.end(EMPTY_MESSAGE);
  closing.push(() => {
    session.destroy();
    server.close();
  });
  await eventually(() => streams.length === 1);
  return { session, call, serverStream: streams[0]! };
}

/** The gRPC envelope of a message with no fields. */
const EMPTY_MESSAGE = Buffer.alloc(5);

describe('a WatchHealth stream over HTTP/2', () => {
  it('whose reader reads nothing is not built up, and ends with its connection', async () => {
    // More than Node buffers for a stream, 64 KiB.
    const many = Array.from({ length: 3_000 }, (_, index) => probed(`component-${index}`));
    const api = createApi(system(...many));
    const { session, serverStream } = await watchOverHttp2(api, 0);
    await eventually(() => serverStream.writableNeedDrain);
    const { writableLength } = serverStream;
    for (const id of api.aggregator.ids()) api.observe(id, 'HEALTHY');
    expect(serverStream.writableLength).toBe(writableLength);
    expect(api.aggregator.subscriberCount).toBe(1);
    session.destroy();
    await eventually(() => api.aggregator.subscriberCount === 0);
    expect(api.clock.pendingTimers).toBe(0);
    expect(api.defects).toEqual([]);
  });

  it('that waits ends when its call is reset', async () => {
    const api = createApi(system(probed('web')));
    const { call } = await watchOverHttp2(api, 65_535);
    await once(call, 'data');
    await eventually(() => api.clock.pendingTimers === 1);
    call.close();
    await eventually(() => api.aggregator.subscriberCount === 0 && api.clock.pendingTimers === 0);
    expect(api.defects).toEqual([]);
  });
});
