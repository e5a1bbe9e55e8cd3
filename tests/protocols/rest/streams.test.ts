// Streams of messages over REST: lines of JSON, server-sent events, errors in their middle, slow readers and gone ones.
import { get, type IncomingMessage } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { noCalls } from '../../transport/harness.ts';
import { type RestWorld, startRestWorld } from './rest-world.ts';

let world: RestWorld;
beforeEach(async () => {
  world = await startRestWorld({ requestBytes: 1024 });
});
afterEach(() => world.server.close());

const EVENTS = { accept: 'text/event-stream' };
const ask = async (query: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${world.url}/test/v1/stream${query}`, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

describe('a stream', () => {
  it('is lines of JSON', async () => {
    const { status, headers, text } = await ask('?count=2');
    expect([status, text]).toEqual([200, '{"revision":"1"}\n{"revision":"2"}\n']);
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    expect(headers.get('x-stream')).toBe('yes');
    expect(headers.get('content-length')).toBeNull();
  });

  it('is server-sent events when asked for', async () => {
    const { headers, text } = await ask('?count=2', EVENTS);
    expect(text).toBe('data: {"revision":"1"}\n\ndata: {"revision":"2"}\n\n');
    expect(headers.get('content-type')).toBe('text/event-stream');
  });

  it.each([
    ['*/*', 'application/x-ndjson'],
    ['application/json', 'application/x-ndjson'],
    ['text/event-stream;q=0', 'application/x-ndjson'],
    ['text/event-stream;q=0.5, */*', 'text/event-stream'],
    ['text/html, Text/Event-Stream', 'text/event-stream'],
    ['text/event-streams', 'application/x-ndjson'],
  ])('Accept: %s gives %s', async (accept, contentType) => {
    expect((await ask('?count=1', { accept })).headers.get('content-type')).toBe(contentType);
  });

  it('may be empty', async () => {
    expect(await ask('')).toMatchObject({ status: 200, text: '' });
  });

  it('tells an error before its first message by the HTTP status', async () => {
    const { status, text } = await ask('?fails=true', EVENTS);
    expect([status, JSON.parse(text)]).toMatchObject([409, { code: 10, message: 'failed as told' }]);
    expect((await ask('?nope=1')).status).toBe(400);
  });

  it('tells a later error as the last thing in it', async () => {
    const lines = (await ask('?count=1&fails=true')).text.split('\n');
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[1]!)).toMatchObject({ error: { code: 10, message: 'failed as told' } });
    const events = (await ask('?count=1&fails=true', EVENTS)).text.split('\n\n');
    expect(events).toHaveLength(3);
    const [name, data] = events[1]!.split('\n');
    expect(name).toBe('event: error');
    expect(JSON.parse(data!.replace('data: ', ''))).toMatchObject({ code: 10 });
  });

  it('takes its request by POST', async () => {
    const response = await fetch(`${world.url}/test/v1/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"count":1,"since":"5"}',
    });
    expect(await response.text()).toBe('{"revision":"6"}\n');
  });

  it('is not started by HEAD', async () => {
    const response = await fetch(`${world.url}/test/v1/stream?count=3`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    expect(world.stream.asked).toBe(0);
  });

  it('gives the head of the answer though there is no message yet', async () => {
    const caller = new AbortController();
    const response = await fetch(`${world.url}/test/v1/stream?stays=true`, { signal: caller.signal });
    expect(response.status).toBe(200);
    caller.abort();
    await world.stream.ended;
  });

  it('ends when the server aborts calls, with the reason', async () => {
    const short = await startRestWorld({ drainTimeoutMs: 50 });
    const response = await fetch(`${short.url}/test/v1/stream?count=1&stays=true`);
    const text = response.text();
    await eventually(() => short.stream.asked === 1);
    await short.server.close();
    expect(JSON.parse((await text).trim().split('\n')[1]!)).toMatchObject({ error: { code: 14 } });
  });
});

describe('a reader', () => {
  const MESSAGES = 2_000;
  const FILLING = 50_000;
  const path = `/test/v1/stream?count=${MESSAGES}&filling=${FILLING}`;

  const open = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get(`${world.url}${path}`, { agent: false }, resolve).once('error', reject);
    });

  it('who does not read costs no more than the buffers between, over HTTP/1.1; who goes ends the handler', async () => {
    const answer = await open();
    answer.pause();
    const settled = await untilQuiet(() => world.stream.asked);
    expect(settled).toBeLessThan(MESSAGES);
    answer.destroy();
    await world.stream.ended;
    await noCalls(world);
    expect(world.stream.asked).toBeLessThan(MESSAGES);
  });

  it('who reads at last gets everything', async () => {
    const answer = await open();
    answer.pause();
    await untilQuiet(() => world.stream.asked);
    let bytes = 0;
    for await (const chunk of answer) bytes += chunk.length;
    expect(bytes).toBeGreaterThan(MESSAGES * FILLING);
    expect(world.stream.asked).toBe(MESSAGES);
  });

  it('who does not read costs no more over HTTP/2; a reset ends the handler', async () => {
    const session = connectHttp2(world.url);
    const stream = session.request({ ':path': path });
    await new Promise((resolve) => stream.once('response', resolve));
    const settled = await untilQuiet(() => world.stream.asked);
    expect(settled).toBeLessThan(20);
    stream.on('error', () => {}).close(constants.NGHTTP2_CANCEL);
    await world.stream.ended;
    await noCalls(world);
    session.destroy();
  });
});

/** The value, once it has been the same over many turns of the event loop. */
async function untilQuiet(read: () => number): Promise<number> {
  let value = -1;
  let quietTurns = 0;
  await eventually(() => {
    const now = read();
    quietTurns = now === value && now > 0 ? quietTurns + 1 : 0;
    value = now;
    return quietTurns > 2_000;
  });
  return value;
}
