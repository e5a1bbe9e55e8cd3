// Has OpenK's probes and a blackbox_exporter look at the same targets, at the same time.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type DescMessage } from '@bufbuild/protobuf';
import {
  DnsProbeSchema,
  GrpcProbeSchema,
  HttpProbeSchema,
  TcpProbeSchema,
  TlsProbeSchema,
} from '../../../gen/openk/config/v1/config_pb.ts';
import { runProbe } from '../../../src/engine/run-probe.ts';
import { systemClock } from '../../../src/engine/system-clock.ts';
import { createDialer } from '../../../src/probes/dial.ts';
import { createLookup } from '../../../src/probes/lookup.ts';
import { createProbeFactory } from '../../../src/probes/registry.ts';
import { type Certificates, createCertificates } from '../certs.ts';
import { TRACEPARENT } from '../probe-run.ts';
import { startDns } from '../upstreams/dns.ts';
import { startGrpcHealth, startGrpcService, startHttp2 } from '../upstreams/grpc.ts';
import { startTcp, startTls, unusedPort } from '../upstreams/tcp.ts';
import type { Behaviour } from './behaviours.ts';
import { startBlackbox } from './blackbox-exporter.ts';

export interface Compared {
  readonly behaviour: Behaviour;
  readonly openkSays: 'UP' | 'DOWN';
  readonly blackboxSays: 'UP' | 'DOWN';
  /** OpenK's reason. */
  readonly reason: string;
}

const TIMEOUT_MS = 1500;
/** Behaviours that are looked at at the same time. */
const AT_ONCE = 8;

const SCHEMAS: Readonly<Record<Behaviour['kind'], DescMessage>> = {
  http: HttpProbeSchema,
  tcp: TcpProbeSchema,
  tls: TlsProbeSchema,
  dns: DnsProbeSchema,
  grpc: GrpcProbeSchema,
};

/** Of every behaviour, what both say. */
export async function compareWithBlackbox(
  program: string,
  behaviours: readonly Behaviour[],
): Promise<readonly Compared[]> {
  const directory = await mkdtemp(join(tmpdir(), 'openk-compare-'));
  const certificates = await createCertificates();
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, certificates.ca);
  const modules = behaviours.map((behaviour, index) => [`m${index}`, moduleOf(behaviour, caFile)] as const);
  const exporter = await startBlackbox(program, Object.fromEntries(modules));
  const lookup = createLookup();
  const createProbe = createProbeFactory({
    userAgent: 'openk/compare',
    clock: systemClock,
    dialer: createDialer({ clock: systemClock, lookup }),
  });

  const compare = async (behaviour: Behaviour, index: number): Promise<Compared> => {
    const target = await startTarget(behaviour, certificates);
    try {
      const isSecure = behaviour.target.by === 'tcp' && behaviour.target.identity !== undefined;
      const asked = { ...targetOf(behaviour, target.address, isSecure, caFile), ...withTrust(behaviour.openk, caFile) };
      const options = create(SCHEMAS[behaviour.kind], asked);
      const { probe } = createProbe({ kind: behaviour.kind, options }, { componentId: 'compare', push: () => {} });
      const [result, isUp] = await Promise.all([
        runProbe(probe, {
          timeoutMs: TIMEOUT_MS,
          clock: systemClock,
          cancel: new AbortController().signal,
          traceHeaders: { traceparent: TRACEPARENT },
          onDefect: (error) => {
            throw error;
          },
        }),
        exporter.probe(
          `m${index}`,
          behaviour.kind === 'http' ? `http${isSecure ? 's' : ''}://${target.address}/` : target.address,
        ),
      ]);
      await result.settled;
      await probe.close();
      if (result.kind === 'cancelled') throw new Error('nobody cancels');
      const { outcome, reason } = result.observation;
      return {
        behaviour,
        openkSays: outcome === 'HEALTHY' || outcome === 'DEGRADED' ? 'UP' : 'DOWN',
        blackboxSays: isUp ? 'UP' : 'DOWN',
        reason: reason.code,
      };
    } finally {
      await target.close();
    }
  };

  try {
    const compared: Compared[] = [];
    const waiting = [...behaviours.entries()];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, behaviour] = next;
        compared[index] = await compare(behaviour, index);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return compared;
  } finally {
    lookup.close();
    await exporter.close();
    await rm(directory, { recursive: true });
  }
}

