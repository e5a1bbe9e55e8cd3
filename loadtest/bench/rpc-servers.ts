// The servers of the rpc bench: OpenK in several settings and its references, each a process of its own, all on one core.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { createClient, type Transport } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import {
  GetHealthResponseSchema,
  HealthService,
  ListComponentsResponseSchema,
} from '../../gen/openk/health/v1/health_pb.ts';
import { createCertificates } from '../../tests/support/certs.ts';
import { buildGoReferences, GO_KINDS, type GoKind, startGoReference } from './go-references.ts';
import { end, firstMessage, SERVER_CORE, spawnPinned } from './pinned.ts';
import { startIssuer } from './rpc-credentials.ts';
import { COMPONENT, COMPONENTS, HAS_PIPELINE_SWITCH, type OpenkSettings, startOpenkProcess } from './rpc-openk.ts';
import type { Answers, ReferenceKind, ReferencePorts } from './rpc-reference.ts';

/** Of web pages that may call. */
export const ORIGIN = 'https://status.example.com';
export const REST_PATH = `/v1/components/${COMPONENT}/health`;

/** As the references are. */
const WITHOUT_TELEMETRY = { OTEL_SDK_DISABLED: 'true' };

const OURS = {
  OpenK: { env: WITHOUT_TELEMETRY },
  'OpenK, telemetry on': { env: {} },
  'OpenK, pipeline off': { env: WITHOUT_TELEMETRY, pipeline: false },
  'OpenK, CORS': { env: WITHOUT_TELEMETRY, origin: ORIGIN },
  'OpenK, auth': { env: WITHOUT_TELEMETRY },
} as const satisfies Readonly<Record<string, OpenkSettings>>;
type OwnName = keyof typeof OURS;

export type ServerName = OwnName | ReferenceKind | GoKind;
export type PortName = keyof ReferencePorts;

/** A port of a server, and the process behind it. */
export interface Running {
  readonly origin: string;
  readonly pid: number;
}

export interface Servers {
  /** Undefined for a server that could not be had. */
  at(name: ServerName, port: PortName): Running | undefined;
  /** Stops all servers but one, since what is idle collects its garbage, on the core of the one that is measured. */
  letRun(only?: Running): void;
  end(): Promise<void>;
}

/** @param names those that are needed */
export async function startServers(folder: string, names: ReadonlySet<ServerName>): Promise<Servers> {
  const running = new Map<string, Running>();
  const ends: (() => Promise<void>)[] = [];
  const add = (name: ServerName, ports: ReferencePorts, pid: number) => {
    for (const [port, number] of Object.entries(ports)) {
      const origin = `${port === 'tls' ? 'https' : 'http'}://127.0.0.1:${number}`;
      running.set(`${name} ${port}`, { origin, pid });
    }
  };
  const servers: Servers = {
    at: (name, port) => running.get(`${name} ${port}`),
    letRun(only) {
      for (const { pid } of running.values()) {
        process.kill(pid, only === undefined || pid === only.pid ? 'SIGCONT' : 'SIGSTOP');
      }
    },
    async end() {
      // What is stopped cannot end.
      servers.letRun();
      for (const endOne of ends) await endOne();
    },
  };
  try {
    const { server: identity } = await createCertificates();
    const tls = { certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
    await writeFile(tls.certFile, identity.cert);
    await writeFile(tls.keyFile, identity.key);
    const startOurs = async (name: OwnName, settings: OpenkSettings): Promise<void> => {
      const openk = await startOpenkProcess(folder, settings);
      ends.push(openk.end);
      add(name, settings.tls ? { tls: openk.port } : { http1: openk.port, http2: openk.port }, openk.pid);
      await report(`${settings.tls ? 'https' : 'http'}://127.0.0.1:${openk.port}`);
    };
    for (const [name, settings] of Object.entries(OURS) as [OwnName, OpenkSettings][]) {
      if (!names.has(name) || (settings.pipeline === false && !HAS_PIPELINE_SWITCH)) continue;
      const issuer = name === 'OpenK, auth' ? await startIssuer() : undefined;
      if (issuer !== undefined) ends.push(issuer.end);
      await startOurs(name, { ...settings, ...(issuer && { auth: issuer.auth }) });
    }
    await startOurs('OpenK', { ...OURS.OpenK, tls });

    const answersPath = join(folder, 'answers.json');
    const answers: Answers = { ...(await answersOf(servers.at('OpenK', 'http2')!.origin)), ...identity };
    await writeFile(answersPath, JSON.stringify(answers));
    for (const kind of ['bare', 'grpc-js', 'connect', 'fastify'] as const) {
      if (!names.has(kind)) continue;
      const program = new URL('rpc-reference.ts', import.meta.url).pathname;
      const child = spawnPinned(SERVER_CORE, [process.execPath, program, kind, answersPath], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      ends.push(() => end(child));
      add(kind, await firstMessage<ReferencePorts>(child), child.pid!);
    }

    const goKinds = GO_KINDS.filter((kind) => names.has(kind));
    const missing = goKinds.length > 0 ? await buildGoReferences(folder) : undefined;
    if (missing !== undefined) console.log(`  ${goKinds.join(', ')}: not run, ${missing}`);
    for (const kind of missing === undefined ? goKinds : []) {
      const { port, pid, end: endOne } = await startGoReference(folder, kind, COMPONENT);
      ends.push(endOne);
      add(kind, kind === 'grpc-go' ? { http2: port } : { http1: port, http2: port }, pid);
    }
    return servers;
  } catch (error) {
    await servers.end();
    throw error;
  }
}

/** Makes one component healthy, so that its answer is the one of the references. */
async function report(origin: string): Promise<void> {
  await withHttp2(origin, async (transport) => {
    await createClient(HealthService, transport).reportHealth({ component: COMPONENT, status: HealthStatus.HEALTHY });
  });
}

async function answersOf(origin: string): Promise<Omit<Answers, 'cert' | 'key'>> {
  const answers = { service: COMPONENT, getHealth: '', listComponents: '', rest: '' };
  await withHttp2(origin, async (transport) => {
    const client = createClient(HealthService, transport);
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
    answers.getHealth = base64(toBinary(GetHealthResponseSchema, await client.getHealth({ component: COMPONENT })));
    const list = await client.listComponents({ pageSize: COMPONENTS });
    answers.listComponents = base64(toBinary(ListComponentsResponseSchema, list));
  });
  answers.rest = await (await fetch(origin + REST_PATH)).text();
  return answers;
}

export async function withHttp2(baseUrl: string, use: (transport: Transport) => Promise<void>): Promise<void> {
  const sessionManager = new Http2SessionManager(baseUrl, undefined, { rejectUnauthorized: false });
  try {
    await use(createGrpcTransport({ baseUrl, sessionManager }));
  } finally {
    sessionManager.abort();
  }
}
