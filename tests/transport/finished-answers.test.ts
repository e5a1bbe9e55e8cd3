// Over HTTP/2 the last write of an answer is done before its stream is destroyed, whatever asked: Node makes an error for each one that
// is not, which takes as long as a twelfth of a short answer.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, type ServerHttp2Stream } from 'node:http2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const CONFIG = `
components: [ { id: job, heartbeat: { period: 24h } } ]
status_pages: [ { id: public, title: Public, access: PUBLIC, groups: [ { title: All, components: [ job ] } ] } ]
`;
const JSON_BODY = { 'content-type': 'application/json' };
const METHOD = '/openk.health.v1.HealthService/GetHealth';
const MESSAGE = encodeURIComponent('{"component":"job"}');
/** One field, the component. */
const ENVELOPE = '\0\0\0\0\x05\n\x03job';

interface Asked {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly status?: number;
}

const REQUESTS: Readonly<Record<string, Asked>> = {
  'a page': { path: '/livez' },
  'a status page': { path: '/status/public' },
  'what is not there': { path: '/nothing', status: 404 },
  REST: { path: '/v1/components/job/health' },
  'REST with a body': { path: '/v1/components/job:report', headers: JSON_BODY, body: '{"status":"HEALTHY"}' },
  'Connect by GET': { path: `${METHOD}?connect=v1&encoding=json&message=${MESSAGE}` },
  Connect: { path: METHOD, headers: JSON_BODY, body: '{"component":"job"}' },
  'gRPC-Web': { path: METHOD, headers: { 'content-type': 'application/grpc-web+proto' }, body: ENVELOPE },
  gRPC: { path: METHOD, headers: { 'content-type': 'application/grpc', te: 'trailers' }, body: ENVELOPE },
};

let openk: RunningOpenk;
let session: ClientHttp2Session;
let closed: { readonly isFinished: boolean; readonly isErrored: boolean }[];

function watch(message: unknown): void {
  const { stream } = message as { readonly stream: ServerHttp2Stream };
  stream.on('close', () => {
    closed.push({ isFinished: stream.writableFinished, isErrored: stream.errored !== null });
  });
}

beforeAll(async () => {
  openk = await runOpenk(CONFIG);
  session = connect(openk.address);
  // What comes in one flight with the beginning of a connection is complete before it is read.
  await ask({ path: '/livez' }, 'GET');
});
beforeEach(() => {
  closed = [];
  subscribe('http2.server.stream.created', watch);
});
afterEach(() => {
  unsubscribe('http2.server.stream.created', watch);
});
afterAll(async () => {
  session.close();
  await openk.close();
});

async function ask({ path, headers, body }: Asked, method: string): Promise<unknown> {
  const stream = session.request({ ':method': method, ':path': path, ...headers });
  const status = new Promise((resolve, reject) => {
    stream.on('error', reject).on('response', (received) => resolve(received[':status']));
  });
  stream.resume().end(body);
  await once(stream, 'close');
  return status;
}

describe('the stream of an answer', () => {
  // Twice: a page that many read is answered in another way from then on.
  it.each(Object.entries(REQUESTS))('of %s is finished before it closes', async (_name, asked) => {
    const method = asked.body === undefined ? 'GET' : 'POST';
    for (let time = 0; time < 2; time++) expect(await ask(asked, method)).toBe(asked.status ?? 200);
    await eventually(() => closed.length === 2);
    expect(closed).toEqual(Array(2).fill({ isFinished: true, isErrored: false }));
  });

  it('of HEAD is, too', async () => {
    expect(await ask({ path: '/v1/components/job/health' }, 'HEAD')).toBe(200);
    await eventually(() => closed.length === 1);
    expect(closed).toEqual([{ isFinished: true, isErrored: false }]);
  });
});
