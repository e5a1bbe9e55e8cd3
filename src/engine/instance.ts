// One of several OpenK on one store. The one that holds it decides; the others stand by: they show what that one has decided, as soon as
// the store has it, and take over when nobody holds it any more, with the same view, so that watchers go on.

import { setImmediate } from 'node:timers/promises';
import type { Alert, AlertOperator } from '../core/alert.ts';
import type { Clock } from '../core/clock.ts';
import type { SystemDefinition } from '../core/definition.ts';
import { compileGraphInSteps, type Graph } from '../core/graph.ts';
import type { Health } from '../core/health.ts';
import { compileNext } from '../core/next-graph.ts';
import { ownerOfIdentity } from '../core/parts.ts';
import type { Incident } from '../core/status-page.ts';
import { inSlices, type Steps } from '../core/steps.ts';
import type { Followed, SavedComponent, Store } from '../core/store.ts';
import { createTurns } from '../core/turns.ts';
import { initialHealth } from './component-state.ts';
import { decide, withoutFaults } from './decider.ts';
import { createDeciderState } from './decider-state.ts';
import type { Structure } from './decision.ts';
import { createEngine, createShown, type Engine, type EngineOptions, type Shown } from './engine.ts';
import type { HealthReader, HealthReporter } from './health-ports.ts';
import type { JournalStats } from './journal.ts';
import { withSavedParts } from './parts.ts';
import { shownBy } from './view.ts';

export interface InstanceOptions extends EngineOptions {
  readonly store: EngineOptions['store'] & Pick<Store, 'claim' | 'follow'>;
  readonly instance: InstanceListener;
}

/** Must not throw. */
export interface InstanceListener {
  /** It decides from now on. */
  onTakeOver(): void;
  /** Another one has changed these. */
  onIncidents(changed: readonly Incident[]): void;
  /** Who holds the store, as a token, each time that it is another: first with the one that does at the start. Undefined: this one, which is about to decide. */
  onHolder?(holder: string | undefined): void;
  /** What another one writes cannot be read; with undefined: it can again. */
  onFollowFault(fault: unknown): void;
}

/** Whether it decides, and how it stands where another one does. */
export interface Standing {
  /** Who decides, for people; undefined: this one. */
  heldBy(): string | undefined;
  /** How old what it knows is, in milliseconds. 0 where it decides itself. */
  behindMs(): number;
  /** It is so old that nobody can go on from it: what it shows says that it is not known, and streams are to be had elsewhere. */
  isOutdated(): boolean;
  /** Of who decides: nobody else can have decided anything meanwhile, of which nothing is known here. Left out: so it is. */
  isSure?(): boolean;
}

export type Instance = Engine & Standing;

export const DECIDES: Standing = { heldBy: () => undefined, behindMs: () => 0, isOutdated: () => false };

/** Between two looks at what the other one has written; and as long as that changes, since more mostly follows. */
const [POLL_MS, SOON_MS] = [100, 50];
/** After the last change. */
const CHANGING_MS = 1_000;
/** Longer than a lease: by then another one may decide, of which nothing is known here. */
const OUTDATED_MS = 15_000;
/** The one that decides writes each second, if only that time has passed. One that does not may have decided what is not known here. */
const SILENT_MS = 5_000;
/**
 * Nothing could be read for so long that a lease may have ended with nobody gone: the database was away. Then the one that held it comes first, as
 * soon as it renews that: what it has in memory alone is lost where another one decides. It has time for a try that waits in vain for a connection,
 * and for the next one.
 */
const [AWAY_MS, YIELD_MS] = [5_000, 8_000];
const ASSESS_MS = 1_000;
/** Of looks at one that is catching up. */
const MAX_TRIES = 100;

/** @throws as `createEngine` */
export async function createInstance(options: InstanceOptions): Promise<Instance> {
  const { store } = options;
  const { follow } = store;
  if (follow === undefined || (await store.claim?.()) !== false) {
    const engine = await createEngine(options);
    return { ...engine, ...DECIDES };
  }
  return createStandby(options, follow);
}

