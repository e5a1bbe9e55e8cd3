// Targets of a Kubernetes cluster: one reflector for each kind and namespace, each with its own fate. What one of them may not read does not
// keep the others from what they may.
import {
  type KubernetesDiscovery,
  KubernetesDiscovery_Resource as Resource,
} from '../../../../gen/openk/config/v1/config_pb.ts';
import { createHttpReader } from '../../http.ts';
import type { Source, SourceContext, SourceReading, Target, TargetFault } from '../../source.ts';
import { createAccess } from './access.ts';
import { readSlice, type Slice, targetsOfSlices } from './endpoints.ts';
import { createReflector, type KubernetesObject, type Reflector } from './reflector.ts';
import { fromHttpRoute, fromIngress, fromService, type ToTargets } from './resources.ts';

interface Kind {
  readonly name: string;
  readonly group: string;
  readonly plural: string;
  /** Undefined: slices, which are put together. */
  readonly toTargets?: ToTargets;
}

const KINDS: Readonly<Partial<Record<Resource, Kind>>> = {
  [Resource.HTTP_ROUTE]: {
    name: 'HTTP_ROUTE',
    group: '/apis/gateway.networking.k8s.io/v1',
    plural: 'httproutes',
    toTargets: fromHttpRoute,
  },
  [Resource.INGRESS]: {
    name: 'INGRESS',
    group: '/apis/networking.k8s.io/v1',
    plural: 'ingresses',
    toTargets: fromIngress,
  },
  [Resource.SERVICE]: { name: 'SERVICE', group: '/api/v1', plural: 'services', toTargets: fromService },
  [Resource.ENDPOINT_SLICE]: { name: 'ENDPOINT_SLICE', group: '/apis/discovery.k8s.io/v1', plural: 'endpointslices' },
};

/** What is kept of an object: a few hundred bytes, where the object may have a hundred kilobytes. */
interface Kept {
  readonly targets: readonly Target[];
  readonly slice: Slice | undefined;
  readonly faults: readonly TargetFault[];
}

interface Watched {
  readonly kind: Kind;
  readonly namespace: string;
  readonly reflector: Reflector<Kept>;
}

/** What was seen before says nothing of now. */
function unknown(target: Target): Target {
  const reason = { code: 'DISCOVERY_LOST', message: 'the cluster cannot be asked for its endpoints' };
  return { ...target, observation: { outcome: 'UNKNOWN', reason } };
}

export function createKubernetesSource(options: KubernetesDiscovery, context: SourceContext): Source {
  const { clock, onChange, random } = context;
  const http = createHttpReader(context);
  const access = createAccess(options, context);
  const isSelected = options.selector !== '';
  const namespaces = options.namespaces.length === 0 ? [''] : options.namespaces;
  let found: Pick<Kept, 'targets' | 'faults'> | undefined;
  const changed = () => {
    found = undefined;
    // What is the first answer of all of them, or the first failure, is no answer as long as others are on their way.
    if (all.every(({ reflector }) => reflector.objects !== undefined || reflector.fault !== undefined)) onChange();
  };
  const all: Watched[] = [];
  for (const resource of options.from) {
    const kind = KINDS[resource];
    if (kind === undefined) continue;
    const { toTargets } = kind;
    const keep = (object: KubernetesObject): Kept => {
      if (toTargets === undefined) return { targets: [], slice: readSlice(object), faults: [] };
      const made = toTargets(object, isSelected);
      return 'message' in made
        ? { targets: [], slice: undefined, faults: [made] }
        : { targets: made, slice: undefined, faults: [] };
    };
    for (const namespace of namespaces) {
      const path = `${kind.group}${namespace === '' ? '' : `/namespaces/${namespace}`}/${kind.plural}`;
      const reflector = createReflector({
        clock,
        http,
        access,
        random,
        path,
        selector: options.selector,
        keep,
        onChange: changed,
      });
      all.push({ kind, namespace, reflector });
    }
  }

  const collect = () => {
    const ofEach = all.map(({ reflector: { objects, fault } }) => {
      const kept = [...(objects?.values() ?? [])];
      const ofSlices = targetsOfSlices(kept.flatMap(({ slice }) => slice ?? []));
      return {
        targets: [...kept.flatMap((one) => one.targets), ...(fault === undefined ? ofSlices : ofSlices.map(unknown))],
        faults: kept.flatMap((one) => one.faults),
      };
    });
    return { targets: ofEach.flatMap((each) => each.targets), faults: ofEach.flatMap((each) => each.faults) };
  };
  return {
    read(): SourceReading {
      if (all.some(({ reflector }) => reflector.objects !== undefined)) found ??= collect();
      const lost = all.flatMap(({ kind, namespace, reflector: { fault } }) =>
        fault === undefined ? [] : [`${kind.name}${namespace === '' ? '' : ` in ${namespace}`}: ${fault}`],
      );
      return { targets: found?.targets, faults: found?.faults ?? [], lost: [...new Set(lost)] };
    },
    async close() {
      await Promise.all(all.map(({ reflector }) => reflector.close()));
    },
  };
}
