// A watcher that survives the OpenK that it watches: it comes back with the revision that it has seen.
import type { ComponentHealth, WatchHealthResponse } from '../../../gen/openk/health/v1/health_pb.ts';
import type { HealthClient } from '../running-openk.ts';

export interface ResumingWatcher {
  /** Watches until the stream ends, however it does. Settles with the first message, or with undefined without one. */
  follow(client: HealthClient): Promise<WatchHealthResponse | undefined>;
  /** Settles once it has been told of a revision that is as high, or its stream has ended. */
  reaches(revision: bigint): Promise<void>;
  /** Settles when its stream has ended. */
  ended(): Promise<void>;
  readonly known: ReadonlyMap<string, ComponentHealth>;
}

export function createResumingWatcher(
  components: readonly string[],
  onTold: (health: ComponentHealth) => void,
): ResumingWatcher {
  const known = new Map<string, ComponentHealth>();
  let revision = 0n;
  let ended = Promise.resolve();
  const waiting = new Set<() => void>();

  const apply = ({ event }: WatchHealthResponse) => {
    if (event.case === 'snapshot') known.clear();
    if (event.case === 'snapshot' || event.case === 'change') {
      for (const health of event.value.components) {
        known.set(health.component, health);
        onTold(health);
      }
    }
    if (event.case === 'change') for (const id of event.value.removed) known.delete(id);
    revision = event.value?.revision ?? revision;
    for (const wake of [...waiting]) wake();
  };
  return {
    known,
    follow(client) {
      const first = Promise.withResolvers<WatchHealthResponse | undefined>();
      const listen = async () => {
        try {
          for await (const message of client.watchHealth({ components: [...components], sinceRevision: revision })) {
            apply(message);
            first.resolve(message);
          }
        } catch {
          // It was killed, or says that it ends.
        }
        first.resolve(undefined);
        for (const wake of [...waiting]) wake();
      };
      ended = listen();
      return first.promise;
    },
    async reaches(target) {
      let isOver = false;
      void ended.then(() => {
        isOver = true;
      });
      while (revision < target && !isOver) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
        waiting.delete(resolve);
      }
    },
    ended: () => ended,
  };
}
