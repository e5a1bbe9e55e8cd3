// What REST needs to know of OpenK: its types, which names a caller may have meant, and which of its streams a reader can go
// on with.
import { createRegistry, isMessage } from '@bufbuild/protobuf';
import { file_google_rpc_error_details } from '../../gen/google/rpc/error_details_pb.ts';
import { HealthService, WatchHealthResponseSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { nearestName } from '../core/nearest.ts';
import { createRestCalls, type RestCalls, type RestCallsOptions } from '../protocols/rest/rest-calls.ts';
import type { ResumableStream } from '../protocols/rest/resume.ts';
import { withImports } from '../services/reflection/descriptor-index.ts';

/** @throws HttpRuleError for a google.api.http option that cannot be served */
export function createOpenkRest(options: Omit<RestCallsOptions, 'nearestName' | 'registry' | 'resumable'>): RestCalls {
  const files = options.methods.map(({ spec }) => spec.method.parent.file);
  return createRestCalls({
    ...options,
    nearestName,
    // Every type that the services know, and those of error details.
    registry: createRegistry(...withImports([...files, file_google_rpc_error_details])),
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
