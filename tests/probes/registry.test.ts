import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import {
  AlertmanagerProbeSchema,
  ComponentSchema,
  ConsulProbeSchema,
  DnsProbeSchema,
  FeedProbeSchema,
  GrpcProbeSchema,
  HttpProbeSchema,
  IcmpProbeSchema,
  OpenkProbeSchema,
  PromqlProbeSchema,
  TcpProbeSchema,
  TlsProbeSchema,
  WebsocketProbeSchema,
} from '../../gen/openk/config/v1/config_pb.ts';
import { checkProbe, createProbeFactory, probeKinds } from '../../src/probes/registry.ts';
import { probeContext } from '../support/probe-run.ts';

const OPTIONS = {
  http: create(HttpProbeSchema, { url: 'http://web.example/' }),
  grpc: create(GrpcProbeSchema, { target: 'grpc.example:1' }),
  tcp: create(TcpProbeSchema, { target: 'tcp.example:1' }),
  dns: create(DnsProbeSchema, { name: 'dns.example', resolver: '192.0.2.1' }),
  tls: create(TlsProbeSchema, { target: 'tls.example:1' }),
  openk: create(OpenkProbeSchema, { server: 'http://openk.example' }),
  promql: create(PromqlProbeSchema, { server: 'http://promql.example', query: 'up', healthy: 'value > 0.0' }),
  feed: create(FeedProbeSchema, { url: 'https://feed.example/summary.json' }),
  websocket: create(WebsocketProbeSchema, { url: 'wss://websocket.example/' }),
  alertmanager: create(AlertmanagerProbeSchema, { token: 'token-of-alertmanager' }),
  icmp: create(IcmpProbeSchema, { target: 'icmp.example' }),
  consul: create(ConsulProbeSchema, { server: 'http://consul.example:8500', service: 'web' }),
};
const HOSTS: Readonly<Record<string, string>> = { dns: '192.0.2.1', http: 'web.example', alertmanager: 'alertmanager' };
const context = { componentId: 'test', push: () => {} };
const createProbe = createProbeFactory(probeContext());

describe('the kinds', () => {
  it('are those of the configuration that look at something', () => {
    const configured = ComponentSchema.oneofs.find(({ name }) => name === 'kind')?.fields.map(({ name }) => name);
    expect([...probeKinds, 'heartbeat', 'group'].sort()).toEqual(configured?.sort());
  });

  it.each(Object.entries(OPTIONS))('%s is checked and made by its name', async (kind, options) => {
    expect(checkProbe(kind, options)).toEqual([]);
    const { probe, host } = createProbe({ kind, options }, context);
    expect(host).toMatch(HOSTS[kind] ?? `${kind}.example`);
    await probe.close();
  });

  it('tell what is wrong with options', () => {
    const options = create(GrpcProbeSchema, { target: 'grpc.example:1', metadata: { te: 'x' } });
    expect(checkProbe('grpc', options)).toMatchObject([{ path: ['metadata', 'te'] }]);
    expect(() => createProbe({ kind: 'grpc', options }, context)).toThrow('grpc.metadata.te cannot be set');
  });
});

describe('what is no kind', () => {
  it.each(['heartbeat', 'group', 'ping', '', 'toString'])('"%s" is refused', (kind) => {
    expect(() => checkProbe(kind, {})).toThrow(
      `there is no probe of kind ${kind}, only http, grpc, tcp, dns, tls, openk, discovery, promql, feed, consul, websocket, icmp, alertmanager`,
    );
    expect(() => createProbe({ kind, options: {} }, context)).toThrow(TypeError);
  });

  it.each([undefined, {}, OPTIONS.tcp])('options of another kind are refused', (options) => {
    const message = 'the options of a probe of kind http must be a message openk.config.v1.HttpProbe';
    expect(() => checkProbe('http', options)).toThrow(message);
    expect(() => createProbe({ kind: 'http', options }, context)).toThrow(message);
  });
});
