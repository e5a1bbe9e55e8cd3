// Connections that say what nobody has thought of: HTTP/2 and HTTP/1.1, right, damaged and in the wrong order, in one write
// and in many. Everything follows from the seed.
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import {
  CONNECTION_ERRORS,
  FLAG,
  frame,
  headerBlock,
  headersFrame,
  opening,
  requestFields,
  settingsFrame,
  TYPE,
  u32,
} from './http2-frames.ts';
import { createSeeded } from './seeded.ts';

/** From 0 to less than 1. */
export type Random = () => number;

export function createRandom(seed: number): Random {
  const next = createSeeded(seed);
  return () => next() / 2 ** 32;
}

const SERVICE = '/openk.health.v1.HealthService';
const PATHS = [
  '/x',
  '/livez',
  '/metrics',
  '/openapi.json',
  '/v1/health',
  '/v1/health:watch',
  '/v1/components/a:report',
  '/%zz',
  '*',
  `${SERVICE}/GetHealth`,
  `${SERVICE}/WatchHealth`,
  `${SERVICE}/ReportHealth`,
  `${SERVICE}/GetHealth?connect=v1&encoding=json&message=%7B%7D`,
  '/grpc.health.v1.Health/Check',
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
];
const CONTENT_TYPES = [
  'application/grpc',
  'application/grpc-web+proto',
  'application/grpc-web+json',
  'application/json',
  'application/proto',
  'application/connect+json',
  'application/connect+proto',
  'text/plain',
  '',
];
const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE', 'CONNECT', 'PATCH'];
const ODD_FIELDS: Readonly<Record<string, string>>[] = [
  {},
  { origin: 'http://evil.example' },
  { 'sec-fetch-site': 'cross-site' },
  { expect: '100-continue' },
  { 'content-length': '5' },
  { te: 'trailers' },
  { 'grpc-timeout': '1n' },
  { 'grpc-encoding': 'gzip' },
  { 'accept-encoding': 'gzip, br' },
  { 'connect-protocol-version': '2' },
  { 'last-event-id': '1' },
  { host: 'evil.example' },
];
const BODIES = [
  '',
  '{}',
  '{"component":"a"}',
  '\0\0\0\0\0',
  '\0\0\0\0\x02{}',
  '\x01\0\0\0\x02{}',
  '\0\x7f\xff\xff\xff',
  '{"a":',
  '\xff'.repeat(300),
];

/** What one connection writes, with a turn of the event loop between two. */
export function generateWrites(random: Random): Buffer[] {
  const bytes = random() < 0.6 ? http2Bytes(random) : http1Bytes(random);
  const damaged = random() < 0.4 ? damage(random, bytes) : bytes;
  return cut(random, damaged);
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[below(random, values.length)] as T;
}

function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => below(random, 256)));
}

function http2Bytes(random: Random): Buffer {
  const frames: Buffer[] = [];
  let stream = 1;
  for (let left = 1 + below(random, 10); left > 0; left--) {
    frames.push(http2Frame(random, stream));
    if (random() < 0.5) stream += 2;
  }
  if (random() < 0.15) frames.reverse();
  if (random() < 0.1) frames.push(...frames);
  const settings = random() < 0.3 ? [[1 + below(random, 6), below(random, 2 ** 31)] as const] : [];
  return Buffer.concat([random() < 0.95 ? opening(settings) : Buffer.alloc(0), ...frames]);
}

function http2Request(random: Random, stream: number): Buffer {
  const contentType = pick(random, CONTENT_TYPES);
  const fields = {
    ...requestFields(pick(random, METHODS), pick(random, PATHS), pick(random, ODD_FIELDS)),
    ...(contentType !== '' && { 'content-type': contentType }),
  };
  if (random() < 0.1) fields[':authority'] = pick(random, ['evil.example', 'bad host^', '', 'a:p%2Cb:p']);
  const isWhole = random() < 0.4;
  const head = headersFrame(stream, fields, isWhole ? FLAG.endStream : 0);
  if (isWhole) return head;
  const body = Buffer.from(pick(random, BODIES), 'latin1');
  return Buffer.concat([head, frame(TYPE.data, random() < 0.7 ? FLAG.endStream : 0, stream, body)]);
}

