// An engine under a fake clock, with probes that do what the test says.

import type { SystemDefinition } from '../../src/core/definition.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { ProbeRun } from '../../src/core/probe.ts';
import type { Store } from '../../src/core/store.ts';
import type { Decision, StatusChange } from '../../src/engine/decision.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { TraceRun } from '../../src/engine/prober.ts';
import type { Workers } from '../../src/engine/worker-ports.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createScriptedStore, type ScriptedStore } from '../support/scripted-store.ts';
import { saw } from './aggregator-world.ts';

/** How a probe answers: at once, with what this gives or throws; `hold`: when the test says. */
/** Of a component that no probe can be made for. */
export const UNMAKEABLE = 'unmakeable';

export type Script = ((run: ProbeRun) => Observation) | 'hold';

export interface ScriptedProbe {
  readonly id: string;
  readonly subject: { readonly kind: string; readonly options: unknown };
  readonly push: (observation: Observation) => void;
  readonly runs: ScriptedRun[];
  /** Calls of `close`. */
  closes: number;
}

export interface ScriptedRun extends ProbeRun {
  /** Monotonic milliseconds. */
  readonly startMs: number;
  answer(observation: Observation): void;
  fail(error: unknown): void;
}

export interface EngineWorld {
  readonly clock: FakeClock;
  readonly engine: Engine;
  readonly store: ScriptedStore;
  readonly probes: ScriptedProbe[];
  /** The latest probe that was made for a component. */
  probe(id: string): ScriptedProbe;
  /** Lets time pass until a component is looked at once more. */
  nextRun(id: string): Promise<ScriptedRun>;
  /** How the probes of a component answer from now on; HEALTHY at once when nothing is said. */
  script(id: string, script: Script): void;
  readonly decisions: Decision[];
  readonly statusChanges: StatusChange[];
  readonly probeRuns: { readonly id: string; readonly kind: string; readonly observation: Observation }[];
  readonly lags: number[];
  readonly storeFaults: unknown[];
  readonly defects: { readonly error: unknown; readonly id: string }[];
}

export interface EngineWorldOptions {
  readonly onClose?: (probe: ScriptedProbe) => Promise<void>;
  readonly store?: ScriptedStore;
  /** In place of `store`. */
  readonly history?: Store;
  readonly clock?: FakeClock;
  readonly traceRun?: TraceRun;
  readonly workers?: Workers;
}

export async function createEngineWorld(
  system: SystemDefinition,
  {
    onClose = async () => {},
    store = createScriptedStore(),
    history,
    clock = createFakeClock(),
    traceRun,
    workers,
  }: EngineWorldOptions = {},
): Promise<EngineWorld> {
  const probes: ScriptedProbe[] = [];
  const scripts = new Map<string, Script>();
  const decisions: Decision[] = [];
  const statusChanges: StatusChange[] = [];
  const probeRuns: EngineWorld['probeRuns'] = [];
  const lags: number[] = [];
  const defects: EngineWorld['defects'] = [];
  const storeFaults: unknown[] = [];
  const engine = await createEngine({
    system,
    clock,
    createProbe(subject, { componentId: id, push }) {
      if (id === UNMAKEABLE) throw new Error('its CA file is gone');
      const probe: ScriptedProbe = { id, subject, push, runs: [], closes: 0 };
      probes.push(probe);
      return {
        host: `host of ${id}`,
        probe: {
          async run(run) {
            const over = Promise.withResolvers<Observation>();
            probe.runs.push({ ...run, startMs: clock.monotonicMs(), answer: over.resolve, fail: over.reject });
            const script = scripts.get(id) ?? (() => saw('HEALTHY'));
            return script === 'hold' ? over.promise : script(run);
          },
          close() {
            probe.closes += 1;
            return onClose(probe);
          },
        },
      };
    },
    limits: { inFlight: 100, inFlightPerHost: 100 },
    store: history ?? store,
    ...(traceRun && { traceRun }),
    ...(workers && { workers }),
    subscribers: [(decision) => decisions.push(decision), (decision) => statusChanges.push(...decision.statusChanges)],
    listener: {
      onProbeRun: (run) => probeRuns.push(run),
      onLag: (lagMs) => lags.push(lagMs),
      onStoreFault: (fault) => storeFaults.push(fault),
      onDefect: (error, id) => defects.push({ error, id }),
    },
  });
  const runsOf = (id: string) => probes.filter((probe) => probe.id === id).flatMap(({ runs }) => runs);
  return {
    clock,
    engine,
    store,
    storeFaults,
    probes,
    probe: (id) => probes.findLast((probe) => probe.id === id)!,
    async nextRun(id) {
      const known = runsOf(id).length;
      for (let step = 0; runsOf(id).length === known; step++) {
        if (step > 10_000) throw new Error(`nobody looks at ${id}`);
        await clock.advance(10);
      }
      return runsOf(id)[known]!;
    },
    script: (id, script) => scripts.set(id, script),
    decisions,
    statusChanges,
    probeRuns,
    lags,
    defects,
  };
}
