// grpc.health.v1.Health about everything that OpenK watches: a service name is a component id, so that a stock gRPC
// client can wait on a whole system. The empty name is OpenK itself, ready or not, and never what it watches: a kubelet
// must not restart OpenK because a watched service is down.
// https://github.com/grpc/grpc/blob/master/doc/health-checking.md
import { create } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import {
  type Health,
  type HealthCheckResponse,
  HealthCheckResponseSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../gen/grpc/health/v1/health_pb.ts';
import type { Status } from '../core/status.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { refusal } from '../errors/to-connect.ts';
import { principalOf } from './caller.ts';
import { endOf } from './end-of-call.ts';
import { createNewsStreams } from './news-streams.ts';
import type { ReaderOf } from './visible-readers.ts';

/** The service name that is OpenK itself. */
const OPENK = '';

const SERVING_STATUS: Readonly<Record<Status, ServingStatus>> = {
  HEALTHY: ServingStatus.SERVING,
  DEGRADED: ServingStatus.SERVING,
  UNHEALTHY: ServingStatus.NOT_SERVING,
  UNKNOWN: ServingStatus.UNKNOWN,
  MAINTENANCE: ServingStatus.NOT_SERVING,
};

export interface GrpcHealthServiceOptions {
  readonly readerOf: ReaderOf;
  /** Whether OpenK itself is ready. */
  readonly ready: () => boolean;
  /** Calls `wake` after each change of `ready`. The result ends it, and may be called twice. */
  readonly subscribeReady: (wake: () => void) => () => void;
  /** Components that List answers at the most. */
  readonly listLimit: number;
  /** Receives the key of the configuration that refused. Must not throw. */
  readonly onRefused?: (limit: string) => void;
  /** Fires when the server begins to shut down: OpenK is NOT_SERVING from then on, and every stream ends. */
  readonly draining: AbortSignal;
}

export function createGrpcHealthService(options: GrpcHealthServiceOptions): ServiceImpl<typeof Health> {
  const { readerOf, ready, subscribeReady, listLimit, onRefused, draining } = options;
  const stream = createNewsStreams(draining);

  const openkStatus = (): ServingStatus =>
    ready() && !draining.aborted ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;

  /** Undefined for a component that there is not. */
  const componentStatus = (reader: HealthReader, id: string): ServingStatus | undefined => {
    const health = reader.health(id);
    if (health === undefined) return undefined;
    const isCutOff = health.status === 'DEGRADED' && reader.definition(id)?.servingWhenDegraded === false;
    return isCutOff ? ServingStatus.NOT_SERVING : SERVING_STATUS[health.status];
  };

  /** What the caller sees. @throws UNAUTHENTICATED and PERMISSION_DENIED ones */
  const seenBy = (values: HandlerContext['values']) => readerOf(principalOf(values, 'READ'));

  return {
    check({ service }, { values }) {
      const status = service === OPENK ? openkStatus() : componentStatus(seenBy(values), service);
      if (status === undefined) throw refusal('COMPONENT_NOT_FOUND', { components: [service] });
      return toResponse(status);
    },

    /** The status at once, then each change of it; SERVICE_UNKNOWN while there is no such component. */
    watch({ service }, context) {
      const reader = service === OPENK ? undefined : seenBy(context.values);
      let sent: ServingStatus | undefined;
      return stream({
        signal: endOf(context),
        subscribe: (wake) => (reader === undefined ? subscribeReady(wake) : reader.subscribe([service], wake)),
        read() {
          const status =
            reader === undefined ? openkStatus() : (componentStatus(reader, service) ?? ServingStatus.SERVICE_UNKNOWN);
          if (status !== sent) {
            sent = status;
            return toResponse(status);
          }
          // Not before the status: a watcher of OpenK itself receives NOT_SERVING first.
          if (draining.aborted) throw refusal('SHUTTING_DOWN', {});
          return undefined;
        },
      });
    },

    /** OpenK itself, then the groups, then the others, each in order of their ids. */
    list(_request, { values }) {
      const reader = seenBy(values);
      const ids = reader.ids();
      if (ids.length > listLimit) {
        onRefused?.('grpc_health_list');
        throw refusal('LIST_TOO_LARGE', { components: ids.length, limit: listLimit });
      }
      const isGroup = (id: string) => reader.definition(id)?.subject.type === 'group';
      const ordered = [...ids.filter(isGroup), ...ids.filter((id) => !isGroup(id))];
      const toEntry = (id: string): [string, HealthCheckResponse] => [
        id,
        toResponse(componentStatus(reader, id) ?? ServingStatus.UNKNOWN),
      ];
      return { statuses: Object.fromEntries([[OPENK, toResponse(openkStatus())], ...ordered.map(toEntry)]) };
    },
  };
}

/** One for each status. Frozen, so that a server may keep their bytes. */
const RESPONSES: ReadonlyMap<ServingStatus, HealthCheckResponse> = new Map(
  Object.values(ServingStatus).map((status) => [status, Object.freeze(create(HealthCheckResponseSchema, { status }))]),
);

function toResponse(status: ServingStatus): HealthCheckResponse {
  return RESPONSES.get(status) ?? create(HealthCheckResponseSchema, { status });
}
