// The way to a target where it is not that of the system: families of addresses, name servers and proxies, for every kind that connects.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { BlockList } from 'node:net';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  GrpcProbeSchema,
  HttpProbeSchema,
  IpFamily,
  TcpProbeSchema,
  TlsProbeSchema,
} from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Probe, Progress } from '../../src/core/probe.ts';
import { runProbe } from '../../src/engine/run-probe.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createDialer } from '../../src/probes/dial.ts';
import { createLookup } from '../../src/probes/lookup.ts';
import { checkProbe, createProbeFactory } from '../../src/probes/registry.ts';
import type { WayOptions } from '../../src/probes/way.ts';
import { createCertificates } from '../support/certs.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { probeRun } from '../support/probe-run.ts';
import { type DnsUpstream, startDns } from '../support/upstreams/dns.ts';
import { GRPC_RESPONSE, healthMessages, startHttp2 } from '../support/upstreams/grpc.ts';
import { startHttp } from '../support/upstreams/http.ts';
import { type ProxyUpstream, startProxy } from '../support/upstreams/proxy.ts';
import { startTcp, startTls, type Upstream, unusedPort } from '../support/upstreams/tcp.ts';

const tls = { insecureSkipVerify: true };
type Kind = readonly [string, 'plain' | 'text' | 'secure' | 'gRPC', (target: string, way: WayOptions) => unknown];
const KINDS: readonly (readonly [string, ...Kind])[] = [
  ['http', 'http', 'plain', (target, way) => create(HttpProbeSchema, { url: `http://${target}/a?b`, ...way })],
  ['https', 'http', 'secure', (target, way) => create(HttpProbeSchema, { url: `https://${target}/`, tls, ...way })],
  ['tcp', 'tcp', 'text', (target, way) => create(TcpProbeSchema, { target, expect: '^ready', ...way })],
  ['tcp with TLS', 'tcp', 'secure', (target, way) => create(TcpProbeSchema, { target, tls, ...way })],
  [
    'tls',
    'tls',
    'secure',
    (target, way) => create(TlsProbeSchema, { target, serverName: 'localhost', caFile: '', ...way }),
  ],
  ['grpc', 'grpc', 'gRPC', (target, way) => create(GrpcProbeSchema, { target, ...way })],
];

const lookup = createLookup();
const servers = {} as Record<'plain' | 'text' | 'secure' | 'gRPC', Upstream>;
const others: { close(): unknown }[] = [];
let names: DnsUpstream;
let proxy: ProxyUpstream;
let guarded: ProxyUpstream;

