// What holds for every kind of probe that connects: one dialler, whose phases each observation has, and which denies
// addresses to all of them.
import '../support/one-realm.ts';
import { X509Certificate } from 'node:crypto';
import { BlockList } from 'node:net';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  GrpcProbe_Mode,
  GrpcProbeSchema,
  HttpProbeSchema,
  OpenkProbeSchema,
  TcpProbeSchema,
  TlsProbeSchema,
} from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../../src/core/observation.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { createDialer } from '../../src/probes/dial.ts';
import { createLookup } from '../../src/probes/lookup.ts';
import { createProbeFactory } from '../../src/probes/registry.ts';
import { createCertificates } from '../support/certs.ts';
import { probeRun } from '../support/probe-run.ts';
import { GRPC_RESPONSE, healthMessages, startHttp2 } from '../support/upstreams/grpc.ts';
import { startTcp, startTls, type Upstream } from '../support/upstreams/tcp.ts';

const tls = { insecureSkipVerify: true };

/** By what serves them, over TLS; with the phases that an observation has behind the handshake. */
const KINDS: readonly [string, 'text' | 'gRPC', string, (target: string) => unknown, readonly string[]][] = [
  ['tcp', 'text', 'tcp', (target) => create(TcpProbeSchema, { target, tls, expect: '^HTTP' }), ['firstByteMs']],
  ['tls', 'text', 'tls', (target) => create(TlsProbeSchema, { target }), []],
  ['http', 'text', 'http', (target) => create(HttpProbeSchema, { url: `https://${target}/`, tls }), ['firstByteMs']],
  ['grpc CHECK', 'gRPC', 'grpc', (target) => create(GrpcProbeSchema, { target, tls }), ['firstByteMs']],
  [
    'grpc WATCH',
    'gRPC',
    'grpc',
    (target) => create(GrpcProbeSchema, { target, tls, mode: GrpcProbe_Mode.WATCH }),
    ['firstByteMs'],
  ],
  ['openk', 'gRPC', 'openk', (target) => create(OpenkProbeSchema, { server: `https://${target}`, tls }), []],
];

let expiresMs: number;
const servers: Partial<Record<'text' | 'gRPC', Upstream>> = {};
const lookup = createLookup();

beforeAll(async () => {
  const { server: identity } = await createCertificates();
  expiresMs = Date.parse(new X509Certificate(identity.cert).validTo);
  servers.text = await startTls({ ...identity, ALPNProtocols: ['http/1.1'] }, (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  );
  servers.gRPC = await startHttp2((stream) => {
    stream.respond(GRPC_RESPONSE, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(healthMessages(1));
  }, identity);
});
afterAll(async () => {
  await Promise.all(Object.values(servers).map((server) => server.close()));
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

describe.each(KINDS)('%s', (_name, served, kind, options, behind) => {
  it('says where the time went', async () => {
    const { phases } = await look(kind, options((servers[served] as Upstream).target));
    expect(Object.keys(phases ?? {})).toEqual(expect.arrayContaining(['connectMs', 'tlsMs', ...behind]));
  });

  it('says when the certificate expires', async () => {
    const { certificateExpiresMs } = await look(kind, options((servers[served] as Upstream).target));
    expect(certificateExpiresMs).toBe(expiresMs);
  });

  it('says how far it came where it fails', async () => {
    const closing = await startTcp((socket) => socket.end());
    try {
      const { outcome, phases } = await look(kind, options(closing.target));
      expect([outcome, phases]).toEqual(['UNHEALTHY', { connectMs: expect.any(Number) }]);
    } finally {
      await closing.close();
    }
  });

  it('connects to no address that is denied', async () => {
    const denied = new BlockList();
    denied.addSubnet('127.0.0.0', 8);
    denied.addAddress('::1', 'ipv6');
    const { accepted } = servers[served] as Upstream;
    const observation = await look(kind, options((servers[served] as Upstream).target), denied);
    expect(observation).toMatchObject({ outcome: 'UNHEALTHY', reason: { code: 'ADDRESS_DENIED' } });
    expect((servers[served] as Upstream).accepted).toBe(accepted);
  });
});
