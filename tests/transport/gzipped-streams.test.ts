// Streams as browsers read them: gzipped as a whole where they take that, with each message at once.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:http2';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ListComponentsRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { toEnvelope } from '../../src/calls/envelope.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const CONFIG = `
components:
  - { id: job, heartbeat: { period: 24h } }
${Array.from({ length: 40 }, (_, at) => `  - { id: other-${at}, heartbeat: { period: 24h } }`).join('\n')}
`;

let openk: RunningOpenk;
beforeEach(async () => {
  openk = await runOpenk(CONFIG);
});
afterEach(() => openk.close());

interface Asked {
  readonly method: 'GET' | 'POST' | 'HEAD';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}
interface Answered {
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

const METHOD = '/openk.health.v1.HealthService/WatchHealth';
const call = (contentType: string, headers: Asked['headers'] = {}): Asked => ({
  method: 'POST',
  path: METHOD,
  headers: { 'content-type': contentType, ...headers },
  body: toEnvelope(0, Buffer.from(contentType.endsWith('json') ? '{}' : '')).bytes,
});
const rest = (accept: string): Asked => ({ method: 'GET', path: '/v1/health:watch', headers: { accept } });

const STREAMS: readonly [string, Asked][] = [
  ['gRPC-Web', call('application/grpc-web+proto')],
  ['gRPC-Web in JSON', call('application/grpc-web+json')],
  ['Connect', call('application/connect+proto')],
  ['Connect in JSON', call('application/connect+json')],
  ['server-sent events', rest('text/event-stream')],
  ['lines', rest('application/x-ndjson')],
];

function askHttp1({ method, path, headers, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const asked = request(openk.address + path, { method, headers, agent: false }, (response) =>
      resolve({ headers: response.headers, body: response }),
    );
    asked.on('error', reject).end(body);
  });
}

function askHttp2({ method, path, headers, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const session = connect(openk.address).on('error', reject);
    const stream = session.request({ ':method': method, ':path': path, ...headers });
    stream.on('close', () => session.close()).on('error', reject);
    stream.on('response', (received) => resolve({ headers: received, body: stream }));
    stream.end(body);
  });
}

const gzipped = (asked: Asked): Asked => ({ ...asked, headers: { ...asked.headers, 'accept-encoding': 'gzip, br' } });

async function report(status: string): Promise<void> {
  await fetch(`${openk.address}/v1/components/job:report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ status, message: `it is ${status}` }),
  });
}

describe.each([
  ['HTTP/1.1', askHttp1],
  ['HTTP/2', askHttp2],
])('over %s', (_version, ask) => {
  it.each(STREAMS)('%s: each message is there when it was sent, and the end is whole', async (_name, asked) => {
    const { headers, body } = await ask(gzipped(asked));
    expect(headers).toMatchObject({ 'content-encoding': 'gzip', vary: expect.stringContaining('accept-encoding') });
    const received: Buffer[] = [];
    const opened = body
      .on('data', (chunk) => received.push(chunk))
      .pipe(createGunzip({ flush: constants.Z_SYNC_FLUSH }));
    let text = '';
    opened.setEncoding('latin1').on('data', (part) => {
      text += part;
    });
    const until = async (part: string) => {
      while (!text.includes(part)) await new Promise((resolve) => opened.once('data', resolve));
    };
    await until('other-39');
    const snapshotBytes = text.length;
    expect(Buffer.concat(received).length).toBeLessThan(snapshotBytes / 3);
    await report('DEGRADED');
    await until('it is DEGRADED');
    const ended = once(opened, 'end');
    await openk.close();
    await ended;
    expect(gunzipSync(Buffer.concat(received)).toString('latin1')).toBe(text);
  });

  it.each<[string, Asked, string | undefined]>([
    ['nobody asks for it', rest('text/event-stream'), undefined],
    [
      'it is refused',
      { ...rest('text/event-stream'), headers: { 'accept-encoding': 'gzip;q=0, identity' } },
      undefined,
    ],
    [
      'messages are compressed one by one',
      gzipped(call('application/grpc-web+proto', { 'grpc-accept-encoding': 'gzip' })),
      undefined,
    ],
    ['brotli alone is taken', { ...rest('text/event-stream'), headers: { 'accept-encoding': 'br' } }, undefined],
    ['it is HEAD', { ...gzipped(rest('text/event-stream')), method: 'HEAD' }, undefined],
  ])('not where %s', async (_what, asked, expected) => {
    const { headers, body } = await ask(asked);
    expect(headers['content-encoding']).toBe(expected);
    body.destroy();
  });

  it.each<[string, Asked]>([
    ['gRPC-Web', { ...call('application/grpc-web+proto'), path: METHOD.replace('WatchHealth', 'ListComponents') }],
    [
      'Connect',
      {
        method: 'POST',
        path: METHOD.replace('WatchHealth', 'ListComponents'),
        headers: { 'content-type': 'application/proto' },
        body: Buffer.from(
          toBinary(ListComponentsRequestSchema, {
            $typeName: ListComponentsRequestSchema.typeName,
            pageSize: 50,
            pageToken: '',
            status: [],
            label: [],
            parent: '',
          }),
        ),
      },
    ],
    ['REST', { method: 'GET', path: '/v1/components', headers: {} }],
  ])('one answer of %s', async (_name, asked) => {
    const { headers, body } = await ask(gzipped(asked));
    expect(headers['content-encoding']).toBe('gzip');
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const received = Buffer.concat(chunks);
    expect(Number(headers['content-length'] ?? received.length)).toBe(received.length);
    expect(gunzipSync(received).includes('other-9')).toBe(true);
  });
});

it('an error in place of a stream is no stream', async () => {
  const { headers, body } = await askHttp1(
    gzipped({ ...rest('text/event-stream'), path: '/v1/health:watch?parent=x' }),
  );
  expect(headers['content-encoding']).toBeUndefined();
  let text = '';
  for await (const chunk of body) text += chunk;
  expect(JSON.parse(text)).toMatchObject({ code: 5 });
});

it('curl --compressed reads it', async () => {
  const run = promisify(execFile);
  const url = `${openk.address}/v1/health:watch?keep_alive=1s`;
  // Ends by its own time limit.
  const ended = await run('curl', ['-sN', '--compressed', '--max-time', '2', url]).catch((error) => error);
  const [snapshot, keepAlive] = ended.stdout.split('\n').map((line: string) => line && JSON.parse(line));
  expect(snapshot.snapshot.components).toHaveLength(42);
  expect(keepAlive).toHaveProperty('keepAlive');
});
