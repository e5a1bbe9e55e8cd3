// How many endpoints of a service serve, as the cluster sees it. A service has many slices: by address family, by port, by hundred; one pod is in several
// of them. `serving` counts and not `ready`: ready is never true of what is terminating, so that a rollout would look like an outage, and always
// true where a service publishes addresses that are not ready (KEP-1672).
import type { Observation } from '../../../core/observation.ts';
import type { Target } from '../../source.ts';
import type { KubernetesObject } from './reflector.ts';
import { record, records } from './resources.ts';

export interface Slice {
  readonly namespace: string;
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly endpoints: readonly Endpoint[];
}

interface Endpoint {
  /** The same in every slice that it is in. */
  readonly key: string;
  readonly serves: boolean;
  readonly isTerminating: boolean;
}

/** Undefined: it belongs to no service. */
export function readSlice({ metadata, endpoints }: KubernetesObject): Slice | undefined {
  const { namespace = 'default', labels = {} } = metadata;
  const service = labels['kubernetes.io/service-name'];
  if (service === undefined) return undefined;
  return {
    namespace,
    service,
    labels,
    endpoints: records(endpoints).map(({ conditions, targetRef, addresses }) => {
      const { ready, serving, terminating } = record(conditions);
      const { uid } = record(targetRef);
      const address = Array.isArray(addresses) ? String(addresses[0]) : '';
      // Not said is yes for both, and no for terminating (discovery.k8s.io/v1, EndpointConditions).
      const isReady = ready !== false;
      const serves = typeof serving === 'boolean' ? serving : isReady;
      return { key: typeof uid === 'string' ? uid : address, serves, isTerminating: terminating === true };
    }),
  };
}

/** A target for each service, with how it is. */
export function targetsOfSlices(slices: Iterable<Slice>): readonly Target[] {
  const services = new Map<string, Slice[]>();
  for (const slice of slices) {
    const key = `${slice.namespace}.${slice.service}`;
    const known = services.get(key);
    if (known === undefined) services.set(key, [slice]);
    else known.push(slice);
  }
  return [...services].map(([key, all]) => {
    const { namespace, service } = all[0]!;
    return {
      name: `endpoints.${key}`,
      address: `${service}.${namespace}.svc`,
      labels: { namespace, __meta_kubernetes_namespace: namespace, __meta_kubernetes_service_name: service },
      observation: observe(all),
    };
  });
}

function observe(slices: readonly Slice[]): Observation {
  const byKey = new Map<string, Endpoint>();
  for (const endpoint of slices.flatMap(({ endpoints }) => endpoints)) {
    const known = byKey.get(endpoint.key);
    // While it moves from one slice to another it is in both, and one of them is older.
    if (known === undefined || (endpoint.serves && !known.serves)) byKey.set(endpoint.key, endpoint);
  }
  const all = [...byKey.values()];
  const wanted = all.filter(({ isTerminating }) => !isTerminating);
  const serving = all.filter(({ serves }) => serves).length;
  const evidence = `${wanted.filter(({ serves }) => serves).length} of ${wanted.length}`;
  if (all.length === 0)
    return { outcome: 'UNHEALTHY', reason: { code: 'NO_ENDPOINTS', message: 'the service has no endpoints' } };
  if (serving === 0)
    return {
      outcome: 'UNHEALTHY',
      reason: { code: 'NO_ENDPOINTS', message: 'no endpoint of the service serves', evidence },
    };
  if (wanted.some(({ serves }) => !serves))
    return {
      outcome: 'DEGRADED',
      reason: { code: 'ENDPOINTS_NOT_READY', message: 'some endpoints of the service do not serve', evidence },
    };
  return { outcome: 'HEALTHY', reason: { code: 'OK', message: 'all endpoints of the service serve', evidence } };
}