beforeAll(async () => {
  const { server: identity } = await createCertificates();
  servers.plain = await startHttp((_request, response) => response.end());
  servers.text = await startTcp((socket) => socket.write('ready\n'));
  servers.secure = await startTls({ ...identity, ALPNProtocols: ['http/1.1'] }, (socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')),
  );
  servers.gRPC = await startHttp2((stream) => {
    stream.respond(GRPC_RESPONSE, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(healthMessages(1));
  });
  names = await startDns({
    'A both.test': [{ type: 'A', name: 'both.test', data: '127.0.0.1' }],
    'AAAA both.test': [{ type: 'AAAA', name: 'both.test', data: '::1' }],
    'A four.test': [{ type: 'A', name: 'four.test', data: '127.0.0.1' }],
    'AAAA four.test': [],
  });
  proxy = await startProxy();
  guarded = await startProxy({ credentials: 'me:s3cr3t pass' });
});
afterAll(async () => {
  await Promise.all([...Object.values(servers), ...others, names, proxy, guarded].map((one) => one.close()));
  lookup.close();
});

async function look(kind: string, options: unknown, denied?: BlockList): Promise<Observation> {
  const dialer = createDialer({ clock: systemClock, lookup, ...(denied && { denied: () => denied }) });
  const createProbe = createProbeFactory({ userAgent: 'openk/test', clock: systemClock, dialer });
  const { probe } = createProbe({ kind, options }, { componentId: 'test', push: () => {} });
  try {
    return await probe.run(probeRun());
  } finally {
    await probe.close();
  }
}
const short = ({ outcome, reason }: Observation) => `${outcome} ${reason.code}`;
/** The kind `tls` does not trust the certificate, which it could only see once it was there. */
const arrived = (kind: string) => (kind === 'tls' ? 'UNHEALTHY TLS_UNTRUSTED' : 'HEALTHY OK');

describe.each(KINDS)('%s', (_name, kind, served, options) => {
  it.each<[string, string, WayOptions, string | undefined]>([
    ['a name of its resolver', 'four.test', {}, undefined],
    ['IPv4 alone', 'both.test', { ipFamily: IpFamily.IPV4 }, undefined],
    ['IPv4 first', 'both.test', { ipFamily: IpFamily.PREFER_IPV4 }, undefined],
    ['all, where nobody listens on IPv6', 'both.test', {}, undefined],
    ['IPv6 alone, where nobody listens', 'both.test', { ipFamily: IpFamily.IPV6 }, 'UNHEALTHY CONNECTION_REFUSED'],
    ['IPv6 alone, where there is none', 'four.test', { ipFamily: IpFamily.IPV6 }, 'UNHEALTHY DNS_NOT_FOUND'],
    ['a name that its resolver has not', 'none.test', {}, 'UNHEALTHY DNS_NOT_FOUND'],
  ])('goes by %s', async (_what, host, way, expected) => {
    const { port } = servers[served];
    const observation = await look(kind, options(`${host}:${port}`, { resolver: names.address, ...way }));
    expect(short(observation)).toBe(expected ?? arrived(kind));
  });

  it('goes through a proxy, which looks the name up', async () => {
    const { port } = servers[served];
    const observation = await look(kind, options(`inside.test:${port}`, { proxy: `http://localhost:${proxy.port}` }));
    expect(short(observation)).toBe(arrived(kind));
    const asked = served === 'plain' ? `GET http://inside.test:${port}/a?b` : `CONNECT inside.test:${port}`;
    expect(proxy.asked.at(-1)).toBe(asked);
  });

  it.each([
    ['me:s3cr3t%20pass@', undefined],
    ['', 'UNKNOWN PROXY_REFUSED'],
    ['me:wrong@', 'UNKNOWN PROXY_REFUSED'],
  ])('shows a proxy the credentials "%s"', async (userinfo, expected) => {
    const way = { proxy: `http://${userinfo}localhost:${guarded.port}` };
    const observation = await look(kind, options(`inside.test:${servers[served].port}`, way));
    expect(short(observation)).toBe(expected ?? arrived(kind));
    expect(JSON.stringify(observation)).not.toMatch(/s3cr3t|wrong/);
  });

  it('is UNKNOWN where nobody listens at the proxy', async () => {
    const port = await unusedPort();
    const observation = await look(kind, options('inside.test:80', { proxy: `http://127.0.0.1:${port}` }));
    expect(observation).toMatchObject({
      outcome: 'UNKNOWN',
      reason: { code: 'PROXY_FAILED', message: `the proxy 127.0.0.1:${port} cannot be used` },
    });
  });

  it('is UNKNOWN where the proxy is not reached in time', async () => {
    // No name server says where it is.
    const silent = createSocket('udp4');
    silent.bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const asked = once(silent, 'message');
    const clock = createFakeClock();
    const dialer = createDialer({ clock, lookup });
    const way = { proxy: 'http://proxy.test:3128', resolver: `127.0.0.1:${silent.address().port}` };
    const subject = { kind, options: options('inside.test:80', way) };
    const { probe } = createProbeFactory({ userAgent: 'openk/test', clock, dialer })(subject, {
      componentId: 'test',
      push: () => {},
    });
    try {
      const { signal } = new AbortController();
      const onDefect = (error: unknown) => expect(error).toBeUndefined();
      const run = runProbe(probe, { timeoutMs: 5000, clock, cancel: signal, traceHeaders: {}, onDefect });
      await asked;
      await clock.advance(5000);
      expect(await run).toMatchObject({
        kind: 'timed-out',
        observation: {
          outcome: 'UNKNOWN',
          reason: { code: 'PROXY_FAILED', message: 'the proxy proxy.test:3128 cannot be used' },
        },
      });
    } finally {
      await probe.close();
      silent.close();
    }
  });

  it('is UNHEALTHY where the proxy was reached, and nothing came', async () => {
    const silent = await startTcp();
    others.push(silent);
    const clock = createFakeClock();
    const dialer = createDialer({ clock, lookup });
    const subject = { kind, options: options('inside.test:80', { proxy: `http://127.0.0.1:${silent.port}` }) };
    const { probe } = createProbeFactory({ userAgent: 'openk/test', clock, dialer })(subject, {
      componentId: 'test',
      push: () => {},
    });
    const connected = Promise.withResolvers<void>();
    const { run } = probe;
    const watched: Probe = {
      ...probe,
      close: () => probe.close(),
      run: (given) =>
        run.call(probe, {
          ...given,
          onProgress(progress) {
            given.onProgress(progress);
            if (progress.phases?.connectMs !== undefined && progress.timedOut === undefined) connected.resolve();
          },
        }),
    };
    try {
      const { signal } = new AbortController();
      const onDefect = (error: unknown) => expect(error).toBeUndefined();
      const running = runProbe(watched, { timeoutMs: 5000, clock, cancel: signal, traceHeaders: {}, onDefect });
      await connected.promise;
      await clock.advance(5000);
      expect(await running).toMatchObject({
        kind: 'timed-out',
        observation: { outcome: 'UNHEALTHY', reason: { code: 'TIMEOUT' } },
      });
    } finally {
      await probe.close();
    }
  });

  it('does not go around what is denied by a proxy', async () => {
    const denied = new BlockList();
    denied.addAddress('192.0.2.1');
    const way = { proxy: `http://localhost:${proxy.port}` };
    expect(short(await look(kind, options('192.0.2.1:80', way), denied))).toBe('UNHEALTHY ADDRESS_DENIED');
  });

  it('asks no name server at an address that is denied', async () => {
    const denied = new BlockList();
    denied.addAddress('127.0.0.1');
    const before = names.questions.length;
    const observation = await look(kind, options('four.test:80', { resolver: names.address }), denied);
    expect([short(observation), names.questions.length]).toEqual(['UNHEALTHY ADDRESS_DENIED', before]);
  });

  it.each<[WayOptions, string, string]>([
    [{ ipFamily: IpFamily.IPV6 }, 'ip_family', 'is not that of the target, which is an IPv4 address'],
    [{ resolver: 'ns.example' }, 'resolver', 'must be IP or IP:PORT'],
    [{ resolver: 'ns.example:53' }, 'resolver', 'must be IP or IP:PORT'],
    ...['https://p:1', 'http://p/path', 'http://p?q', 'p:3128', 'http://%zz@p'].map(
      (text): [WayOptions, string, string] => [
        { proxy: text },
        'proxy',
        'must be http://HOST:PORT, with credentials before the host if need be',
      ],
    ),
  ])('refuses %j', (way, field, message) => {
    expect(checkProbe(kind, options('127.0.0.1:1', way))).toEqual([{ path: [field], message }]);
  });
});

describe('a proxy that answers', () => {
  it.each([
    ['HTTP/1.1 503 No\r\n\r\n', 'UNHEALTHY TUNNEL_FAILED', 'the proxy answered 503'],
    ['HTTP/1.1 403 No\r\n\r\n', 'UNKNOWN PROXY_REFUSED', 'it answered 403'],
    ['HTTP/1.1 302 No\r\nLocation: http://login/\r\n\r\n', 'UNKNOWN PROXY_REFUSED', 'it answered 302'],
    ['HTTP/1.1 103 Early\r\n\r\nHTTP/1.0 502 No\r\n\r\n', 'UNHEALTHY TUNNEL_FAILED', 'the proxy answered 502'],
    ['SSH-2.0-OpenSSH_9\r\n\r\n', 'UNKNOWN PROXY_FAILED', expect.any(String)],
    ['HTTP/1.1 200', 'UNKNOWN PROXY_FAILED', expect.stringContaining('closed the connection')],
    [`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}`, 'UNKNOWN PROXY_FAILED', expect.stringContaining('not valid')],
  ])('%#', async (answer, expected, evidence) => {
    const odd = await startProxy({ answer });
    others.push(odd);
    const way = { proxy: `http://127.0.0.1:${odd.port}` };
    const observation = await look('tcp', create(TcpProbeSchema, { target: 'inside.test:1', ...way }));
    expect([short(observation), observation.reason.evidence]).toEqual([expected, evidence]);
    await odd.idle();
  });

  it('and then says nothing more than the target: its first words are not lost', async () => {
    const odd = await startTcp((socket) => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\nready\n')));
    others.push(odd);
    const options = { target: 'inside.test:1', expect: '^ready\n', proxy: `http://127.0.0.1:${odd.port}` };
    expect(short(await look('tcp', create(TcpProbeSchema, options)))).toBe('HEALTHY OK');
  });

  it('too late: the run ends at its deadline, and nothing stays open', async () => {
    const silent = await startTcp();
    others.push(silent);
    const dialer = createDialer({ clock: systemClock, lookup });
    const createProbe = createProbeFactory({ userAgent: 'openk/test', clock: systemClock, dialer });
    const options = create(TcpProbeSchema, { target: 'inside.test:1', proxy: `http://127.0.0.1:${silent.port}` });
    const { probe } = createProbe({ kind: 'tcp', options }, { componentId: 'test', push: () => {} });
    const stop = new AbortController();
    const waiting = Promise.withResolvers<void>();
    const onProgress = ({ evidence }: Progress) => {
      if (evidence === 'the proxy has not answered') waiting.resolve();
    };
    const run = probe.run({ ...probeRun(stop.signal), onProgress });
    await waiting.promise;
    stop.abort(new Error('out of time'));
    await expect(run).rejects.toThrow('out of time');
    await silent.idle();
  });
});
