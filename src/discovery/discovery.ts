// Owns the sources of components, and says which components there are because of them. It changes nothing by itself: when something
// may be different it asks for a turn, at most about once a second and for a twentieth of the time, and `collect` then takes all that came
// meanwhile together.
import type { Component, DiscoverySource } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../core/observation.ts';
import type { Steps } from '../core/steps.ts';
import { componentIdOf, hashedId } from './component-id.ts';
import { createInventory, type Held, type Inventory } from './inventory.ts';
import { createSource } from './registry.ts';
import type { Source, SourceContext, Target, TargetFault } from './source.ts';
import { observationOfSource, observationOfTarget, type SourceStanding } from './standing.ts';
import { type ComponentTemplate, compileTemplate } from './template.ts';
import { TemplateFault } from './text-template.ts';

/** A source as the configuration has it. */
export interface SourceSettings {
  readonly id: string;
  readonly keepForMs: number;
  readonly limit: number;
  readonly options: DiscoverySource;
  /** Equal ones: the same is asked in the same way, whatever is made of it. */
  readonly fingerprint: string;
}

/** What a source named last. */
export interface SourceList {
  /** Of its settings. */
  readonly fingerprint: string;
  readonly targets: readonly Target[];
}

/** Makes of a component what the engine takes, or says what is wrong with it. */
export type CompileComponent<Compiled> = (
  component: Component,
  source: string,
) => Steps<{ readonly ok: true; readonly compiled: Compiled } | { readonly ok: false; readonly message: string }>;

export interface DiscoveryPlan<Compiled> {
  readonly sources: readonly SourceSettings[];
  readonly compile: CompileComponent<Compiled>;
  /** Whether a component of the file has this id. */
  readonly isTaken: (id: string) => boolean;
  /** What sources named before the start, by id: where one asks as it did then, it begins with that. */
  readonly remembered?: ReadonlyMap<string, SourceList>;
}

export interface Collected<Compiled> {
  /** By source, in the order of the names of targets. */
  readonly components: ReadonlyMap<string, readonly Compiled[]>;
  /** Whether any is another than at the last time. */
  readonly isChanged: boolean;
  /** Ids that were not there the last time, and that are there no more. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** By source: what it names, where that is something else than at the last time. */
  readonly lists: ReadonlyMap<string, SourceList>;
}

export interface SourceStats {
  readonly targets: number;
  readonly leftOut: number;
  readonly faulty: number;
  /** Times at which it was lost. */
  readonly failures: number;
  /** Epoch milliseconds at which it last said something; undefined: never. */
  readonly succeededMs: number | undefined;
}

export interface Discovery<Compiled> {
  /** Goes over to these sources. One that asks the same in the same way goes on; what is gone is closed. */
  configure(plan: DiscoveryPlan<Compiled>): void;
  /** Takes over what the sources say now. */
  collect(): Steps<Collected<Compiled>>;
  /** Settles once every source has answered or failed, and after this time at the latest. */
  firstAnswers(waitMs: number, stop?: AbortSignal): Promise<void>;
  /** From now on asks for a turn whenever something may be different. */
  start(onDue: () => Promise<void>): void;
  /** How a source is, or with a target's name something that it knows. */
  look(source: string, target: string): Observation;
  /** Calls `wake` whenever `look` may say something else. The result ends it. */
  subscribe(wake: () => void): () => void;
  stats(): ReadonlyMap<string, SourceStats>;
  /** Ends everything; settles when nothing is open. */
  close(): Promise<void>;
}

interface Running<Compiled> {
  settings: SourceSettings;
  source: Source;
  readonly inventory: Inventory;
  template: ComponentTemplate;
  /** By target: what became of it. */
  built: Map<string, Built<Compiled>>;
  components: readonly Compiled[];
  ids: ReadonlySet<string>;
  /** What it names. Undefined: it has given nothing. */
  named: readonly Target[] | undefined;
  isDirty: boolean;
  isFirstDone: boolean;
  failures: number;
  succeededMs: number | undefined;
  lost: readonly string[];
  hasGiven: boolean;
  faults: readonly TargetFault[];
}

type Built<Compiled> = { readonly target: Held['target'] } & (
  | { readonly id: string; readonly compiled: Compiled }
  | { readonly fault: string }
  | { readonly passedOver: true }
);

/** Least time between the end of a turn and the next one. */
const PAUSE_MS = 1000;
/** The longest, on a machine that has no time. */
const MAX_PAUSE_MS = 5000;
/** How long what comes first waits for others. */
const GATHER_MS = 100;
/** Of the time, a twentieth may go into turns. */
const SHARE = 20;

