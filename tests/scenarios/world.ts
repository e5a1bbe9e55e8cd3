// The real engine under a fake clock and over a store in memory, for scenarios: its probes say what the scenario says, and
// every decision that it publishes is written down.

import { createAlerter } from '../../src/alerts/decide/alerter.ts';
import type { Alert, AlertChanges, AlertSettings, Delivery } from '../../src/core/alert.ts';
import type { Alerter, AlertInput } from '../../src/core/alerter.ts';
import type { SystemDefinition } from '../../src/core/definition.ts';
import type { Health } from '../../src/core/health.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { ProbeRun } from '../../src/core/probe.ts';
import type { Decision } from '../../src/engine/decision.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createScriptedStore, type ScriptedStore } from '../support/scripted-store.ts';

/** Something that is published, in the order in which it is. */
export type Event =
  | { readonly health: Health }
  | { readonly removed: string; readonly revision: number }
  | { readonly delivery: Delivery }
  /** Without a message about it. */
  | { readonly alert: Alert }
  | { readonly note: string };

export interface World {
  readonly clock: FakeClock;
  readonly engine: Engine | undefined;
  readonly store: ScriptedStore;
  start(system: SystemDefinition, alerts: AlertSettings): Promise<void>;
  reload(system: SystemDefinition, alerts: AlertSettings): Promise<void>;
  /** Ends as a shutdown does. */
  stop(): Promise<void>;
  /** Ends as a crash does: what the store has not got is lost. */
  kill(): Promise<void>;
  observe(id: string, observation: Observation): void;
  /** Revisions are numbered from 1 in the order in which they are published: the real ones begin at the time of the start. */
  numberOf(revision: number): number;
  revisionOf(number: number): number;
  /** Takes away what happened since the last call. */
  takeEvents(): Event[];
}

export function createWorld(startMs: number): World {
  const clock = createFakeClock(startMs);
  const pushes = new Map<string, (observation: Observation) => void>();
  let store = createScriptedStore();
  let engine: Engine | undefined;
  let events: Event[] = [];
  const revisions: number[] = [];
  let defined: SystemDefinition = { rootId: '', components: [] };

  const write = ({ removed, changed, alerts }: Decision) => {
    for (const { id, revision } of removed) {
      revisions.push(revision);
      events.push({ removed: id, revision });
    }
    for (const health of changed) {
      revisions.push(health.revision);
      events.push({ health });
    }
    if (alerts !== undefined) writeAlerts(alerts);
  };
  const writeAlerts = ({ alerts, forgotten, deliveries }: AlertChanges) => {
    const told = new Set(deliveries.map(({ alert }) => alert));
    for (const _ of forgotten) events.push({ note: 'an alert came to nothing' });
    for (const delivery of deliveries) events.push({ delivery });
    for (const { alert } of alerts) if (!told.has(alert.id)) events.push({ alert });
  };
  const end = async () => {
    const ending = engine;
    engine = undefined;
    pushes.clear();
    const closed = ending?.close();
    // A store that does not answer is waited for.
    await clock.advance(0);
    if (store.mode === 'hold') await clock.advance(2_000);
    await closed;
  };
  return {
    clock,
    get engine() {
      return engine;
    },
    get store() {
      return store;
    },
    async start(system, alerts) {
      defined = system;
      store = createScriptedStore(store.saved(), store.savedAlerting(), store.alertsThatAreOver());
      engine = await createEngine({
        system: withoutRuns(system),
        clock,
        createProbe(_subject, { componentId, push }) {
          pushes.set(componentId, push);
          return { host: componentId, probe: { run: untilCancelled, close: async () => {} } };
        },
        limits: { inFlight: 1_000, inFlightPerHost: 1_000 },
        store,
        alerts: { settings: alerts, create: (options) => withTimeouts(createAlerter(options), () => defined) },
        subscribers: [write],
        listener: {
          onGap: (gapMs) => events.push({ note: `nobody watched for ${Math.round(gapMs / 1_000)}s` }),
          onStoreFault: (fault) =>
            events.push({ note: fault === undefined ? 'history is kept again' : 'history cannot be kept' }),
        },
      });
      engine.start();
      await clock.advance(0);
    },
    async reload(system, alerts) {
      defined = system;
      await engine?.reload(withoutRuns(system), alerts);
    },
    stop: end,
    async kill() {
      const left = [store.saved(), store.savedAlerting(), store.alertsThatAreOver()] as const;
      await end();
      store = createScriptedStore(...left);
    },
    observe(id, observation) {
      const push = pushes.get(id);
      if (push === undefined) throw new Error(`no probe '${id}'`);
      push(observation);
    },
    numberOf: (revision) => revisions.indexOf(revision) + 1,
    revisionOf(number) {
      const revision = revisions[number - 1];
      if (revision === undefined) throw new Error(`no revision ${number} was published yet`);
      return revision;
    },
    takeEvents() {
      const taken = events;
      events = [];
      return taken;
    },
  };
}

/** Its probes say what they are told to say, and never look by themselves: their runs go on without an answer. */
function withoutRuns(system: SystemDefinition): SystemDefinition {
  const timeoutMs = Number.MAX_SAFE_INTEGER;
  const components = system.components.map((component) => {
    const { subject } = component;
    if (subject.type !== 'probe') return component;
    return { ...component, subject: { ...subject, schedule: { ...subject.schedule, timeoutMs } } };
  });
  return { ...system, components };
}

/** What decides alerts knows how long a look may really take. */
function withTimeouts(alerter: Alerter, defined: () => SystemDefinition): Alerter {
  return Object.defineProperties(Object.create(alerter) as Alerter, {
    take: {
      value({ structure, ...input }: AlertInput) {
        if (structure === undefined) return alerter.take(input);
        const byId = new Map(defined().components.map((definition) => [definition.id, definition]));
        const definitions = structure.graph.definitions.map((one) => byId.get(one.id) ?? one);
        return alerter.take({ ...input, structure: { ...structure, graph: { ...structure.graph, definitions } } });
      },
    },
  });
}

function untilCancelled({ signal }: Pick<ProbeRun, 'signal'>): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
