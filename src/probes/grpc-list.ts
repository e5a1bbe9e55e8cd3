// A whole gRPC server by grpc.health.v1.Health/List: the server and each of its services. Where it cannot list, the server is asked by
// Check, and so is each service that it listed before (https://github.com/grpc/grpc/blob/master/doc/health-checking.md).
import { type CallOptions, type Client, Code } from '@connectrpc/connect';
import type { Health, HealthCheckResponse_ServingStatus as ServingStatus } from '../../gen/grpc/health/v1/health_pb.ts';
import type { Observation, ObservedPart } from '../core/observation.ts';
import { isStatus } from './grpc-failure.ts';
import { combine } from './health-body/parts.ts';
import { reason } from './reason.ts';

/** The `service` that stands for all of them. */
export const EVERY_SERVICE = '*';

/** Services that are asked for one by one: as many as servers list. */
const MAX_CHECKED = 100;
/** Services that a reason names. */
const MAX_NAMED = 5;

export interface ListingOptions {
  readonly target: string;
  /** What a status says of a service; empty: of the server. */
  readonly observationOf: (status: ServingStatus, service: string) => Observation;
}

/** Asks for all. @throws what the call fails with, unless it says that the server does not list */
export type Listing = (client: Client<typeof Health>, options: CallOptions) => Promise<Observation>;

/** Remembers what a server listed, for as long as it does not. */
export function createListing({ target, observationOf }: ListingOptions): Listing {
  let listed: readonly string[] = [];

  const list = async (client: Client<typeof Health>, options: CallOptions) => {
    const { statuses } = await client.list({}, options);
    const found = new Map(Object.entries(statuses).map(([name, { status }]) => [name, status]));
    listed = [...found.keys()].filter((name) => name !== '').slice(0, MAX_CHECKED);
    return found;
  };

  const checkEach = async (client: Client<typeof Health>, options: CallOptions) => {
    const found = new Map<string, ServingStatus>();
    for (const service of ['', ...listed]) {
      try {
        found.set(service, (await client.check({ service }, options)).status);
      } catch (error) {
        // Whom the server does not know any more is no part of it; that it does not speak for itself says nothing.
        if (!isStatus(error, Code.NotFound)) throw error;
      }
    }
    return found;
  };

  return async (client, options) => {
    let found: ReadonlyMap<string, ServingStatus>;
    try {
      found = await list(client, options);
    } catch (error) {
      // grpc-go and grpc-js list a hundred at the most; others do not list at all.
      if (!isStatus(error, Code.Unimplemented) && !isStatus(error, Code.ResourceExhausted)) throw error;
      found = await checkEach(client, options);
      if (listed.length === 0 && found.size > 0) return observationOf(found.get('')!, '');
    }
    if (found.size === 0) {
      const why = reason('SERVICE_UNKNOWN', `${target} says nothing of itself, and lists no service`);
      return { outcome: 'UNKNOWN', reason: why, parts: [] };
    }
    return observe(found);
  };

  function observe(found: ReadonlyMap<string, ServingStatus>): Observation {
    const parts: ObservedPart[] = [];
    for (const [service, status] of found) {
      if (service === '') continue;
      const { outcome, reason: why } = observationOf(status, service);
      parts.push({ name: service, outcome, reason: why });
    }
    const whole = found.get('');
    const own = whole === undefined ? undefined : observationOf(whole, '');
    const words = parts.map(({ outcome }) => ({ word: { verdict: outcome }, mayFail: false }));
    const verdict = combine(own?.outcome, words)!;
    if (own !== undefined && own.outcome === verdict) return { ...own, parts };
    const unwell = parts.filter(({ outcome }) => outcome !== 'HEALTHY').map(({ name }) => name);
    if (unwell.length === 0) return { outcome: verdict, reason: reason('OK', 'answered SERVING'), parts };
    const more = unwell.length > MAX_NAMED ? [`${unwell.length - MAX_NAMED} more`] : [];
    const which = [...unwell.slice(0, MAX_NAMED), ...more].join(', ');
    return { outcome: verdict, reason: reason('NOT_SERVING', `at ${target} does not serve: ${which}`), parts };
  }
}