export function createDiscovery<Compiled>(context: Omit<SourceContext, 'onChange'>): Discovery<Compiled> {
  const { clock } = context;
  const running = new Map<string, Running<Compiled>>();
  const closing = new Set<Promise<void>>();
  const subscribers = new Set<() => void>();
  let waiting: (() => void)[] = [];
  let plan: DiscoveryPlan<Compiled> | undefined;
  let onDue: (() => Promise<void>) | undefined;
  let restUntilMs = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let isInTurn = false;
  let isClosed = false;
  let turn = Promise.resolve();
  let known: ReadonlySet<string> = new Set();

  const arm = () => {
    if (isClosed || isInTurn || onDue === undefined) return;
    const nowMs = clock.monotonicMs();
    const isDirty = [...running.values()].some((one) => one.isDirty);
    const expiryMs = Math.min(
      ...[...running.values()].map(({ inventory }) => inventory.dueMs),
      Number.POSITIVE_INFINITY,
    );
    const dueMs = isDirty ? nowMs + GATHER_MS : expiryMs;
    cancel?.();
    cancel = undefined;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    cancel = clock.after(Math.max(dueMs, restUntilMs, nowMs) - nowMs, () => {
      cancel = undefined;
      turn = takeTurn();
    });
  };
  const takeTurn = async () => {
    isInTurn = true;
    const startedMs = clock.monotonicMs();
    try {
      await onDue!();
    } finally {
      isInTurn = false;
      const nowMs = clock.monotonicMs();
      restUntilMs = nowMs + Math.min(MAX_PAUSE_MS, Math.max(PAUSE_MS, SHARE * (nowMs - startedMs)));
      arm();
    }
  };
  const changed = (one: Running<Compiled>) => {
    if (!one.isDirty) {
      one.isDirty = true;
      arm();
    }
    if (!one.isFirstDone) {
      one.isFirstDone = true;
      for (const wake of waiting) wake();
    }
  };
  const begin = (settings: SourceSettings, inventory: Inventory): Running<Compiled> => {
    let one: Running<Compiled> | undefined;
    const source = createSource(settings.options, {
      ...context,
      onChange() {
        // Never before there is a source to ask.
        queueMicrotask(() => {
          if (one !== undefined && running.get(settings.id) === one && one.source === source) changed(one);
        });
      },
    });
    one = {
      settings,
      source,
      inventory,
      template: compileTemplate(settings.options),
      built: new Map(),
      components: [],
      ids: new Set(),
      named: undefined,
      isDirty: true,
      isFirstDone: false,
      failures: 0,
      succeededMs: undefined,
      lost: [],
      hasGiven: false,
      faults: [],
    };
    return one;
  };
  const end = ({ source }: Running<Compiled>) => {
    const closed = source.close().finally(() => closing.delete(closed));
    closing.add(closed);
  };

  function* build(one: Running<Compiled>, { compile, isTaken }: DiscoveryPlan<Compiled>): Steps<void> {
    const { id: sourceId } = one.settings;
    const next = new Map<string, Built<Compiled>>();
    const ids = new Set<string>();
    const components: Compiled[] = [];
    const faults: TargetFault[] = [...one.inventory.faults];
    for (const name of [...one.inventory.held.keys()].sort()) {
      yield;
      const { target } = one.inventory.held.get(name)!;
      const before = one.built.get(name);
      const isMade = before?.target === target;
      const made = isMade ? before : yield* make(one.template, sourceId, target, compile, isTaken);
      next.set(name, made);
      if ('fault' in made) faults.push({ target: name, message: made.fault });
      else if ('compiled' in made && ids.has(made.id)) {
        faults.push({ target: name, message: 'has the id of another target' });
      } else if ('compiled' in made) {
        ids.add(made.id);
        components.push(made.compiled);
      }
    }
    one.built = next;
    one.ids = ids;
    one.faults = faults;
    const isSame =
      components.length === one.components.length &&
      components.every((compiled, at) => compiled === one.components[at]);
    if (!isSame) one.components = components;
  }

  return {
    configure(next) {
      plan = next;
      const ids = new Set(next.sources.map(({ id }) => id));
      for (const [id, one] of running) {
        if (ids.has(id)) continue;
        running.delete(id);
        end(one);
      }
      for (const settings of next.sources) {
        const before = running.get(settings.id);
        if (before?.settings.fingerprint === settings.fingerprint) {
          before.settings = settings;
          before.template = compileTemplate(settings.options);
          // Defaults, templates and what ids are taken may all be others.
          before.built = new Map();
          before.isDirty = true;
          continue;
        }
        // Components of a source that has changed stay until the new one has answered.
        const inventory = before?.inventory ?? createInventory();
        const list = before === undefined ? next.remembered?.get(settings.id) : undefined;
        if (list?.fingerprint === settings.fingerprint) {
          inventory.remember(list.targets, settings, clock.monotonicMs());
        }
        running.set(settings.id, begin(settings, inventory));
        if (before !== undefined) end(before);
      }
      arm();
    },
    *collect() {
      const nowMs = clock.monotonicMs();
      const components = new Map<string, readonly Compiled[]>();
      const all = new Set<string>();
      const lists = new Map<string, SourceList>();
      let isChanged = false;
      if (plan !== undefined) {
        for (const one of [...running.values()]) {
          const before = one.components;
          if (one.isDirty || one.inventory.dueMs <= nowMs) {
            one.isDirty = false;
            const reading = one.source.read();
            one.inventory.take(reading, one.settings, nowMs);
            if (reading.lost.length > 0 && one.lost.length === 0) one.failures++;
            if (reading.targets !== undefined && reading.lost.length === 0) one.succeededMs = clock.nowMs();
            one.lost = reading.lost;
            one.hasGiven = reading.targets !== undefined;
            yield* build(one, plan);
            const named = reading.targets && namedIn(one.inventory);
            if (named !== undefined && !isSameList(named, one.named)) {
              one.named = named;
              lists.set(one.settings.id, { fingerprint: one.settings.fingerprint, targets: named });
            }
          }
          isChanged ||= before !== one.components;
          components.set(one.settings.id, one.components);
          for (const id of one.ids) all.add(id);
        }
      }
      const added = [...all].filter((id) => !known.has(id));
      const removed = [...known].filter((id) => !all.has(id));
      known = all;
      for (const wake of [...subscribers]) wake();
      return { components, isChanged: isChanged || removed.length > 0, added, removed, lists };
    },
    async firstAnswers(waitMs, stop) {
      const isDone = () => [...running.values()].every(({ isFirstDone }) => isFirstDone);
      if (isDone() || stop?.aborted) return;
      await new Promise<void>((resolve) => {
        const finish = () => {
          cancelWait();
          stop?.removeEventListener('abort', finish);
          waiting = waiting.filter((one) => one !== look);
          resolve();
        };
        const look = () => {
          if (isDone()) finish();
        };
        const cancelWait = clock.after(waitMs, finish);
        stop?.addEventListener('abort', finish, { once: true });
        waiting.push(look);
      });
    },
    start(due) {
      onDue = due;
      arm();
    },
    look(source, target) {
      const one = running.get(source);
      if (one === undefined) return observationOfSource(undefined);
      const { inventory, lost, hasGiven, faults, settings } = one;
      const standing: SourceStanding = {
        hasGiven,
        lost,
        faults,
        targets: inventory.held.size,
        leftOut: inventory.leftOut,
        limit: settings.limit,
      };
      return target === '' ? observationOfSource(standing) : observationOfTarget(inventory.held.get(target));
    },
    subscribe(wake) {
      subscribers.add(wake);
      return () => void subscribers.delete(wake);
    },
    stats: () =>
      new Map(
        [...running].map(([id, { inventory, faults, failures, succeededMs }]) => [
          id,
          { targets: inventory.held.size, leftOut: inventory.leftOut, faulty: faults.length, failures, succeededMs },
        ]),
      ),
    async close() {
      isClosed = true;
      cancel?.();
      for (const one of running.values()) end(one);
      running.clear();
      await turn.catch(() => {});
      await Promise.all(closing);
    },
  };
}

function namedIn({ held }: Inventory): readonly Target[] {
  return [...held.values()].flatMap(({ target, goneSinceMs }) => (goneSinceMs === undefined ? [target] : []));
}

function isSameList(a: readonly Target[], b: readonly Target[] | undefined): boolean {
  return a.length === b?.length && a.every((target, at) => target === b[at]);
}

function* make<Compiled>(
  template: ComponentTemplate,
  source: string,
  target: Held['target'],
  compile: CompileComponent<Compiled>,
  isTaken: (id: string) => boolean,
): Steps<Built<Compiled>> {
  if (!template.takes(target)) return { target, passedOver: true };
  try {
    const { component, name } = template.fill(target, source);
    const own = name === undefined ? componentIdOf(source, target.name) : `${source}.${name}`;
    if (name !== undefined && isTaken(own)) return { target, fault: 'has the id of a component of the file' };
    component.id = isTaken(own) ? hashedId(source, target.name) : own;
    const result = yield* compile(component, source);
    return result.ok ? { target, id: component.id, compiled: result.compiled } : { target, fault: result.message };
  } catch (error) {
    if (error instanceof TemplateFault) return { target, fault: error.message };
    throw error;
  }
}
