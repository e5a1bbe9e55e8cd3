// A probe whose code is loaded by its first run: kinds that few use cost nobody else memory, nor time at the start.
import type { Probe } from '../core/probe.ts';

/** @param load called once; a probe that never ran has nothing to close @param timedOut of the probe, known before it is loaded */
export function onFirstRun(load: () => Promise<Probe>, timedOut?: Probe['timedOut']): Probe {
  let loaded: Promise<Probe> | undefined;
  return {
    ...(timedOut && { timedOut }),
    async run(run) {
      loaded ??= load();
      const probe = await loaded;
      return probe.run(run);
    },
    close: async () => (await loaded)?.close(),
  };
}
