// The probe kind `openk`: follows a component of another OpenK over its WatchHealth stream. The connection is the concern
// of grpc-connection.ts, the open stream that of held-stream.ts; here is what to ask and what the answer means.
import { isUnknownEnum } from '@bufbuild/protobuf';
import { type CallOptions, Code, ConnectError, createClient } from '@connectrpc/connect';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { HealthStatus, HealthStatusSchema } from '../../gen/openk/common/v1/common_pb.ts';
import type { OpenkProbe } from '../../gen/openk/config/v1/config_pb.ts';
import { type ComponentHealth, HealthService, type WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import type { Observation } from '../core/observation.ts';
import type { Probe, ProbeRun } from '../core/probe.ts';
import { checkClientTls } from './client-tls.ts';
import { assertNoFaults, type ProbeFault } from './faults.ts';
import { createGrpcDialler, type GrpcConnection } from './grpc-connection.ts';
import { grpcFailure, isStatus, StreamEnded } from './grpc-failure.ts';
import { createHeldStream } from './held-stream.ts';
import type { HostPort } from './host-port.ts';
import { createNotes } from './notes.ts';
import type { ProbeContext, ProbeKind } from './probe.ts';
import { type ReasonCode, reason } from './reason.ts';

export const openkProbe: ProbeKind<OpenkProbe> = {
  kind: 'openk',
  host: ({ server }) => parseServer(server).address.host,
  check,
  create,
};

function check({ server, tls }: OpenkProbe): readonly ProbeFault[] {
  const faults: ProbeFault[] = [];
  const fault = (path: ProbeFault['path'], message: string) => void faults.push({ path, message });

  const url = URL.parse(server);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    fault(['server'], 'is not a valid URL');
  } else {
    const { username, password, search, hash } = url;
    if (username !== '' || password !== '') fault(['server'], 'must not have credentials: a key goes into token');
    if (search !== '' || hash !== '') fault(['server'], 'must not have a query or a fragment');
  }
  return [...faults, ...checkClientTls(tls, ['tls'])];
}

interface Server {
  readonly address: HostPort;
  readonly authority: string;
  readonly path: string;
  readonly secure: boolean;
}

/** Of a URL in which `check` finds nothing wrong. */
function parseServer(text: string): Server {
  const { protocol, hostname, host, port, pathname } = new URL(text);
  const secure = protocol === 'https:';
  const address = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || (secure ? 443 : 80)) };
  return { address, authority: host, path: pathname, secure };
}

/** How far the stream is: what a new connection goes on from. */
interface Position {
  /** Id of the component; before the first answer as configured, where empty is the root group. */
  component: string;
  revision?: bigint;
}

function create(options: OpenkProbe, context: ProbeContext): Probe {
  assertNoFaults('openk', check(options));
  const { clock, push, userAgent } = context;
  const server = parseServer(options.server);
  const shown = server.authority;
  const dial = createGrpcDialler({ ...server, tls: server.secure ? (options.tls ?? true) : undefined }, context);
  const failure = (error: unknown, latencyMs?: number) =>
    grpcFailure(error, {
      target: shown,
      meanings: { [Code.Unimplemented]: 'has no openk.health.v1.HealthService' },
      secrets: options.token === '' ? [] : [options.token],
      ...(latencyMs !== undefined && { latencyMs }),
    });
  const authorization = options.token !== '' && { authorization: `Bearer ${options.token}` };

  async function* watch(
    connection: GrpcConnection,
    signal: AbortSignal,
    { traceHeaders }: ProbeRun,
    known: Position,
  ): AsyncGenerator<Observation> {
    const client = createClient(HealthService, connection.transport);
    const call: CallOptions = { signal, headers: { ...traceHeaders, ...authorization, 'user-agent': userAgent } };
    if (known.revision === undefined) {
      // Asked first, since it names the root group, and since a stream that goes on from this revision misses nothing.
      const { health } = await client.getHealth({ component: options.component }, call);
      if (health === undefined) throw new ConnectError('GetHealth answered without a health', Code.Internal);
      yield observationOf(health, shown);
      known.component = health.component;
      known.revision = health.revision;
    }
    const { component, revision: sinceRevision } = known;
    for await (const message of client.watchHealth({ components: [component], sinceRevision }, call)) {
      known.revision = message.event.value?.revision ?? known.revision;
      const news = newsOf(message, component);
      if (news === undefined) continue;
      yield news === 'removed' ? NO_SUCH_COMPONENT : observationOf(news, shown);
      // Another one may be the root group now.
      if (news === 'removed' && options.component === '') return;
    }
    throw new StreamEnded();
  }

  const held = createHeldStream({
    async *open({ signal, run, release }) {
      const known: Position = { component: options.component };
      // A stream that was cut says nothing about the component. So it is resumed, once a run: what cuts it again is news.
      for (let isResumed = false; ; isResumed = true) {
        const connection = await dial(signal, run.onProgress, release);
        try {
          return yield* watch(connection, signal, run, known);
        } catch (error) {
          const reason = openkReason(error);
          if (reason !== undefined && isStatus(error, Code.NotFound)) return yield NO_SUCH_COMPONENT;
          // What the token may do can have changed, and then the next stream opens.
          const isCut = reason === undefined || reason === 'CREDENTIALS_EXPIRED';
          if (isRefusal(error) && (isResumed || !isCut || known.revision === undefined)) return yield refused(shown);
          if (signal.aborted || isResumed || known.revision === undefined) throw error;
          // It restarted, and lost its revisions: a snapshot says how it is.
          if (reason === 'REVISION_IN_THE_FUTURE') known.revision = 0n;
          else if (!isCut) throw error;
        } finally {
          await connection.close();
        }
      }
    },
    clock,
    onMessage: push,
    onBreak: (error) => push(failure(error)),
  });

  return {
    async run(run) {
      const startedMs = clock.monotonicMs();
      const notes = createNotes(run.onProgress);
      try {
        return notes.addTo(await held.run({ ...run, onProgress: notes.take }));
      } catch (error) {
        if (run.signal.aborted) throw run.signal.reason;
        return notes.addTo(failure(error, clock.monotonicMs() - startedMs));
      }
    },
    close: () => held.close(),
  };
}