/** What is wrong with a row: it says other than it did, or differs without a sentence that decides. */
export function faultOf({ behaviour, openkSays, blackboxSays, reason }: Compared): string | undefined {
  const row = `${behaviour.kind}, ${behaviour.name}`;
  if (openkSays !== behaviour.openkSays)
    return `${row}: OpenK says ${openkSays} (${reason}), the table ${behaviour.openkSays}`;
  if (blackboxSays !== behaviour.blackboxSays)
    return `${row}: blackbox_exporter says ${blackboxSays}, the table ${behaviour.blackboxSays}`;
  if ((openkSays !== blackboxSays) !== (behaviour.because !== undefined))
    return `${row}: the two differ, and nothing decides`;
  return undefined;
}

/** Every target is asked by name, over IPv4. */
function moduleOf({ kind, target, blackbox = {} }: Behaviour, caFile: string): object {
  const ip = { preferred_ip_protocol: 'ip4' };
  const tls_config = { ca_file: caFile };
  const timeout = `${TIMEOUT_MS / 1000}s`;
  switch (kind) {
    case 'http':
      return { prober: 'http', timeout, http: { ...ip, tls_config, ...blackbox } };
    case 'grpc':
      return { prober: 'grpc', timeout, grpc: { ...ip, tls: false, ...blackbox } };
    case 'dns':
      return { prober: 'dns', timeout, dns: { ...ip, query_name: 'web.example', query_type: 'A', ...blackbox } };
    case 'tls':
      return { prober: 'tcp', timeout, tcp: { ...ip, tls: true, tls_config } };
    default:
      return {
        prober: 'tcp',
        timeout,
        tcp: { ...ip, ...(target.by === 'tcp' && target.identity && { tls_config }), ...blackbox },
      };
  }
}

function targetOf({ kind }: Behaviour, address: string, isSecure: boolean, caFile: string): object {
  switch (kind) {
    case 'http':
      return { url: `http${isSecure ? 's' : ''}://${address}/`, ...(isSecure && { tls: { caFile } }) };
    case 'dns':
      return { name: 'web.example', resolver: address };
    case 'tls':
      return { target: address, caFile };
    default:
      return { target: address };
  }
}

function withTrust(options: object = {}, caFile: string): object {
  return 'tls' in options ? { ...options, tls: { caFile } } : options;
}

interface Target {
  readonly address: string;
  close(): Promise<void>;
}

async function startTarget({ target }: Behaviour, certificates: Certificates): Promise<Target> {
  switch (target.by) {
    case 'tcp': {
      const { identity, serve } = target;
      const upstream = await (identity ? startTls(certificates[identity], serve) : startTcp(serve));
      return { address: upstream.target, close: () => upstream.close() };
    }
    case 'http2': {
      const upstream = await startHttp2(target.serve);
      return { address: upstream.target, close: () => upstream.close() };
    }
    case 'grpc': {
      const upstream = await startGrpcHealth(target.statuses);
      return { address: upstream.target, close: () => upstream.close() };
    }
    case 'grpc-without-health': {
      const upstream = await startGrpcService({});
      return { address: upstream.target, close: () => upstream.close() };
    }
    case 'dns': {
      const upstream = await startDns({ 'A web.example': target.reply });
      return { address: upstream.address, close: () => upstream.close() };
    }
    case 'nobody':
      return { address: `localhost:${await unusedPort()}`, close: async () => {} };
  }
}
