// REST as HTTP: methods, content types, sizes, errors, disconnects, shutdown, CORS, over HTTP/1.1 and HTTP/2.
import { connect as connectHttp2 } from 'node:http2';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HTTP_STATUS } from '../../../src/errors/to-http.ts';
import { noCalls } from '../../transport/harness.ts';
import { type RestWorld, startRestWorld } from './rest-world.ts';

const ORIGIN = 'https://status.example.com';
const JSON_BODY = { 'content-type': 'application/json' };

describe('REST over HTTP', () => {
  let world: RestWorld;
  beforeAll(async () => {
    world = await startRestWorld({ corsOrigins: [ORIGIN] });
  });
  afterAll(() => world.server.close());

  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${world.url}${path}`, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text === '' ? undefined : JSON.parse(text),
    };
  };
  const post = (body: RequestInit['body'], headers: Record<string, string> = JSON_BODY) =>
    ask('/test/v1/whole', { method: 'POST', body: body ?? null, headers });

  it('answers JSON that nobody keeps', async () => {
    const { status, headers } = await ask('/test/v1/query?text=a');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('answers HEAD as GET, without the body', async () => {
    const get = await ask('/test/v1/query?text=a');
    const head = await ask('/test/v1/query?text=a', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(head.headers.get('content-length')).toBe(String(get.text.length));
    expect((await ask('/test/v1/query?nope=a', { method: 'HEAD' })).status).toBe(400);
  });

  it.each([
    ['DELETE', '/test/v1/query', 'GET, HEAD'],
    ['GET', '/test/v1/whole', 'POST'],
    ['PUT', '/test/v1/jobs/1', 'DELETE, GET, HEAD, PURGE'],
    ['GET', '/test/v1/jobs/1:start', 'POST'],
    ['QUERY', '/test/v1/whole', 'POST'],
  ])('405 with Allow: %s %s', async (method, path, allow) => {
    const { status, headers, json } = await ask(path, { method });
    expect([status, headers.get('allow')]).toEqual([405, allow]);
    expect(json).toMatchObject({ code: Code.Unimplemented, details: [{ reason: 'METHOD_NOT_ALLOWED' }] });
  });

  it.each(['/test/v1/nope', '/test/v1', '/test', '/test/', '/test/v1/query/', '/test/v1/whole/a/b'])(
    '404 as google.rpc.Status, also to who speaks JSON: %s',
    async (path) => {
      for (const init of [{}, { method: 'POST', headers: JSON_BODY, body: '{}' }]) {
        const { status, json } = await ask(path, init);
        expect(status).toBe(404);
        expect(json).toMatchObject({ code: 5, details: [{ reason: 'PATH_NOT_FOUND', domain: 'openk.dev' }] });
      }
    },
  );

  it.each(['/testing', '/other'])('leaves other paths to others: %s', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  it.each([
    ['application/json', 200],
    ['application/json; charset=utf-8', 200],
    ['application/json;charset="UTF-8"', 200],
    ['Application/JSON', 200],
    ['application/json; charset=latin1', 415],
    ['application/jsonp', 415],
    ['text/json', 415],
    ['text/plain', 415],
    ['application/proto', 415],
    ['application/grpc', 415],
    ['application/json;', 200],
    ['application/json ; charset = utf8 ; ', 200],
    ['application/json;;', 200],
    ['nonsense', 415],
    ['', 415],
  ])('content type %j: %i', async (contentType, status) => {
    const answer = await post('{"text":"a"}', { 'content-type': contentType });
    expect(answer.status).toBe(status);
    if (status === 415)
      expect(answer.json).toMatchObject({ code: 3, details: [{ reason: 'UNSUPPORTED_CONTENT_TYPE' }] });
  });

  it('takes a form of curl for the JSON that it is, and a form of a browser for a form', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await post('{}', form)).status).toBe(200);
    expect((await post('{}', { ...form, origin: ORIGIN })).status).toBe(415);
  });

  it('takes a compressed body, within the limit of what is in it', async () => {
    const send = (bytes: Buffer, coding: string) =>
      post(new Uint8Array(bytes), { ...JSON_BODY, 'content-encoding': coding });
    expect(await send(gzipSync('{"text":"a"}'), 'gzip')).toMatchObject({ status: 200, json: { bound: { text: 'a' } } });
    expect((await send(brotliCompressSync('{"text":"a"}'), 'br')).json).toMatchObject({ bound: { text: 'a' } });
    expect((await send(Buffer.from('{}'), 'identity')).status).toBe(200);
    expect((await send(Buffer.from('{}'), 'gzip')).status).toBe(400);
    const large = gzipSync(JSON.stringify({ text: 'x'.repeat(70_000) }));
    expect(await send(large, 'gzip')).toMatchObject({ status: 413, json: { details: [{ reason: 'BODY_TOO_LARGE' }] } });
    const unknown = await send(Buffer.from('{}'), 'lz4');
    expect([unknown.status, unknown.headers.get('accept-encoding')]).toEqual([415, 'gzip, br']);
    expect(unknown.json.details[0].reason).toBe('UNSUPPORTED_CONTENT_ENCODING');
  });

  it('refuses what is no UTF-8', async () => {
    const { status, json } = await post(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]));
    expect([status, json.details[1].fieldViolations]).toEqual([400, [{ field: 'body', description: 'is not UTF-8' }]]);
  });

  it('takes a body up to the limit and none above it, announced or not; the connection goes on', async () => {
    const fits = JSON.stringify({ text: 'x'.repeat(65_536 - 11) });
    expect((await post(fits)).status).toBe(200);
    expect(await post(`${fits} `)).toMatchObject({
      status: 413,
      json: { code: 8, details: [{ reason: 'BODY_TOO_LARGE' }] },
    });
    const chunked = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(32_768).fill(0x20));
        if (controller.desiredSize === null) controller.close();
      },
    });
    const answer = await ask('/test/v1/whole', {
      method: 'POST',
      body: chunked,
      headers: JSON_BODY,
      duplex: 'half',
    } as RequestInit).catch((error: unknown) => error);
    // The client may still be writing when the server has had enough.
    if (!(answer instanceof Error)) expect(answer).toMatchObject({ status: 413 });
    expect((await post('{}')).status).toBe(200);
  });

  it.each(Object.entries(Code).filter(([name]) => Number.isNaN(Number(name))))('code %s', async (name, code) => {
    const { status, headers, json } = await ask(`/test/v1/fail/${name}`);
    const expected = HTTP_STATUS[code as Code];
    // What is unexpected is hidden by the interceptor for errors.
    const isHidden = ['Internal', 'Unknown', 'DataLoss'].includes(name);
    expect(status).toBe(expected);
    expect(json.code).toBe(isHidden ? Code.Internal : code);
    expect(json.details[0]['@type']).toBe('type.googleapis.com/google.rpc.ErrorInfo');
    if (!isHidden) expect(headers.get('x-failure')).toBe(name);
  });

  it('says nothing of a defect but an id that stands in the log', async () => {
    const { status, text, json } = await ask('/test/v1/fail/defect');
    expect(status).toBe(500);
    expect(text).not.toMatch(/secret|at .*\.ts/);
    const id = /internal error (\S+)/.exec(json.message)?.[1];
    expect(world.log.some((line) => line.id === id)).toBe(true);
  });

  it('holds CORS', async () => {
    const headers = { origin: ORIGIN };
    for (const path of ['/test/v1/query', '/test/v1/query?nope=1', '/test/v1/nope', '/test/v1/stream?count=1']) {
      const response = await fetch(`${world.url}${path}`, { headers });
      await response.text();
      expect([path, response.headers.get('access-control-allow-origin')]).toEqual([path, ORIGIN]);
    }
    const preflight = await fetch(`${world.url}/test/v1/whole`, {
      method: 'OPTIONS',
      headers: {
        ...headers,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN]);
  });

  it('answers over HTTP/2 too: query, body, error, HEAD', async () => {
    const session = connectHttp2(world.url);
    const exchange = async (headers: Record<string, string>, body?: string) => {
      const stream = session.request(headers, { endStream: body === undefined });
      if (body !== undefined) stream.end(body);
      const status = await new Promise((resolve) => stream.once('response', (head) => resolve(head[':status'])));
      let text = '';
      for await (const chunk of stream) text += chunk;
      return [status, text === '' ? undefined : JSON.parse(text)];
    };
    const whole = { ':method': 'POST', ':path': '/test/v1/whole', ...JSON_BODY };
    expect(await exchange({ ':path': '/test/v1/query?text=a' })).toMatchObject([200, { bound: { text: 'a' } }]);
    expect(await exchange(whole, '{"text":"b"}')).toMatchObject([200, { bound: { text: 'b' } }]);
    expect(await exchange(whole)).toMatchObject([200, { bound: {} }]);
    expect(await exchange(whole, '{')).toMatchObject([400, { code: 3 }]);
    expect(await exchange({ ':path': '/test/v1/query?text=a', ':method': 'HEAD' })).toEqual([200, undefined]);
    await new Promise<void>((resolve) => session.close(resolve));
  });
});

describe('a caller who goes', () => {
  it('aborts the call', async () => {
    const world = await startRestWorld();
    const caller = new AbortController();
    const answer = fetch(`${world.url}/test/v1/hang`, { signal: caller.signal }).catch(() => 'gone');
    await world.hanging.started;
    caller.abort();
    expect(await answer).toBe('gone');
    expect(await world.hanging.aborted).toMatchObject({ code: Code.Canceled });
    await noCalls(world);
    await world.server.close();
  });
});

describe('a server that shuts down', () => {
  it('refuses new calls with 503 and RetryInfo, and aborts those in flight at the end of the drain time', async () => {
    const world = await startRestWorld({ drainTimeoutMs: 100 });
    const hanging = fetch(`${world.url}/test/v1/hang`).then(async (response) => [
      response.status,
      await response.json(),
    ]);
    await world.hanging.started;
    world.draining.abort(new Error('draining'));
    const response = await fetch(`${world.url}/test/v1/query`);
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SHUTTING_DOWN', domain: 'openk.dev' },
      { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' },
    ];
    expect([response.status, await response.json()]).toMatchObject([503, { code: 14, details }]);
    await world.server.close();
    expect(await hanging).toMatchObject([503, { code: 14, details }]);
  });
});
