import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WebsocketProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../../src/core/observation.ts';
import { websocketProbe } from '../../src/probes/websocket.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { look, probeContext, probeRun } from '../support/probe-run.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { startTcp, startTls, type Upstream, unusedPort } from '../support/upstreams/tcp.ts';

type Options = Exclude<MessageInitShape<typeof WebsocketProbeSchema>, { $typeName: string }>;

const files = createTemporaryFiles();
const started: Upstream[] = [];
let certificates: Certificates;

beforeAll(async () => {
  certificates = await createCertificates();
});
afterEach(() => Promise.all(started.splice(0).map((upstream) => upstream.close())));
afterAll(() => files.remove());

/** What a server did and heard: heads and unmasked frames, as `opcode:payload`. */
interface Heard {
  readonly frames: string[];
  head: string;
}

/** Serves RFC 6455 by hand: `say` gets what was heard so far, after the handshake and after each frame. */
function serving(
  heard: Heard,
  say: (write: (bytes: Buffer) => void, frames: readonly string[]) => void,
  answer = accepting,
) {
  return (socket: Socket) => {
    let bytes = Buffer.alloc(0);
    const write = (out: Buffer) => void socket.write(out);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (heard.head === '') {
        const end = bytes.indexOf('\r\n\r\n');
        if (end === -1) return;
        heard.head = bytes.toString('latin1', 0, end);
        bytes = bytes.subarray(end + 4);
        socket.write(answer(heard.head));
        say(write, heard.frames);
      }
      while (bytes.length >= 6) {
        const length = bytes[1]! & 0x7f;
        if (bytes.length < 6 + length) return;
        const mask = bytes.subarray(2, 6);
        const payload = bytes.subarray(6, 6 + length).map((byte, at) => byte ^ mask[at % 4]!);
        const opcode = bytes[0]! & 0x0f;
        bytes = bytes.subarray(6 + length);
        heard.frames.push(`${opcode}:${opcode === 8 ? Buffer.from(payload).toString('hex') : Buffer.from(payload)}`);
        if (opcode === 8) socket.end(frame(8, Buffer.from(payload)));
        else say(write, heard.frames);
      }
    });
  };
}
function accepting(head: string): string {
  const key = /^sec-websocket-key: (.*)$/im.exec(head)?.[1];
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const chosen = /^sec-websocket-protocol: (\w+)/im.exec(head)?.[1];
  const protocol = chosen === undefined ? '' : `Sec-WebSocket-Protocol: ${chosen}\r\n`;
  return `HTTP/1.1 101 Switching\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${protocol}\r\n`;
}
function frame(opcode: number, payload: string | Buffer = '', isLast = true): Buffer {
  const body = Buffer.from(payload);
  const size = body.length < 126 ? [body.length] : [126, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([(isLast ? 0x80 : 0) | opcode, ...size]), body]);
}
const echo = (write: (bytes: Buffer) => void, frames: readonly string[]) => {
  const last = frames.at(-1);
  if (last?.startsWith('1:')) write(frame(1, `you said ${last.slice(2)}`));
};
const saying =
  (...frames: Buffer[]) =>
  (write: (bytes: Buffer) => void, heard: readonly string[]) => {
    if (heard.length === 0) for (const one of frames) write(one);
  };

async function serve(say: Parameters<typeof serving>[1], answer?: (head: string) => string) {
  const heard: Heard = { frames: [], head: '' };
  const upstream = await startTcp(serving(heard, say, answer));
  started.push(upstream);
  return { upstream, heard, url: `ws://${upstream.target}/live?token=s3cr3t` };
}
const probe = (init: Options) => websocketProbe.create(create(WebsocketProbeSchema, init), probeContext());
const short = ({ outcome, reason }: Observation) => `${outcome} ${reason.code}`;

it('takes informational answers before the one to its request', async () => {
  const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';
  const { url } = await serve(echo, (head) => `${early}${accepting(head)}`);
  expect(short(await look(probe({ url, send: 'a', expect: '^you said a$' })))).toBe('HEALTHY OK');
});

