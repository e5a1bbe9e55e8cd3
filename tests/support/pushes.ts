// What a probe pushes between runs, for tests to wait for.
import type { Observation } from '../../src/core/observation.ts';

export interface Pushes {
  readonly all: readonly Observation[];
  readonly push: (observation: Observation) => void;
  /** The first one that was not asked for yet; waits for it. */
  next(): Promise<Observation>;
}

export function createPushes(): Pushes {
  const all: Observation[] = [];
  let asked = 0;
  let arrived = Promise.withResolvers<void>();
  return {
    all,
    push(observation) {
      all.push(observation);
      arrived.resolve();
      arrived = Promise.withResolvers<void>();
    },
    async next() {
      const index = asked++;
      for (;;) {
        const observation = all[index];
        if (observation !== undefined) return observation;
        await arrived.promise;
      }
    },
  };
}
