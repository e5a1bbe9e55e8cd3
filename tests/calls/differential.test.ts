// The pipeline of calls against Connect's own handlers: random requests, valid and damaged, to two servers that differ in nothing
// but `pipeline`. Status, protocol headers, metadata, trailers and body are the same, byte for byte.
// Not compared: whether an error of gRPC without a message stands in the headers (Trailers-Only), as in the pipeline, for the sake of
// clients that retry; `content-length` and `transfer-encoding` of gRPC-Web and Connect streams, since the pipeline knows its
// length; base64 that is none, which Connect takes for a fault of the server; and a compressed end of a stream of requests,
// which no client sends.
import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { ClientHttp2Session } from 'node:http2';
import type { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { ConnectError } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createErrorInterceptor } from '../support/error-interceptor.ts';
import { openHttp2 } from '../support/raw-http2.ts';
import { DEFECTIVE, ECHO, FAILING, METADATA_REQUEST } from '../support/wire-service.ts';
import { startServer, type TestServer } from '../transport/harness.ts';

interface Request {
  /** Default: POST. */
  readonly method?: 'GET';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Sent by themselves, before the rest. Default: all at once. */
  readonly firstBytes?: number | null;
  /** Of HTTP/2: trailers end it, and not the last bytes. */
  readonly hasTrailers?: boolean;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Record<string, unknown>;
  readonly trailers: Record<string, unknown>;
  readonly body: string;
}

const IGNORED = new Set(['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding', ':status']);
const pick = (headers: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !IGNORED.has(name)));

function sendBody(to: Writable, { body, firstBytes }: Request): void {
  if (typeof firstBytes !== 'number') to.end(body);
  else to.write(body.subarray(0, firstBytes), () => to.end(body.subarray(firstBytes)));
}

async function askHttp1(url: string, agent: Agent, made: Request): Promise<Answer> {
  const { method, path, headers, body } = made;
  const length = method === undefined ? { 'content-length': body.length } : {};
  const call = request(url + path, { method: method ?? 'POST', agent, headers: { ...headers, ...length } });
  if (method === undefined) sendBody(call, made);
  else call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode,
    headers: pick(response.headers),
    trailers: pick(response.trailers),
    body: Buffer.concat(chunks).toString('latin1'),
  };
}

function splitStatus(received: Record<string, unknown>): [Record<string, unknown>, Record<string, unknown>] {
  const isStatus = (name: string) => /^grpc-(?:status|message|status-details-bin)$/.test(name);
  const part = (wanted: boolean) =>
    Object.fromEntries(Object.entries(received).filter(([name]) => isStatus(name) === wanted));
  return [part(false), part(true)];
}

async function askHttp2(session: ClientHttp2Session, made: Request): Promise<Answer> {
  const { method, path, headers: sent, hasTrailers = false } = made;
  const stream = session.request(
    { ':method': method ?? 'POST', ':path': path, ...sent },
    { waitForTrailers: hasTrailers },
  );
  stream.on('wantTrailers', () => stream.sendTrailers({ 'a-trailer': 'of the request' }));
  let trailers: IncomingHttpHeaders = {};
  stream.on('trailers', (received) => {
    trailers = received;
  });
  if (method === undefined) sendBody(stream, made);
  const [received] = (await once(stream, 'response')) as [Record<string, unknown>];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const isTrailersOnly = received['grpc-status'] !== undefined;
  const [headers, status] = isTrailersOnly ? splitStatus(received) : [received, trailers];
  return {
    status: Number(received[':status']),
    headers: pick(headers),
    trailers: pick(status),
    body: Buffer.concat(chunks).toString('latin1'),
  };
}

const GET_HEALTH = '/openk.health.v1.HealthService/GetHealth';
const WATCH_HEALTH = '/openk.health.v1.HealthService/WatchHealth';

function envelope(flags: number, payload: Buffer, lie: number): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flags;
  prefix.writeUInt32BE(Math.max(0, payload.length + lie), 1);
  return Buffer.concat([prefix, payload]);
}

const component = fc.oneof(
  fc.constantFrom(ECHO, FAILING, DEFECTIVE, ''),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('x'.repeat(5_000), 'x'.repeat(70_000)),
);
const protoText = (text: string) => {
  const bytes = Buffer.from(text);
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([10, ...length]), bytes]);
};
const garbage = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
const protoPayload = fc.oneof({ weight: 4, arbitrary: component.map(protoText) }, { weight: 1, arbitrary: garbage });
const jsonPayload = (name: (value: string) => object) =>
  fc.oneof(
    { weight: 4, arbitrary: component.map((text) => Buffer.from(JSON.stringify(name(text)))) },
    { weight: 1, arbitrary: garbage },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(
          '',
          '{',
          '[]',
          'null',
          '{"component":1}',
          '{"components":"a"}',
          '{"unknown":1}',
          '\ufeff{}',
          '{}{}',
        )
        .map((text) => Buffer.from(text)),
    },
  );