it('opens and closes as RFC 6455 has it', async () => {
  const { upstream, heard, url } = await serve(() => {});
  const headers = { Origin: 'https://shop.example' };
  expect(short(await look(probe({ url, headers, subprotocols: ['chat', 'other'] })))).toBe('HEALTHY OK');
  expect(heard.head).toMatch(/^GET \/live\?token=s3cr3t HTTP\/1\.1\r\n/);
  for (const line of [
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-protocol: chat, other',
    'origin: https://shop.example',
  ])
    expect(heard.head).toContain(`\r\n${line}`);
  expect(heard.frames).toEqual(['8:03e8']);
  await upstream.idle();
});

it('over TLS, and verifies whom it asks', async () => {
  const heard: Heard = { frames: [], head: '' };
  const upstream = await startTls(certificates.server, serving(heard, echo));
  started.push(upstream);
  const options = { url: `wss://${upstream.target}/`, send: 'hello', expect: '^you said' };
  const caFile = files.write('ca.pem', certificates.ca);
  const observation = await look(probe({ ...options, tls: { caFile } }));
  expect([short(observation), Object.keys(observation.phases ?? {})]).toEqual([
    'HEALTHY OK',
    ['connectMs', 'tlsMs', 'firstByteMs'],
  ]);
  expect(observation.certificateExpiresMs).toBeGreaterThan(0);
  expect(short(await look(probe(options)))).toBe('UNHEALTHY TLS_UNTRUSTED');
});

describe('what comes', () => {
  const long = 'x'.repeat(70);
  it.each<[string, Buffer[], Options, string]>([
    ['is expected', [frame(1, 'ready')], { url: '', expect: '^ready$' }, 'HEALTHY OK'],
    [
      'comes in fragments, with a ping between',
      [frame(1, 're', false), frame(9, 'p'), frame(0, 'ady')],
      { url: '', expect: '^ready$' },
      'HEALTHY OK',
    ],
    [
      'comes after another message',
      [frame(1, 'hello'), frame(2, 'ready'), frame(1, 'ready')],
      { url: '', expect: 'ready' },
      'HEALTHY OK',
    ],
    [
      'is not expected, and then a close',
      [frame(1, 'hello'), frame(8)],
      { url: '', expect: 'ready' },
      'UNHEALTHY EXPECTATION_FAILED',
    ],
    [
      'is not expected, and then nothing',
      [frame(1, 'hello')],
      { url: '', expect: 'ready' },
      'UNHEALTHY EXPECTATION_FAILED',
    ],
    ['is a close', [frame(8, Buffer.from([3, 243]))], { url: '', expect: 'ready' }, 'UNHEALTHY CONNECTION_CLOSED'],
    ['is too long', [frame(1, long.repeat(2))], { url: '', expect: 'x', maxMessage: 125 }, 'UNHEALTHY PROTOCOL_ERROR'],
    [
      'is too long in all',
      [frame(1, long, false), frame(0, long)],
      { url: '', expect: 'x', maxMessage: 125 },
      'UNHEALTHY PROTOCOL_ERROR',
    ],
    ['is masked', [Buffer.from([0x81, 0x80, 1, 2, 3, 4])], { url: '', expect: 'x' }, 'UNHEALTHY PROTOCOL_ERROR'],
    ['has a bit that nobody asked for', [Buffer.from([0xc1, 0])], { url: '', expect: 'x' }, 'UNHEALTHY PROTOCOL_ERROR'],
    ['is of an unknown kind', [frame(3)], { url: '', expect: 'x' }, 'UNHEALTHY PROTOCOL_ERROR'],
    ['is a fragment of nothing', [frame(0, 'x')], { url: '', expect: 'x' }, 'UNHEALTHY PROTOCOL_ERROR'],
    ['is a ping that is too long', [frame(9, 'x'.repeat(126))], { url: '', expect: 'x' }, 'UNHEALTHY PROTOCOL_ERROR'],
    ['is no text', [frame(1, Buffer.from([0xff]))], { url: '', expect: 'x' }, 'UNHEALTHY PROTOCOL_ERROR'],
  ])('%s', async (_what, frames, init, expected) => {
    const { upstream, heard, url } = await serve(saying(...frames));
    const subject = probe({ ...init, url });
    expect(short(await subject.run({ ...probeRun(), timeoutMs: 300 }))).toBe(expected);
    await upstream.idle();
    if (frames.some((one) => one[0] === 0x89 && one.length < 100)) expect(heard.frames[0]).toBe('10:p');
  });

  it('is any message where only something is sent, and what was sent is not shown', async () => {
    const { url } = await serve(echo);
    expect(short(await look(probe({ url, send: 'a-secret' })))).toBe('HEALTHY OK');
    const { url: again } = await serve(echo);
    const observation = await probe({ url: again, send: 'a-secret', expect: 'pong' }).run({
      ...probeRun(),
      timeoutMs: 200,
    });
    expect(observation.reason).toMatchObject({ code: 'EXPECTATION_FAILED', evidence: 'came: you said [redacted]' });
  });
});

