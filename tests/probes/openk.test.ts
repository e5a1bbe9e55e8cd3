import '../support/one-realm.ts';
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { OpenkProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { DeadlineExceeded } from '../../src/core/probe.ts';
import { openkProbe } from '../../src/probes/openk.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { probeContext, probeRun } from '../support/probe-run.ts';
import { createPushes } from '../support/pushes.ts';
import { type ScriptedHealthServer, startScriptedHealthServer } from '../support/scripted-health-server.ts';
import { startGrpcHealth, startRelay } from '../support/upstreams/grpc.ts';
import { listen, startTcp, unusedPort } from '../support/upstreams/tcp.ts';

type Options = MessageInitShape<typeof OpenkProbeSchema>;

const { HEALTHY, DEGRADED, UNHEALTHY, UNKNOWN, MAINTENANCE } = HealthStatus;

const started: { close(): Promise<void> }[] = [];

/** Closed after the test, the last one first. */
const keep = <T extends { close(): Promise<void> }>(owned: T): T => {
  started.push(owned);
  return owned;
};
const serve = async (tls?: Certificates['server']): Promise<ScriptedHealthServer> => {
  const server = await startScriptedHealthServer({ http: '2', ...(tls && { tls }) });
  keep({ close: () => server.stop() });
  return server;
};
const follow = (init: Options) => {
  const pushes = createPushes();
  const context = probeContext({ push: pushes.push });
  const probe = keep(openkProbe.create(create(OpenkProbeSchema, init), context));
  return { pushes, look: (signal?: AbortSignal) => probe.run(probeRun(signal)), close: () => probe.close() };
};

afterEach(async () => {
  for (const owned of started.splice(0).reverse()) await owned.close();
});

describe('the answer', () => {
  it.each([
    ['HEALTHY', HEALTHY, 'HEALTHY', 'REMOTE_HEALTHY', 'HEALTHY'],
    ['DEGRADED', DEGRADED, 'DEGRADED', 'REMOTE_DEGRADED', 'DEGRADED'],
    ['UNHEALTHY', UNHEALTHY, 'UNHEALTHY', 'REMOTE_UNHEALTHY', 'UNHEALTHY'],
    ['UNKNOWN', UNKNOWN, 'UNKNOWN', 'REMOTE_UNKNOWN', 'UNKNOWN'],
    ['MAINTENANCE', MAINTENANCE, 'UNKNOWN', 'REMOTE_MAINTENANCE', 'in maintenance'],
  ] as const)('of %s carries the reason there', async (_name, status, outcome, code, words) => {
    const server = await serve();
    server.set('pay', status, { reason: { code: 'TIMEOUT', message: 'no answer\nwithin 5s' } });
    const { look } = follow({ server: server.url, component: 'pay' });
    expect(await look()).toEqual({
      outcome,
      reason: {
        code,
        message: `pay at ${new URL(server.url).host} is ${words}: TIMEOUT`,
        evidence: 'no answer within 5s',
      },
      latencyMs: expect.any(Number),
      phases: { connectMs: expect.any(Number), firstByteMs: expect.any(Number) },
      decisive: true,
    });
  });

  it('of a status that this version does not have is UNKNOWN', async () => {
    const server = await serve();
    server.set('pay', 42 as HealthStatus);
    const { look } = follow({ server: server.url, component: 'pay' });
    expect(await look()).toMatchObject({ outcome: 'UNKNOWN', reason: { code: 'PROTOCOL_ERROR' } });
  });

  it('is cut where it is long', async () => {
    const server = await serve();
    server.set('pay', UNHEALTHY, { reason: { code: 'X', message: 'y'.repeat(5000) } });
    const { reason } = await follow({ server: server.url, component: 'pay' }).look();
    expect(reason.evidence).toHaveLength(200);
  });

  it('is about the root group without a component', async () => {
    const server = await serve();
    server.set('system', DEGRADED);
    const { look, pushes } = follow({ server: server.url });
    expect(await look()).toMatchObject({ outcome: 'DEGRADED' });
    await server.watched(1);
    expect(server.watchRequests[0]?.components).toEqual(['system']);
    server.set('system', HEALTHY);
    expect(await pushes.next()).toMatchObject({ outcome: 'HEALTHY' });
  });

  it('is UNKNOWN where there is no such component, until there is', async () => {
    const server = await serve();
    const { look, pushes } = follow({ server: server.url, component: 'pay' });
    const none = { outcome: 'UNKNOWN', reason: { code: 'REMOTE_NO_SUCH_COMPONENT' } };
    expect(await look()).toMatchObject(none);
    expect(await look()).toMatchObject(none);
    server.set('pay', HEALTHY);
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
    expect(pushes.all).toEqual([]);
  });
});

describe('the stream', () => {
  it('goes on from where the answer of its run stood, over a connection of its own', async () => {
    const server = await serve();
    server.set('pay', HEALTHY);
    server.set('other', HEALTHY);
    const { look, pushes } = follow({ server: server.url, component: 'pay' });
    await look();
    await server.watched(1);
    server.set('pay', HEALTHY);
    expect(await pushes.next()).toMatchObject({ outcome: 'HEALTHY' });
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
    await server.watched(2);
    expect(server.watchRequests.map(({ components, sinceRevision }) => [components, sinceRevision])).toEqual([
      [['pay'], 101n],
      [['pay'], 103n],
    ]);
    await server.until(() => server.connections === 1);
    expect(server.getCalls).toBe(2);
    expect(pushes.all).toHaveLength(1);
  });

  it('hands a change over at once, and takes a keep-alive for none', async () => {
    const server = await serve();
    server.set('pay', HEALTHY);
    const { look, pushes } = follow({ server: server.url, component: 'pay' });
    await look();
    await server.watched(1);
    server.keepAlive();
    server.set('pay', UNHEALTHY);
    expect(await pushes.next()).toMatchObject({ outcome: 'UNHEALTHY', decisive: true });
    server.set('pay', MAINTENANCE);
    expect(await pushes.next()).toMatchObject({ outcome: 'UNKNOWN', reason: { code: 'REMOTE_MAINTENANCE' } });
    expect(pushes.all).toHaveLength(2);
    expect(await look()).toMatchObject({ reason: { code: 'REMOTE_MAINTENANCE' } });
  });

  it('tells when the component is gone, and when it is back', async () => {
    const server = await serve();
    server.set('pay', HEALTHY);
    const { look, pushes } = follow({ server: server.url, component: 'pay' });
    await look();
    await server.watched(1);
    server.remove('pay');
    expect(await pushes.next()).toMatchObject({ outcome: 'UNKNOWN', reason: { code: 'REMOTE_NO_SUCH_COMPONENT' } });
    server.set('pay', DEGRADED);
    expect(await pushes.next()).toMatchObject({ outcome: 'DEGRADED' });
  });

  it('of a root group that is gone ends, to ask which is the root group now', async () => {
    const server = await serve();
    server.set('system', HEALTHY);
    const { look, pushes } = follow({ server: server.url });
    await look();
    await server.watched(1);
    server.remove('system');
    expect(await pushes.next()).toMatchObject({ reason: { code: 'REMOTE_NO_SUCH_COMPONENT' } });
    await server.until(() => server.streams === 0);
    server.set('system', DEGRADED);
    expect(await look()).toMatchObject({ outcome: 'DEGRADED' });
    expect([server.getCalls, pushes.all.length]).toEqual([2, 1]);
  });

  it('that is cut is resumed once where it stood, and that is no news about the component', async () => {
    const server = await serve();
    server.set('pay', HEALTHY);
    const { look, pushes } = follow({ server: server.url, component: 'pay' });
    await look();
    await server.watched(1);
    server.cutConnections();
    await server.watched(2);
    expect(pushes.all).toEqual([]);
    server.set('pay', DEGRADED);
    expect(await pushes.next()).toMatchObject({ outcome: 'DEGRADED' });
    server.cutConnections();
    expect(await pushes.next()).toMatchObject({ outcome: 'UNHEALTHY', reason: { code: 'CONNECTION_CLOSED' } });
    expect(server.watchRequests.map(({ sinceRevision }) => sinceRevision)).toEqual([101n, 101n]);
    expect([server.getCalls, pushes.all.length]).toEqual([1, 2]);
  });

  it('that is cut by a server which comes back without its revisions starts with a snapshot', async () => {
    const server = await serve();
    server.set('pay', HEALTHY, { revision: 1000n });
    const { look, pushes } = follow({ server: server.url, component: 'pay' });
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
    // 1000 was never given, for all this server knows.
    expect(await pushes.next()).toMatchObject({ outcome: 'HEALTHY' });
    expect(server.watchRequests.map(({ sinceRevision }) => sinceRevision)).toEqual([1000n, 0n]);
    expect(pushes.all).toHaveLength(1);
  });

  it('that breaks twice in a run is one failure to count; the next run misses nothing', async () => {
    const server = await serve();
    server.set('pay', HEALTHY);
    const { look, pushes } = follow({ server: server.url, component: 'pay' });
    await look();
    await server.watched(1);
    server.cutConnections();
    await server.watched(2);
    server.cutConnections();
    const observation = await pushes.next();
    expect(observation).toMatchObject({ outcome: 'UNHEALTHY', reason: { code: 'CONNECTION_CLOSED' } });
    expect(observation.decisive).toBeUndefined();
    server.set('pay', DEGRADED);
    expect(await look()).toMatchObject({ outcome: 'DEGRADED' });
    await server.watched(3);
    expect(server.watchRequests.map(({ sinceRevision }) => sinceRevision)).toEqual([101n, 101n, 102n]);
    server.set('pay', HEALTHY);
    expect(await pushes.next()).toMatchObject({ outcome: 'HEALTHY' });
    expect(pushes.all).toHaveLength(2);
  });

  it('starts with a snapshot where the server no longer knows what changed', async () => {
    const server = await serve();
    server.forget();
    server.set('pay', UNHEALTHY, { revision: 1n });
    const { look, pushes } = follow({ server: server.url, component: 'pay' });
    expect(await look()).toMatchObject({ outcome: 'UNHEALTHY' });
    expect(await pushes.next()).toMatchObject({ outcome: 'UNHEALTHY', decisive: true });
  });

  it('that the server ends when it shuts down is a failure to count', async () => {
    const server = await serve();
    server.set('pay', HEALTHY);
    const { look, pushes } = follow({ server: server.url, component: 'pay' });
    await look();
    await server.watched(1);
    server.endStreams(Code.Unavailable);
    expect(await pushes.next()).toMatchObject({ outcome: 'UNHEALTHY', reason: { code: 'GRPC_UNAVAILABLE' } });
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
  });

  it('heals when the server is back', async () => {
    const server = await serve();
    server.set('pay', HEALTHY);
    const { look } = follow({ server: server.url, component: 'pay' });
    await look();
    await server.stop();
    expect(await look()).toMatchObject({ outcome: 'UNHEALTHY' });
    expect(await look()).toMatchObject({ reason: { code: 'CONNECTION_REFUSED' } });
    await server.start();
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
  });

  it('ends with close, and so does the connection', async () => {
    const server = await serve();
    server.set('pay', HEALTHY);
    const { look, pushes, close } = follow({ server: server.url, component: 'pay' });
    await look();
    await server.watched(1);
    await close();
    await server.until(() => server.streams === 0 && server.connections === 0);
    expect(pushes.all).toEqual([]);
  });
});

describe('a run', () => {
  it('does not care about a connection that is dead without a word: it has its own', async () => {
    const server = await serve();
    server.set('pay', HEALTHY);
    const relay = keep(await startRelay(Number(new URL(server.url).port)));
    const { look, pushes } = follow({ server: `http://${relay.target}`, component: 'pay' });
    await look();
    await server.watched(1);
    relay.freeze();
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
    await server.watched(2);
    server.set('pay', UNHEALTHY);
    expect(await pushes.next()).toMatchObject({ outcome: 'UNHEALTHY' });
    expect(relay.accepted).toBe(2);
  });

  it('sees that nobody listens any more, while the connection that is open is served', async () => {
    const server = await serve();
    server.set('pay', HEALTHY);
    const relay = keep(await startRelay(Number(new URL(server.url).port)));
    const { look, pushes } = follow({ server: `http://${relay.target}`, component: 'pay' });
    await look();
    await server.watched(1);
    relay.stopListening();
    expect(await look()).toMatchObject({ outcome: 'UNHEALTHY', reason: { code: 'CONNECTION_REFUSED' } });
    await server.until(() => server.streams === 0);
    expect(pushes.all).toEqual([]);
  });

  it('ends by its deadline where the server does not answer', async () => {
    const server = await serve();
    server.set('pay', HEALTHY);
    server.hangGetHealth();
    const { look } = follow({ server: server.url, component: 'pay' });
    const deadline = new AbortController();
    const run = look(deadline.signal);
    await server.until(() => server.getCalls === 1);
    deadline.abort(new DeadlineExceeded('too late'));
    await expect(run).rejects.toBeInstanceOf(DeadlineExceeded);
    await server.until(() => server.connections === 0);
  });

  it.each([
    [5, 'GRPC_NOT_FOUND'],
    [3, 'GRPC_INVALID_ARGUMENT'],
    [12, 'GRPC_UNIMPLEMENTED'],
  ])('takes the status %i of a proxy for a failure to ask, never for what OpenK says', async (status, code) => {
    const proxy = createHttp2Server();
    proxy.on('stream', (stream: ServerHttp2Stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(status) });
      stream.end();
    });
    const { target } = keep(await listen(proxy));
    const { look } = follow({ server: `http://${target}`, component: 'pay' });
    expect(await look()).toMatchObject({ outcome: 'UNHEALTHY', reason: { code } });
  });

  it('fails where nobody listens', async () => {
    const { look } = follow({ server: `http://127.0.0.1:${await unusedPort()}`, component: 'pay' });
    expect(await look()).toMatchObject({ outcome: 'UNHEALTHY', reason: { code: 'CONNECTION_REFUSED' } });
  });

  it('fails at a server that is no OpenK', async () => {
    const { target } = keep(await startGrpcHealth({ '': 'SERVING' }));
    expect(await follow({ server: `http://${target}` }).look()).toMatchObject({
      reason: { code: 'GRPC_UNIMPLEMENTED', message: `${target} has no openk.health.v1.HealthService` },
    });
    const http1 = keep(await listen(createServer((_request, response) => response.end())));
    expect(await follow({ server: `http://${http1.target}` }).look()).toMatchObject({
      reason: { code: 'PROTOCOL_ERROR' },
    });
    const garbage = keep(await startTcp((socket) => socket.write('garbage, and more of it than a frame has')));
    expect(await follow({ server: `http://${garbage.target}` }).look()).toMatchObject({
      reason: { code: 'PROTOCOL_ERROR' },
    });
  });
});