/** None that may pass during a call, as Connect's `1` does: the servers would answer by their clocks, not by the request. */
const timeout = (valid: readonly string[]) =>
  fc.option(fc.oneof(fc.constantFrom(...valid), fc.constantFrom('', 'x', '-1S', '999999999S', '1.5', '12345678901')));
const CONNECT_TIMEOUTS = ['60000', '0060000'];
const GRPC_TIMEOUTS = ['1H', '60S', '60000m'];

/** Of one media type. */
const SPELLINGS: readonly ((type: string) => string)[] = [
  (type) => type,
  (type) => `${type}; charset=utf-8`,
  (type) => `${type};charset="UTF-8"`,
  (type) => `${type} ;`,
  (type) => type.toUpperCase(),
  (type) => `${type}; charset=latin1`,
];
const ORIGIN = 'https://page.example';

const flagsAndLies = fc.record({
  flags: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.constantFrom(1, 1, 2, 128, 64)),
  isZipped: fc.boolean(),
  lie: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.constantFrom(-1, 1, 7, 100_000, 4_000_000_000)),
});

function requestOf(protocol: 'grpc' | 'grpc-web' | 'connect', isStream: boolean, isJson: boolean) {
  const isEnveloped = protocol !== 'connect' || isStream;
  const codec = isJson ? 'json' : 'proto';
  const payload = isJson
    ? jsonPayload((text) => (isStream ? { components: [text] } : { component: text }))
    : protoPayload;
  const body = isEnveloped
    ? fc
        .tuple(
          fc.array(fc.tuple(flagsAndLies, payload), { minLength: 0, maxLength: 3, size: 'small' }),
          fc.oneof({ weight: 6, arbitrary: fc.constant(Buffer.alloc(0)) }, garbage),
        )
        .map(([parts, tail]) =>
          Buffer.concat([
            ...parts.map(([{ flags, lie, isZipped }, part]) => envelope(flags, isZipped ? gzipSync(part) : part, lie)),
            tail,
          ]),
        )
    : fc.oneof(
        payload,
        payload.map((bytes) => gzipSync(bytes)),
      );
  const connectType = isStream ? `application/connect+${codec}` : `application/${codec}`;
  const contentType = protocol === 'connect' ? connectType : `application/${protocol}+${codec}`;
  const timeoutName = protocol === 'connect' ? 'connect-timeout-ms' : 'grpc-timeout';
  const accept =
    protocol === 'connect' ? (isStream ? 'connect-accept-encoding' : 'accept-encoding') : 'grpc-accept-encoding';
  const encoding =
    protocol === 'connect' ? (isStream ? 'connect-content-encoding' : 'content-encoding') : 'grpc-encoding';
  const optional = (name: string, value: string | null) => (value === null ? {} : { [name]: value });
  return fc
    .record({
      body,
      timeout: timeout(protocol === 'connect' ? CONNECT_TIMEOUTS : GRPC_TIMEOUTS),
      accepted: fc.option(fc.constantFrom('gzip', 'identity', 'deflate, gzip;q=1', 'br,gzip', '', 'nothing')),
      encoding: fc.option(fc.constantFrom('identity', 'gzip', 'nothing'), { freq: 4 }),
      spelling: fc.constantFrom(...SPELLINGS),
      origin: fc.option(fc.constantFrom(ORIGIN, 'https://other.example')),
      metadata: fc.option(fc.constantFrom('a value', 'a, b', '%41')),
      firstBytes: fc.option(fc.nat(20)),
      hasTrailers: fc.boolean(),
    })
    .map(
      (made): Request => ({
        path: isStream ? WATCH_HEALTH : GET_HEALTH,
        headers: {
          'content-type': made.spelling(contentType),
          ...optional('origin', made.origin),
          ...optional(timeoutName, made.timeout),
          ...optional(accept, made.accepted),
          ...optional(encoding, made.encoding),
          ...optional(METADATA_REQUEST, made.metadata),
        },
        body: made.body,
        firstBytes: made.firstBytes,
        hasTrailers: made.hasTrailers,
      }),
    );
}

