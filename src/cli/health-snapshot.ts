// The state that the messages of the stream add up to: the latest health of everything watched.
import type { ComponentHealth, WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';

export interface HealthChange {
  readonly before: ComponentHealth | undefined;
  /** Undefined: the component is gone. */
  readonly after: ComponentHealth | undefined;
  readonly component: string;
}

export interface HealthSnapshot {
  /** Number of the latest change that the state includes; 0 before the first message. */
  readonly revision: bigint;
  readonly size: number;
  get(component: string): ComponentHealth | undefined;
  all(): Iterable<ComponentHealth>;
  /** Takes a message in; returns what changed. A snapshot is compared with what was there. */
  apply(response: WatchHealthResponse): HealthChange[];
}

export function createSnapshot(): HealthSnapshot {
  const byId = new Map<string, ComponentHealth>();
  let revision = 0n;

  const put = (after: ComponentHealth): HealthChange[] => {
    const before = byId.get(after.component);
    byId.set(after.component, after);
    return before?.revision === after.revision ? [] : [{ component: after.component, before, after }];
  };
  const remove = (component: string): HealthChange[] => {
    const before = byId.get(component);
    return byId.delete(component) ? [{ component, before, after: undefined }] : [];
  };

  return {
    get revision() {
      return revision;
    },
    get size() {
      return byId.size;
    },
    get: (component) => byId.get(component),
    all: () => byId.values(),
    apply({ event }) {
      revision = event.value?.revision ?? revision;
      if (event.case === 'snapshot') {
        const { components } = event.value;
        const present = new Set(components.map(({ component }) => component));
        const gone = [...byId.keys()].filter((id) => !present.has(id));
        return [...gone.flatMap(remove), ...components.flatMap(put)];
      }
      if (event.case === 'change')
        return [...event.value.removed.flatMap(remove), ...event.value.components.flatMap(put)];
      return [];
    },
  };
}
