// What proxies do to streams, and that no command takes it for the server's word: over each protocol, between the command
// line and a real OpenK.
import { gzipSync } from 'node:zlib';
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { WatchHealthRequestSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { type CuttingProxy, type Fault, startCuttingProxy } from '../support/cutting-proxy.ts';
import { connectHealthClient, type HealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { createObservedClock, type ObservedClock } from './observed-clock.ts';
import { runTestCli, startCli, type TestCli } from './test-cli.ts';

const PROTOCOLS = [
  { protocol: 'grpc', http: '2' },
  { protocol: 'grpcweb', http: '1.1' },
  { protocol: 'connect', http: '1.1' },
] as const;
type Protocol = (typeof PROTOCOLS)[number]['protocol'];

/** With a random of one half. */
const RETRIES_MS = [500, 1000] as const;

const html = (status: number): Fault => ({
  head: () => ({ ':status': status, 'content-type': 'text/html' }),
  body: () => Buffer.from(`<html><body>${status} from the proxy</body></html>`),
  end: 'end',
});
const envelope = (flags: number, data: Uint8Array) => {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(data.length, 1);
  return Buffer.concat([head, data]);
};
const half = (data: Buffer) => data.subarray(0, data.length >> 1);
/** As the first message is, but compressed, and cut where its envelope does not say so. */
const cutGzip = (encoding: string): Fault => ({
  head: (own) => ({ ...own, [encoding]: 'gzip' }),
  body: (first) => envelope(1, half(gzipSync(first.subarray(5)))),
  end: 'end',
});
const GZIP_HEADER: Readonly<Record<Protocol, string>> = {
  grpc: 'grpc-encoding',
  grpcweb: 'grpc-encoding',
  connect: 'connect-content-encoding',
};
/** A status that somebody on the way gives in the protocol's own form: without OpenK's ErrorInfo. */
const foreign = (code: number, name: string): Readonly<Record<Protocol, Fault>> => ({
  grpc: { trailers: { 'grpc-status': String(code), 'grpc-message': 'by a proxy' }, end: 'end' },
  grpcweb: {
    body: () => envelope(0x80, Buffer.from(`grpc-status: ${code}\r\ngrpc-message: by a proxy\r\n`)),
    end: 'end',
  },
  connect: {
    body: () => envelope(2, Buffer.from(JSON.stringify({ error: { code: name, message: 'by a proxy' } }))),
    end: 'end',
  },
});

const FAULTS: readonly (readonly [string, (protocol: Protocol) => Fault])[] = [
  ['closed before the headers', () => ({ head: () => undefined, end: 'close' })],
  ['reset before the headers', () => ({ head: () => undefined, end: 'reset' })],
  ['closed behind the headers', () => ({ end: 'close' })],
  ['ended behind the headers', () => ({ end: 'end' })],
  ['closed in an envelope', () => ({ body: (first) => first.subarray(0, 3), end: 'close' })],
  ['ended in an envelope', () => ({ body: (first) => first.subarray(0, 3), end: 'end' })],
  ['closed in a message', () => ({ body: half, end: 'close' })],
  ['ended in a message', () => ({ body: half, end: 'end' })],
  ['reset in a message', () => ({ body: half, end: 'reset' })],
  ['cut in a gzipped message', (protocol) => cutGzip(GZIP_HEADER[protocol])],
  ['answered by 200 and a page', () => html(200)],
  ...[400, 401, 403, 404, 413, 429, 501, 502, 503, 504].map(
    (status) => [`answered by ${status} and a page`, () => html(status)] as const,
  ),
  ['answered by 200 and nothing', () => ({ head: () => ({ ':status': 200 }), end: 'end' })],
  ['answered by a page under the right type', () => ({ body: () => Buffer.from('<html>hello</html>'), end: 'end' })],
  ['answered by a message that is none', () => ({ body: () => envelope(0, Buffer.from([0xff, 0xff])), end: 'end' })],
  ['answered by INVALID_ARGUMENT of a proxy', (protocol) => foreign(3, 'invalid_argument')[protocol]],
  ['answered by NOT_FOUND of a proxy', (protocol) => foreign(5, 'not_found')[protocol]],
  ['answered by UNIMPLEMENTED of a proxy', (protocol) => foreign(12, 'unimplemented')[protocol]],
  ['answered by PERMISSION_DENIED of a proxy', (protocol) => foreign(7, 'permission_denied')[protocol]],
];
/** Those of HTTP/2 alone. */
const HTTP2_FAULTS: readonly (readonly [string, () => Fault])[] = [
  ...[0, 1, 2, 7, 8, 11].map(
    (code) => [`reset as a stream, with code ${code}`, () => ({ end: 'rst', code }) as const] as const,
  ),
  ['sent away by a GOAWAY', () => ({ end: 'goaway', code: 0 })],
  ['sent away by a GOAWAY with an error', () => ({ end: 'goaway', code: 2 })],
];
const TABLE = PROTOCOLS.flatMap(({ protocol, http }) =>
  [...FAULTS, ...(http === '2' ? HTTP2_FAULTS : [])].map(
    ([name, fault]) => [protocol, name, http, fault(protocol)] as const,
  ),
);

const CONFIG = `
listen: 127.0.0.1:0
limits: { reports_per_second: 1000, reports_per_second_per_client: 1000 }
components:
  - { id: api, heartbeat: { period: 24h } }
  - { id: db, heartbeat: { period: 24h } }
`;

let openk: RunningOpenk;
let client: HealthClient;
let proxy: CuttingProxy;
let clock: ObservedClock;
let cli: TestCli | undefined;

beforeAll(async () => {
  openk = await runOpenk(CONFIG);
  client = connectHealthClient(openk.address);
});
afterAll(async () => {
  client.close();
  await openk.close();
});
beforeEach(async () => {
  clock = createObservedClock();
  for (const component of ['api', 'db']) await client.reportHealth({ component, status: HealthStatus.HEALTHY });
});
afterEach(async () => {
  cli?.interrupt();
  await cli?.exitCode;
  cli = undefined;
  expect(clock.pendingTimers).toBe(0);
  await proxy.close();
});

const start = (protocol: Protocol, ...args: readonly string[]) => {
  cli = startCli([...args, '--server', proxy.url, '--protocol', protocol], { clock });
  return cli;
};
const sinceRevisions = () =>
  proxy.watchRequests.map((body) => fromBinary(WatchHealthRequestSchema, body).sinceRevision);
const revisionOf = async (component: string) => (await client.getHealth({ component })).health!.revision;
/** Waits for `part` in what came after the last of these, and lets that much time pass. */
const createTold = (output: TestCli['stderr']) => {
  let seen = 0;
  return async (part: string) => {
    await output.contains(part, seen);
    seen = output.text.indexOf(part, seen) + part.length;
  };
};

describe.each(TABLE)('over %s, a stream that is %s', (protocol, _name, http, fault) => {
  it('is opened again by openk wait, with the revision that is known, and breaks no healthy time', async () => {
    proxy = await startCuttingProxy({ http, target: openk.address });
    proxy.breakNext(fault);
    const { stderr, exitCode } = start(protocol, 'wait', 'api', '--for', '60s');
    const told = createTold(stderr);
    await told('trying again');
    await clock.advance(RETRIES_MS[0]);
    await told('to stay so for 1m');
    proxy.breakNext(fault);
    proxy.cut('close');
    await told('trying again');
    const failed = clock.nextTimer(RETRIES_MS[1]);
    await clock.advance(RETRIES_MS[0]);
    await failed;
    await clock.advance(RETRIES_MS[1]);
    await told('to stay so for 58.5s');
    const [first, second, third, fourth] = sinceRevisions();
    expect([first, second]).toEqual([0n, 0n]);
    expect(third).toBeGreaterThan(0n);
    expect(fourth).toBe(third);
    await clock.advance(58_500);
    expect(await exitCode).toBe(0);
    expect(stderr.text).not.toContain('begin anew');
  });

  it('is resumed by openk watch --json without a line twice or a line lost', async () => {
    proxy = await startCuttingProxy({ http, target: openk.address });
    proxy.breakNext(fault);
    const { stdout, stderr } = start(protocol, 'watch', '--json', 'api');
    const told = createTold(stderr);
    await told('trying again');
    await clock.advance(RETRIES_MS[0]);
    await stdout.contains('"snapshot"');
    proxy.breakNext(fault);
    proxy.cut('close');
    await told('trying again in 500ms');
    await client.reportHealth({ component: 'api', status: HealthStatus.UNHEALTHY, message: 'while it was cut' });
    await clock.advance(RETRIES_MS[0]);
    await told('trying again in 1s');
    await clock.advance(RETRIES_MS[1]);
    await stdout.contains('while it was cut');
    await client.reportHealth({ component: 'api', status: HealthStatus.HEALTHY, message: 'after it' });
    await stdout.contains('after it');
    const lines = stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [{ snapshot }, ...changes] = lines;
    // What was said before the test comes up to a second later, where only its words are new.
    const messages = changes.map(({ change }) => /while it was cut|after it/.exec(change.components[0].reason.message));
    expect(messages.flatMap((match) => match ?? [])).toEqual(['while it was cut', 'after it']);
    const revisions = [snapshot, ...changes.map(({ change }) => change)].map(({ revision }) => Number(revision));
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    expect(changes.at(-1).change.components[0].revision).toBe(String(await revisionOf('api')));
  });
});

describe.each(PROTOCOLS)('over $protocol', ({ protocol, http }) => {
  it.each(['end', 'close', 'reset'] as const)('a stream that is quiet and is cut (%s) goes on', async (how) => {
    proxy = await startCuttingProxy({ http, target: openk.address });
    const { stdout, stderr } = start(protocol, 'watch', '--json');
    const told = createTold(stderr);
    await stdout.contains('"snapshot"');
    proxy.cut(how);
    await told('trying again in 500ms');
    await clock.advance(500);
    await stdout.contains('"keepAlive"');
    const [first, second] = sinceRevisions();
    expect(first).toBe(0n);
    expect(second).toBeGreaterThan(0n);
    expect(stdout.text.match(/"snapshot"/g)).toHaveLength(1);
  });

  it('what OpenK itself refuses ends a command at once', async () => {
    proxy = await startCuttingProxy({ http, target: openk.address });
    const args = ['--server', proxy.url, '--protocol', protocol];
    const wait = await runTestCli(['wait', 'nobody', '--for', '1s', ...args], { clock });
    expect(wait).toMatchObject({ exitCode: 4 });
    expect(await runTestCli(['watch', 'nobody', ...args], { clock })).toMatchObject({ exitCode: 4 });
    expect(await runTestCli(['watch', 'no id', ...args], { clock })).toMatchObject({ exitCode: 3 });
  });
});