/** Calls by GET: the message and how it is written stand in the query, in any order, damaged now and then. */
const getRequests = fc
  .record({
    encoding: fc.constantFrom('json', 'proto', 'json', 'proto', 'xml', ''),
    payload: fc.oneof(
      component.map((text) => text.slice(0, 2_000)),
      fc.constantFrom(undefined),
    ),
    isBase64: fc.boolean(),
    damage: fc.option(fc.constantFrom('%', '%zz', '!', '&message=x', '&base64=2', '&compression=identity', '&q=1'), {
      freq: 3,
    }),
    version: fc.constantFrom('connect=v1&', ''),
    timeout: timeout(CONNECT_TIMEOUTS),
    accepted: fc.option(fc.constantFrom('gzip', 'identity', 'br,gzip')),
    metadata: fc.option(fc.constantFrom('a value')),
  })
  .map(({ encoding, payload, isBase64, damage, version, timeout: timeoutMs, accepted, metadata }): Request => {
    const bytes = encoding === 'proto' ? protoText(payload ?? '') : Buffer.from(JSON.stringify({ component: payload }));
    const text = isBase64 ? bytes.toString('base64url') : bytes.toString();
    const message = payload === undefined && !isBase64 ? '' : `&message=${encodeURIComponent(text)}`;
    const damaged = isBase64 && damage !== null && !damage.startsWith('&') ? '' : (damage ?? '');
    return {
      method: 'GET',
      path: `${GET_HEALTH}?${version}encoding=${encoding}${message}${isBase64 ? '&base64=1' : ''}${damaged}`,
      headers: {
        ...(timeoutMs !== null && { 'connect-timeout-ms': timeoutMs }),
        ...(accepted !== null && { 'accept-encoding': accepted }),
        ...(metadata !== null && { [METADATA_REQUEST]: metadata }),
      },
      body: Buffer.alloc(0),
    };
  });

let lean: TestServer;
let stock: TestServer;
let agent: Agent;
let sessions: { lean: ClientHttp2Session; stock: ClientHttp2Session };
beforeAll(async () => {
  const interceptors = [createErrorInterceptor({ logDefect: () => {}, createId: () => 'the id' })];
  // What OpenK adds to errors is not what this compares: Connect's handlers leave no room for it everywhere.
  const completeError = (error: ConnectError) => error;
  const common = { interceptors, completeError, corsOrigins: [ORIGIN] };
  lean = await startServer('cleartext', { ...common, pipeline: true });
  stock = await startServer('cleartext', { ...common, pipeline: false });
  agent = new Agent({ keepAlive: true });
  sessions = { lean: await openHttp2(lean.url, undefined), stock: await openHttp2(stock.url, undefined) };
});
afterAll(async () => {
  agent.destroy();
  sessions.lean.destroy();
  sessions.stock.destroy();
  await Promise.all([lean.server.close(), stock.server.close()]);
});

const RUNS = Number(process.env.DIFFERENTIAL_RUNS ?? 60);
const kinds = (['grpc', 'grpc-web', 'connect'] as const).flatMap((protocol) =>
  [false, true].flatMap((isStream) => [false, true].map((isJson) => ({ protocol, isStream, isJson }))),
);

describe.each(kinds)('$protocol, stream: $isStream, JSON: $isJson', ({ protocol, isStream, isJson }) => {
  const requests = requestOf(protocol, isStream, isJson);

  it('answers the same over HTTP/2', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (made) => {
        expect(await askHttp2(sessions.lean, made)).toEqual(await askHttp2(sessions.stock, made));
      }),
      { numRuns: RUNS },
    );
  });

  it('answers the same over HTTP/1.1', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (made) => {
        expect(await askHttp1(lean.url, agent, made)).toEqual(await askHttp1(stock.url, agent, made));
      }),
      { numRuns: RUNS },
    );
  });
});

describe('GET', () => {
  it('answers the same over HTTP/2', async () => {
    await fc.assert(
      fc.asyncProperty(getRequests, async (made) => {
        expect(await askHttp2(sessions.lean, made)).toEqual(await askHttp2(sessions.stock, made));
      }),
      { numRuns: 2 * RUNS },
    );
  });

  it('answers the same over HTTP/1.1', async () => {
    await fc.assert(
      fc.asyncProperty(getRequests, async (made) => {
        expect(await askHttp1(lean.url, agent, made)).toEqual(await askHttp1(stock.url, agent, made));
      }),
      { numRuns: 2 * RUNS },
    );
  });
});
