// What the room in rest/ needs to know of OpenK: its services, how its errors look, which of its streams a reader can go on
// with.
import { randomUUID } from 'node:crypto';
import { createRegistry, type DescFile, type DescMethod, isMessage, type Registry } from '@bufbuild/protobuf';
import type { ConnectRouter, Interceptor } from '@connectrpc/connect';
import type { Logger } from 'pino';
import { file_google_rpc_error_details } from '../../../gen/google/rpc/error_details_pb.ts';
import { HealthService, WatchHealthResponseSchema } from '../../../gen/openk/health/v1/health_pb.ts';
import type { ContextOfClient, ObserveCall } from '../../calls/call.ts';
import type { MendRequest } from '../../calls/message-reader.ts';
import type { OpenCalls } from '../../calls/open-calls.ts';
import { nearestName } from '../../core/nearest.ts';
import { refusal } from '../../errors/to-connect.ts';
import { collectProcedures } from './procedures.ts';
import { createRestHandler, type RestHandler } from './rest-handler.ts';
import type { ResumableStream } from './resume.ts';

export interface OpenkRestOptions {
  readonly routes: (router: ConnectRouter) => void;
  /** Of methods that have none of their own. */
  readonly interceptors: readonly Interceptor[];
  /** Makes for a method what is told of its calls. Left out: an interceptor tells. */
  readonly observe?: (method: DescMethod) => ObserveCall;
  /** Counts the calls that have no complete answer yet. Left out: somebody else does. */
  readonly openCalls?: Pick<OpenCalls, 'opened' | 'closed'>;
  /** Largest body, in bytes. */
  readonly requestBytes: number;
  /** Told of each body that is larger. */
  readonly onOversized?: () => void;
  /** Once it fires, new calls are refused. */
  readonly draining: AbortSignal;
  /** Once it fires, calls in flight are aborted with its reason. */
  readonly shutdown: AbortSignal;
  /** What handlers may ask about the caller. */
  readonly contextOfClient: ContextOfClient;
  /** Told of what an observer of calls throws. */
  readonly onDefect: (error: unknown) => void;
  /** Asked where a body cannot be read. */
  readonly mend?: MendRequest;
  readonly logger: Logger;
}

/** @throws HttpRuleError for a google.api.http option that cannot be served. */
export function createOpenkRest(options: OpenkRestOptions): RestHandler {
  const { routes, interceptors, observe, logger, ...others } = options;
  const procedures = collectProcedures(routes, interceptors, observe);
  return createRestHandler({
    ...others,
    procedures,
    toDefect(error, method) {
      const id = randomUUID();
      logger.error({ id, err: error, method }, 'a REST call failed unexpectedly');
      return refusal('INTERNAL', { id });
    },
    nearestName,
    registry: createTypeRegistry(procedures.map(({ method }) => method.parent.file)),
    resumable: [RESUMABLE_WATCH],
  });
}

/** A browser that lost the stream goes on where it was. */
const RESUMABLE_WATCH: ResumableStream = {
  method: HealthService.method.watchHealth,
  lastEventIdField: 'since_revision',
  eventId: (message) =>
    isMessage(message, WatchHealthResponseSchema) ? message.event.value?.revision.toString() : undefined,
};

/** Every type that the services know, and those of error details. */
function createTypeRegistry(files: readonly DescFile[]): Registry {
  const all = new Set<DescFile>();
  const add = (file: DescFile) => {
    if (all.has(file)) return;
    all.add(file);
    file.dependencies.forEach(add);
  };
  [...files, file_google_rpc_error_details].forEach(add);
  return createRegistry(...all);
}
