// Ordinary REST calls go past Fastify, straight from the door. Whoever calls must not be able to tell: every request here is
// answered byte for byte as it is through Fastify, over both HTTP versions.
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, openHttp2 } from '../../support/raw-http2.ts';
import { openRawSocket } from '../../support/raw-socket.ts';
import { type RestWorld, startRestWorld } from './rest-world.ts';

let lean: RestWorld;
/** Without interceptors, which is a shorter way. */
let bare: RestWorld;
let plain: RestWorld;
beforeAll(async () => {
  lean = await startRestWorld();
  bare = await startRestWorld({ interceptors: [] });
  plain = await startRestWorld({ pipeline: false });
});
afterAll(async () => {
  await lean.server.close();
  await bare.server.close();
  await plain.server.close();
});

interface Request {
  readonly target: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const JSON_BODY = { 'content-type': 'application/json' };
const FORM = 'application/x-www-form-urlencoded';
const whole = (body: string, headers: Record<string, string> = JSON_BODY): Request => ({
  method: 'POST',
  target: '/test/v1/whole',
  headers,
  body,
});

const REQUESTS: readonly Request[] = [
  { target: '/test/v1/query?text=a' },
  { target: '/test/v1/query?text=a', method: 'HEAD' },
  { target: '/test/v1/query?text=a', headers: { 'x-say': 'something' } },
  { target: '/test/v1/query?nope=a' },
  { target: '/test/v1/query/%C3%BC' },
  { target: '/test/v1/query/%ff' },
  { target: '/test/v1/files/a/b%2Fc' },
  { target: '/test/v1/trees/a/b:list' },
  { target: '/test/v1/typed/int32/many' },
  { target: '/test/v1/items?texts=a&texts=b' },
  { target: '/test/v1/note?text=note' },
  { target: '/test/v1/fail/NotFound' },
  { target: '/test/v1/fail/defect' },
  { target: '/test/v1/stream?count=3' },
  { target: '/test/v1/stream?count=3', headers: { accept: 'text/event-stream' } },
  { target: '/test/v1/stream?count=1&fails=true' },
  { target: '/test/v1/stream?count=1', method: 'HEAD' },
  { target: '/test/v1/query?text=a', headers: { origin: 'https://status.example.com' } },
  { target: '/test/v1/jobs/1:start', method: 'POST' },
  { target: '/test/v1/jobs/1', method: 'DELETE' },
  { target: '/test/v1/jobs/1', method: 'PUT' },
  { target: '/test/v1/nope' },
  { target: '/testing' },
  whole('{"text":"a"}'),
  whole('{"text":"a"}', { 'content-type': FORM }),
  whole('{"text":"a"}', { 'content-type': FORM, 'sec-fetch-site': 'cross-site' }),
  whole('{"text":"a"}', { 'content-type': 'text/plain' }),
  whole('{"text":'),
  whole('{"colour":1}'),
  whole(`{"text":"${'x'.repeat(70_000)}"}`),
];

/** Whether its answer is an error of the handler, to which an interceptor adds something. */
const isCompleted = ({ target }: Request) => target.includes('fail');

describe.each(REQUESTS)('$target $method $headers', (request) => {
  it('over HTTP/1.1', async () => {
    const expected = await askHttp1(plain.url, request);
    expect(await askHttp1(lean.url, request)).toEqual(expected);
    if (!isCompleted(request)) expect(await askHttp1(bare.url, request)).toEqual(expected);
  });

  it('over HTTP/2', async () => {
    const expected = await askHttp2(plain.url, request);
    expect(await askHttp2(lean.url, request)).toEqual(expected);
    if (!isCompleted(request)) expect(await askHttp2(bare.url, request)).toEqual(expected);
  });
});

it.each([
  ['an authority that is none', 'GET /test/v1/query HTTP/1.1\r\nhost: bad host^\r\n\r\n', 400],
  ['no authority', 'GET /test/v1/query HTTP/1.0\r\n\r\n', 200],
  ['a whole URL', 'GET http://example.com/test/v1/query HTTP/1.1\r\nhost: example.com\r\n\r\n', 200],
  ['a whole URL that is none', 'GET http://example.com:99999/test/v1/query HTTP/1.1\r\nhost: example.com\r\n\r\n', 400],
  ['a path that a URL takes for a host', 'GET //bad^host/test HTTP/1.1\r\nhost: example.com\r\n\r\n', 400],
])('the door is not passed by: %s', async (_name, head, status) => {
  const statusOf = async (url: string) => {
    const socket = await openRawSocket(url);
    socket.write(head.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'));
    return Number(/^HTTP\/1\.1 (\d+)/.exec(await socket.closed())?.[1]);
  };
  expect(await statusOf(lean.url)).toBe(status);
  expect(await statusOf(plain.url)).toBe(status);
});

it.each(['lean', 'plain'])('a body that was refused and does not end is cut: %s', async (way) => {
  const { url } = way === 'lean' ? lean : plain;
  const socket = await openRawSocket(url);
  socket.write('POST /test/v1/whole HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\n');
  socket.write('content-length: 1000000000\r\n\r\n');
  await socket.received(/^HTTP\/1\.1 415 /);
  socket.write(Buffer.alloc(4 * 1024 * 1024));
  await socket.closed();

  const session = await openHttp2(url, undefined);
  const stream = session.request({ ':method': 'POST', ':path': '/test/v1/whole', 'content-type': 'text/plain' });
  stream.on('error', () => {}).resume();
  await once(stream, 'response');
  stream.write(Buffer.alloc(4 * 1024 * 1024), () => {});
  await once(stream, 'close');
  session.destroy();
});

it('what a handler says beside its message are headers, its trailers too', async () => {
  for (const { url } of [lean, bare, plain]) {
    const { headers } = await fetch(`${url}/test/v1/query`, { headers: { 'x-say': 'something' } });
    expect([headers.get('x-said'), headers.get('trailer-x-said-last')]).toEqual(['something', 'something']);
  }
});

it('CORS is for every answer: caches must know that it differs by the origin', async () => {
  const origin = 'https://status.example.com';
  const world = await startRestWorld({ corsOrigins: [origin] });
  try {
    const page = await fetch(`${world.url}/test/v1/query`, { headers: { origin } });
    expect(page.headers.get('access-control-allow-origin')).toBe(origin);
    expect(page.headers.get('vary')).toBe('accept-encoding, Origin');
    const other = await fetch(`${world.url}/test/v1/query`);
    expect(other.headers.get('vary')).toBe('accept-encoding, Origin');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    expect(await other.text()).toBe(await page.text());
  } finally {
    await world.server.close();
  }
});

async function askHttp1(url: string, { target, method = 'GET', headers = {}, body = '' }: Request) {
  const socket = await openRawSocket(url);
  const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  const fields = Object.entries({ host: 'openk.example.com', connection: 'close', ...length, ...headers });
  socket.write(
    `${method} ${target} HTTP/1.1\r\n${fields.map((field) => `${field.join(': ')}\r\n`).join('')}\r\n${body}`,
  );
  const [head = '', ...rest] = (await socket.closed()).split('\r\n\r\n');
  return { head: head.split('\r\n').map(timeless).sort(), body: timeless(rest.join('\r\n\r\n')) };
}

async function askHttp2(url: string, { target, method = 'GET', headers = {}, body }: Request) {
  const session = await openHttp2(url, undefined);
  try {
    const answer = await ask(session, { ':method': method, ':path': target, ...headers }, body);
    return { ...answer, headers: { ...answer.headers, date: '' }, body: timeless(answer.body) };
  } finally {
    session.destroy();
  }
}

/** Without what no two answers share: times, and ids of defects. */
function timeless(text: string): string {
  return text.replace(/^date: .*/i, 'date').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id');
}