function http2Frame(random: Random, stream: number): Buffer {
  const kind = random();
  if (kind < 0.45) return http2Request(random, stream);
  if (kind < 0.55) return pick(random, Object.values(CONNECTION_ERRORS));
  if (kind < 0.62) return frame(TYPE.rstStream, 0, stream, u32(below(random, 16)));
  if (kind < 0.69) return frame(TYPE.windowUpdate, 0, pick(random, [0, stream]), u32(below(random, 2 ** 31)));
  if (kind < 0.74) return frame(TYPE.ping, pick(random, [0, FLAG.ack]), 0, randomBytes(random, 8));
  if (kind < 0.79) return settingsFrame([[below(random, 10), below(random, 2 ** 32)]]);
  if (kind < 0.82) return frame(TYPE.priority, 0, stream, randomBytes(random, 5));
  if (kind < 0.85) return frame(TYPE.goaway, 0, 0, Buffer.concat([u32(stream), u32(below(random, 14))]));
  if (kind < 0.9) {
    const block = headerBlock(requestFields('GET', pick(random, PATHS)));
    const half = below(random, block.length);
    return Buffer.concat([
      frame(TYPE.headers, 0, stream, block.subarray(0, half)),
      frame(TYPE.continuation, pick(random, [0, FLAG.endHeaders]), stream, block.subarray(half)),
    ]);
  }
  if (kind < 0.93) return headersFrame(stream, { 'x-trailer': 'a' }, FLAG.endStream);
  return frame(below(random, 256), below(random, 256), below(random, 8), randomBytes(random, below(random, 64)));
}

function http1Bytes(random: Random): Buffer {
  const requests = Array.from({ length: 1 + below(random, 4) }, () => http1Request(random));
  return Buffer.from(requests.join(''), 'latin1');
}

const HTTP1_LINES = [
  'Host: localhost',
  'Host: evil.example',
  'Host: bad host^',
  'Connection: close',
  'Connection: keep-alive, upgrade\r\nUpgrade: h2c',
  'Connection: upgrade\r\nUpgrade: websocket',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Content-Length: 2',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Expect: 100-continue',
  'Expect: else',
  'Origin: null',
  ' folded: line',
  'X-Nul: a\0b',
  `X-Long: ${'a'.repeat(20_000)}`,
  'No colon',
];

function http1Request(random: Random): string {
  const contentType = pick(random, CONTENT_TYPES);
  const path = random() < 0.05 ? 'http://evil.example/livez' : pick(random, PATHS);
  const lines = [
    `${pick(random, [...METHODS, 'PRI', 'get'])} ${path} HTTP/${pick(random, ['1.1', '1.1', '1.1', '1.0', '2.0', '9'])}`,
    ...(random() < 0.9 ? ['Host: localhost'] : []),
    ...(contentType === '' ? [] : [`Content-Type: ${contentType}`]),
    ...Object.entries(pick(random, ODD_FIELDS)).map(([name, value]) => `${name}: ${value}`),
    ...Array.from({ length: below(random, 3) }, () => pick(random, HTTP1_LINES)),
  ];
  const body = pick(random, [
    ...BODIES,
    '2\r\n{}\r\n0\r\n\r\n',
    'ffffffffff\r\n',
    '2\r\n{}\r\n0\r\nTrailer: a\r\n\r\n',
    'x\r\n',
  ]);
  const end = pick(random, ['\r\n', '\r\n', '\r\n', '\n']);
  return `${lines.join(end)}${end}${end}${body}`;
}

function damage(random: Random, bytes: Buffer): Buffer {
  const damaged = Buffer.from(bytes);
  for (let left = 1 + below(random, 4); left > 0 && damaged.length > 0; left--) {
    damaged[below(random, damaged.length)] = below(random, 256);
  }
  return random() < 0.3 ? damaged.subarray(0, below(random, damaged.length + 1)) : damaged;
}

function cut(random: Random, bytes: Buffer): Buffer[] {
  if (random() < 0.4) return [bytes];
  const writes: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = from + 1 + below(random, random() < 0.2 ? 4 : 400);
    writes.push(bytes.subarray(from, to));
    from = to;
  }
  return writes;
}

export interface PortFuzzOptions {
  readonly address: string;
  readonly connections: number;
  readonly seed: number;
  /** At the same time. */
  readonly concurrency: number;
  readonly onConnection?: (done: number) => void;
  /** Opens no more when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Settles when the last connection is closed. @returns the numbers of those that were open when the signal was aborted */
export async function fuzzPort({
  address,
  connections,
  seed,
  concurrency,
  onConnection,
  signal,
}: PortFuzzOptions): Promise<readonly number[]> {
  const inFlight = new Set<number>();
  let stoppedIn: readonly number[] = [];
  signal?.addEventListener('abort', () => (stoppedIn = [...inFlight]), { once: true });
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < connections && !signal?.aborted) {
      const index = next++;
      inFlight.add(index);
      await runConnection(address, generateWrites(createRandom(seed * 1_000_003 + index)), index % 3 === 0);
      inFlight.delete(index);
      onConnection?.(++done);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return stoppedIn;
}

/** What an answer takes that is to come at all; streams go on for ever. */
const MAX_CONNECTION_MS = 100;

/** @param ends whether it ends its half, and waits for what comes; else it is reset in the middle */
async function runConnection(address: string, writes: readonly Buffer[], ends: boolean): Promise<void> {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => {}).on('close', () => resolve());
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), MAX_CONNECTION_MS);
  for (const bytes of writes) {
    if (socket.destroyed) break;
    socket.write(bytes);
    await setImmediate();
  }
  if (ends) socket.end();
  else if (!socket.destroyed && writes.length % 2 === 0) socket.resetAndDestroy();
  await closed;
  clearTimeout(timer);
}