async function createStandby(options: InstanceOptions, follow: NonNullable<Store['follow']>): Promise<Instance> {
  const { clock, store, instance } = options;
  let { system } = options;
  let alertSettings = options.alerts?.settings;
  let engine: Engine | undefined;
  let isStarted = false;
  let isClosed = false;
  let isClaimed = false;
  /** By id, what the store has. */
  const rows = new Map<string, SavedComponent>();
  const first = await wholeMoment(clock, follow);
  for (const row of first.components) rows.set(row.id, row);
  const inShortSlices = <Result>(steps: Steps<Result>) =>
    inSlices(steps, { nowMs: () => clock.monotonicMs(), pause: () => setImmediate() });
  /** What the other one has written, reloads, and the take-over, which takes over the definitions of the last one. */
  const turns = createTurns();
  let structure = await inShortSlices(structureOf(system, rows, undefined));
  let { batch, heldBy, holder } = first;
  /** As of when it is known how everything is. */
  let knownMs = clock.monotonicMs();
  /** The last transaction of the other one that was seen, and when. */
  let written = { batch, atMs: knownMs };
  let readMs = knownMs;
  let fault: unknown;
  /** When it could be read again. */
  let backMs = Number.NEGATIVE_INFINITY;
  let assessedMs = Number.NEGATIVE_INFINITY;
  let polls = 0;
  let changedMs = Number.NEGATIVE_INFINITY;
  const shown = createShown({
    ...options,
    saved: {
      revision: first.revision,
      components: first.components.filter(({ id }) => structure.graph.indexOf.has(id)),
      removed: first.removed,
    },
    startRevision: first.incarnation?.startRevision ?? 0,
    savedAlerting: { alerts: first.alerts.alerts, suspensions: first.alerts.suspensions, lastDeliveryNumber: 0 },
  });
  const { view, alertView } = shown;
  view.began(first.incarnation?.startRevision ?? 0, first.incarnation?.resumable ?? []);

  const behindMs = () => (engine === undefined ? clock.monotonicMs() - knownMs : 0);
  const isOutdated = () => behindMs() >= OUTDATED_MS;
  const show = (
    written: readonly SavedComponent[],
    removed: Followed['removed'],
    revision: number,
    next?: Structure,
  ) => {
    const { indexOf, definitions } = structure.graph;
    const at = { wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
    const healths = new Map<string, Health>();
    const places = next === undefined ? [] : (next.changes?.indexes ?? definitions.keys());
    for (const index of places) {
      const definition = definitions[index]!;
      const { id } = definition;
      // What only this one's configuration has, nobody has looked at.
      if (view.health(id) === undefined) healths.set(id, rows.get(id)?.health ?? initialHealth(definition, at));
    }
    for (const { id } of removed) {
      const index = indexOf.get(id);
      if (index !== undefined) healths.set(id, initialHealth(definitions[index]!, at));
    }
    for (const { id, health } of written) if (indexOf.has(id)) healths.set(id, health);
    view.follow({ structure: next, healths: [...healths.values()], removed, revision });
  };
  show(first.components, [], first.revision, structure);

  const take = async (followed: Followed) => {
    heldBy = followed.heldBy;
    if (followed.holder !== holder && !isClaimed) {
      holder = followed.holder;
      instance.onHolder?.(holder);
    }
    if (followed.batch === batch) return;
    if (followed.components.length > 0) changedMs = clock.monotonicMs();
    // The other one is catching up: some of what it has decided is still to come between.
    if (latestOf(followed) > followed.revision && !isClaimed) return;
    batch = followed.batch;
    if (followed.incarnation) view.began(followed.incarnation.startRevision, followed.incarnation.resumable);
    const { revision } = followed;
    let removed = followed.removed;
    if (followed.isWhole) {
      const there = new Set(followed.components.map(({ id }) => id));
      const said = new Map(removed.map((one) => [one.id, one]));
      removed = [...rows.keys()].filter((id) => !there.has(id)).map((id) => said.get(id) ?? { id, revision });
    }
    let isOther = false;
    for (const { id } of removed) isOther = (rows.delete(id) && structure.graph.indexOf.has(id)) || isOther;
    for (const row of followed.components) {
      const isNew = !structure.graph.indexOf.has(row.id) && ownerOfIdentity(row.fingerprint) !== undefined;
      isOther ||= isNew;
      rows.set(row.id, row);
    }
    if (isOther) structure = await inShortSlices(structureOf(system, rows, structure.graph));
    show(followed.components, removed, revision, isOther ? structure : undefined);
    takeAlerts(followed);
    if (followed.incidents.length > 0) instance.onIncidents(followed.incidents);
  };
  const takeAlerts = ({ alerts, isWhole }: Followed) => {
    const open = new Set(alerts.alerts.map(({ alert }) => alert.id));
    const isGone = ({ id }: Alert) => !open.has(id);
    const forgotten = isWhole ? alertView.list().filter(isGone) : [];
    alertView.apply({ ...alerts, forgotten: [...alerts.forgotten, ...forgotten.map(({ id }) => id)], deliveries: [] });
  };
  /** What ran out by its time: nobody here knows how it is. */
  const assess = () => {
    if (clock.monotonicMs() < assessedMs + ASSESS_MS) return;
    assessedMs = clock.monotonicMs();
    const now = { wallMs: clock.nowMs(), monotonicMs: assessedMs };
    const saved = { revision: 0, components: [...rows.values()], removed: [] };
    const state = createDeciderState(saved, 0, { observed() {}, refreshed() {}, foundParts() {}, lookAgainAt() {} });
    decide(state, { kind: 'suspensions', suspensions: alertView.suspensions() }, now);
    decide(state, { kind: 'definition', system }, now);
    const healths: Health[] = [];
    for (const { health } of state.system?.components ?? []) {
      const known = view.health(health.component);
      if (known === undefined || known.status === health.status) continue;
      healths.push({ ...health, revision: known.revision });
    }
    view.show(healths);
  };
  const showAll = () => view.show([...rows.values()].flatMap(({ id, health }) => (view.health(id) ? [health] : [])));
  const takeOver = async () => {
    await take(await follow(batch));
    engine = await createEngine({
      ...options,
      system,
      ...(options.alerts && { alerts: { ...options.alerts, settings: alertSettings ?? options.alerts.settings } }),
      shown,
    });
    rows.clear();
    if (isClosed) return engine.close();
    engine.start();
    instance.onTakeOver();
  };
  const follower = createFollower(clock, async () => {
    polls += 1;
    const sentMs = clock.monotonicMs();
    try {
      const followed = await follow(batch);
      if (isClosed) return 'done';
      const wasOutdated = isOutdated();
      if (followed.batch !== written.batch) written = { batch: followed.batch, atMs: sentMs };
      knownMs = sentMs - written.atMs < SILENT_MS ? sentMs : written.atMs;
      if (sentMs - readMs >= AWAY_MS) backMs = sentMs;
      readMs = sentMs;
      await turns.take(() => take(followed));
      if (isOutdated()) assess();
      else if (wasOutdated) showAll();
      if (fault !== undefined) instance.onFollowFault(undefined);
      fault = undefined;
      const mayClaim = followed.isFree && isStarted && sentMs - backMs >= YIELD_MS;
      isClaimed ||= mayClaim && (await store.claim!());
      if (!isClaimed) return clock.monotonicMs() - changedMs < CHANGING_MS ? 'soon' : 'again';
      instance.onHolder?.(undefined);
      await turns.take(takeOver);
      return 'done';
    } catch (error) {
      if (isClosed) return 'done';
      if (fault === undefined) instance.onFollowFault(error);
      fault = error;
      if (isOutdated()) assess();
      return 'again';
    }
  });

  return {
    aggregator: standbyReader(shown, () => engine),
    alerts: alertView,
    operator: standbyOperator(() => engine),
    audit: (change) => engine?.audit(change),
    start() {
      isStarted = true;
      instance.onHolder?.(holder);
      follower.start();
    },
    reload: (next, alerts) =>
      turns.take(async () => {
        if (engine !== undefined) return engine.reload(next, alerts);
        structure = await inShortSlices(structureOf(next, rows, structure.graph));
        system = next;
        alertSettings = alerts ?? alertSettings;
        show([], [], view.revision, structure);
      }),
    stats: () =>
      engine?.stats() ?? {
        components: view.ids().length,
        subscribers: view.subscriberCount,
        jobs: 0,
        inFlight: 0,
        queued: 0,
        journal: KEPT,
      },
    progress: () => engine?.progress() ?? { started: polls, overdueMs: 0 },
    heldBy: () => (engine === undefined ? heldBy : undefined),
    behindMs,
    isOutdated,
    async close() {
      isClosed = true;
      await follower.close();
      await engine?.close();
    },
  };
}

/** Runs one look after the other, until it is done. */
function createFollower(clock: Pick<Clock, 'after'>, look: () => Promise<'soon' | 'again' | 'done'>) {
  let stop = () => {};
  let running = Promise.resolve();
  let isClosed = false;
  const next = () => {
    running = look().then((what) => {
      if (what !== 'done' && !isClosed) stop = clock.after(what === 'soon' ? SOON_MS : POLL_MS, next);
    });
  };
  return {
    start: next,
    close() {
      isClosed = true;
      stop();
      return running;
    },
  };
}

/** The other one may be catching up: then some of what it has decided is still to come between. */
async function wholeMoment(clock: Pick<Clock, 'after'>, follow: NonNullable<Store['follow']>): Promise<Followed> {
  for (let tries = 1; ; tries++) {
    const followed = await follow(undefined);
    if (latestOf(followed) <= followed.revision || tries === MAX_TRIES) return followed;
    await new Promise<void>((resolve) => clock.after(POLL_MS, resolve));
  }
}

function latestOf({ components, removed }: Followed): number {
  let latest = 0;
  for (const { health } of components) latest = Math.max(latest, health.revision);
  for (const { revision } of removed) latest = Math.max(latest, revision);
  return latest;
}

/** @throws Error when the definition has faults, which the configuration check finds before */
function* structureOf(
  system: SystemDefinition,
  rows: ReadonlyMap<string, SavedComponent>,
  from: Graph | undefined,
): Steps<Structure> {
  const whole = yield* withSavedParts(system, rows.values());
  const { rootId } = system;
  if (from === undefined) return { graph: withoutFaults(yield* compileGraphInSteps(whole)).graph, rootId };
  const { graph, changes } = withoutFaults(yield* compileNext(from, whole));
  return { graph, rootId, changes };
}

/** Reads what is shown, no matter which instance has decided it. */
function standbyReader({ view }: Shown, engine: () => Engine | undefined): HealthReader & HealthReporter {
  return Object.assign(shownBy(view), {
    slo: (id) => engine()?.aggregator.slo(id),
    report: async (id, report) => decider(engine).aggregator.report(id, report),
    startRun: async (id, runId) => decider(engine).aggregator.startRun(id, runId),
    worsens: (id, outcome) => engine()?.aggregator.worsens(id, outcome) ?? false,
  } satisfies HealthReporter & Pick<HealthReader, 'slo'>);
}

function standbyOperator(engine: () => Engine | undefined): AlertOperator {
  return {
    acknowledge: async (id, by) => decider(engine).operator.acknowledge(id, by),
    suspend: async (suspension) => decider(engine).operator.suspend(suspension),
    endSuspension: async (kind, id, author) => decider(engine).operator.endSuspension(kind, id, author),
  };
}

/** @throws Error where this instance does not decide: a caller asks for that before it asks for a change */
function decider(engine: () => Engine | undefined): Engine {
  const deciding = engine();
  if (deciding === undefined) throw new Error('this instance stands by');
  return deciding;
}

const KEPT: JournalStats = {
  observations: 0,
  transitions: 0,
  auditEntries: 0,
  states: 0,
  alerts: 0,
  deliveries: 0,
  droppedObservations: 0,
  droppedTransitions: 0,
  droppedAuditEntries: 0,
  droppedAlerts: 0,
  droppedDeliveries: 0,
  failing: false,
};