/** Domain of the `google.rpc.ErrorInfo` that every error of OpenK carries. */
const ERROR_DOMAIN = 'openk.dev';

/** The reason that OpenK itself gives; undefined for the word of a proxy, and for a connection that broke. */
function openkReason(error: unknown): string | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  return error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === ERROR_DOMAIN)?.reason;
}

/** Whether the other OpenK itself says that this one may not ask: nothing that it watches is the worse for that. */
function isRefusal(error: unknown): boolean {
  const isDenied = isStatus(error, Code.Unauthenticated) || isStatus(error, Code.PermissionDenied);
  return isDenied && openkReason(error) !== undefined;
}

function refused(host: string): Observation {
  const message = `${host} does not say: the token of this probe is missing, not valid there, or without READ`;
  return { outcome: 'UNKNOWN', reason: reason('REMOTE_REFUSED', message) };
}

const NO_SUCH_COMPONENT: Observation = {
  outcome: 'UNKNOWN',
  reason: reason('REMOTE_NO_SUCH_COMPONENT', 'the other OpenK has no such component'),
};

/** What a message says about the component; undefined when it is nothing. */
function newsOf({ event }: WatchHealthResponse, component: string): ComponentHealth | 'removed' | undefined {
  if (event.case !== 'snapshot' && event.case !== 'change') return undefined;
  const health = event.value.components.find((one) => one.component === component);
  if (health !== undefined) return health;
  // What a snapshot does not have, does not exist.
  const gone = event.case === 'snapshot' || event.value.removed.includes(component);
  return gone ? 'removed' : undefined;
}

type KnownStatus = (typeof HealthStatus)[keyof typeof HealthStatus];

const NO_STATUS = ['UNKNOWN', 'PROTOCOL_ERROR', 'in a status that this OpenK does not know'] as const;

/** What a status there means here, and how a person says it. */
const MEANINGS: Readonly<Record<KnownStatus, readonly [Observation['outcome'], ReasonCode, string]>> = {
  [HealthStatus.UNSPECIFIED]: NO_STATUS,
  [HealthStatus.HEALTHY]: ['HEALTHY', 'REMOTE_HEALTHY', 'HEALTHY'],
  [HealthStatus.DEGRADED]: ['DEGRADED', 'REMOTE_DEGRADED', 'DEGRADED'],
  [HealthStatus.UNHEALTHY]: ['UNHEALTHY', 'REMOTE_UNHEALTHY', 'UNHEALTHY'],
  [HealthStatus.UNKNOWN]: ['UNKNOWN', 'REMOTE_UNKNOWN', 'UNKNOWN'],
  [HealthStatus.MAINTENANCE]: ['UNKNOWN', 'REMOTE_MAINTENANCE', 'in maintenance'],
};

function observationOf({ component, status, reason: why }: ComponentHealth, host: string): Observation {
  const known = !isUnknownEnum(HealthStatusSchema, status);
  const [outcome, code, words] = known ? MEANINGS[status] : NO_STATUS;
  // What is said there may differ from run to run, as what came does here.
  const message = `${component} at ${host} is ${words}${why?.code ? `: ${why.code}` : ''}`;
  return { outcome, reason: reason(code, message, why?.message), decisive: true };
}