it.each<[string, (head: string) => string, string]>([
  ['403', () => 'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n', 'UNHEALTHY UNEXPECTED_STATUS'],
  ['200', () => 'HTTP/1.1 200 OK\r\n\r\n', 'UNHEALTHY UNEXPECTED_STATUS'],
  ['another key', (head) => accepting(head).replace(/Accept: ./, 'Accept: _'), 'UNHEALTHY PROTOCOL_ERROR'],
  ['no upgrade', (head) => accepting(head).replace('Upgrade: WebSocket', 'Upgrade: h2c'), 'UNHEALTHY PROTOCOL_ERROR'],
  [
    'another subprotocol',
    (head) => accepting(head).replace('Protocol: chat', 'Protocol: mqtt'),
    'UNHEALTHY PROTOCOL_ERROR',
  ],
  [
    'no subprotocol',
    (head) => accepting(head).replace(/Sec-WebSocket-Protocol.*\r\n/, ''),
    'UNHEALTHY EXPECTATION_FAILED',
  ],
  [
    'an extension',
    (head) => accepting(head).replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: x\r\n\r\n'),
    'UNHEALTHY PROTOCOL_ERROR',
  ],
  ['no HTTP', () => 'SSH-2.0-OpenSSH\r\n\r\n', 'UNHEALTHY PROTOCOL_ERROR'],
])('a handshake that is answered with %s', async (_what, answer, expected) => {
  const { upstream, url } = await serve(() => {}, answer);
  expect(short(await look(probe({ url, subprotocols: ['chat'] })))).toBe(expected);
  await upstream.idle();
});

it('ends with its run, and where nobody listens', async () => {
  const silent = await startTcp();
  started.push(silent);
  const stop = new AbortController();
  const run = probe({ url: `ws://${silent.target}/` }).run(probeRun(stop.signal));
  await silent.acceptedAtLeast(1);
  stop.abort(new Error('out of time'));
  await expect(run).rejects.toThrow('out of time');
  await silent.idle();
  expect(short(await look(probe({ url: `ws://127.0.0.1:${await unusedPort()}/` })))).toBe(
    'UNHEALTHY CONNECTION_REFUSED',
  );
});

it('is refused where it could never open', () => {
  const options = create(WebsocketProbeSchema, {
    ...{ url: 'http://a/', headers: { Upgrade: 'x', 'a b': 'c' }, subprotocols: ['a b'], expect: '(' },
  });
  expect(websocketProbe.check(options).map(({ path }) => path.join('.'))).toEqual([
    ...['url', 'headers.Upgrade', 'headers.a b', 'subprotocols.0', 'expect'],
  ]);
});