describe('TLS', () => {
  let certificates: Certificates;
  let directory: string;
  let caFile: string;

  beforeAll(async () => {
    certificates = await createCertificates();
    directory = await mkdtemp(join(tmpdir(), 'openk-openk-'));
    caFile = join(directory, 'ca.pem');
    await writeFile(caFile, certificates.ca);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is spoken with https:// servers', async () => {
    const server = await serve(certificates.server);
    server.set('pay', HEALTHY);
    const { look, pushes } = follow({ server: server.url, component: 'pay', tls: { caFile } });
    expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
    await server.watched(1);
    server.set('pay', UNHEALTHY);
    expect(await pushes.next()).toMatchObject({ outcome: 'UNHEALTHY' });
  });

  it('verifies the server', async () => {
    const server = await serve(certificates.untrustedServer);
    expect(await follow({ server: server.url, tls: { caFile } }).look()).toMatchObject({
      outcome: 'UNHEALTHY',
      reason: { code: 'TLS_UNTRUSTED' },
    });
  });
});

describe('the options', () => {
  const faults = (init: Options) => openkProbe.check(create(OpenkProbeSchema, init));

  it('may be plain', () => {
    expect(faults({ server: 'https://status.example/openk', component: 'pay', tls: {} })).toEqual([]);
  });

  it.each<[string, Options, (string | number)[], string]>([
    ['credentials', { server: 'http://me:secret@h' }, ['server'], 'must not have credentials: a key goes into token'],
    ['a query', { server: 'http://h/?token=secret' }, ['server'], 'must not have a query or a fragment'],
    ['no URL', { server: 'http://a b' }, ['server'], 'is not a valid URL'],
    ['a missing file', { server: 'https://h', tls: { caFile: '/no.pem' } }, ['tls', 'ca_file'], 'does not exist'],
  ])('may not have %s', (_name, init, path, message) => {
    expect(faults(init)).toEqual([{ path, message }]);
    expect(() => openkProbe.create(create(OpenkProbeSchema, init), probeContext())).toThrow(message);
  });

  it('name the host', () => {
    expect(openkProbe.host(create(OpenkProbeSchema, { server: 'http://[::1]:8080' }))).toBe('::1');
  });
});
