// The targets of one source that are watched: a pure book of what it names, what it named and is kept for a while, and what there is no
// room for. The same readings give the same book, whatever the order of a reading.
import type { Observation } from '../core/observation.ts';
import type { SourceReading, Target, TargetFault } from './source.ts';

export interface InventoryLimits {
  readonly keepForMs: number;
  /** Most targets. */
  readonly limit: number;
}

export interface Inventory {
  /** What is watched, by name. */
  readonly held: ReadonlyMap<string, Held>;
  /** Targets of the last reading that there is no room for. */
  readonly leftOut: number;
  /** Of the last reading. */
  readonly faults: readonly TargetFault[];
  /** Monotonic milliseconds at which the first one is to go; infinite: none is. */
  readonly dueMs: number;
  /** Takes over what a source says. Names that are in it twice are taken once. */
  take(reading: SourceReading, limits: InventoryLimits, nowMs: number): void;
  /** Begins with what the source named before the start: it is watched as what is named no more, until the source names it. */
  remember(targets: readonly Target[], limits: InventoryLimits, nowMs: number): void;
}

export interface Held {
  readonly target: Target;
  /** Monotonic milliseconds since when the source does not name it; undefined: it does. */
  readonly goneSinceMs: number | undefined;
  /** The source has not named it since the start. */
  readonly isFromBefore?: true;
  /** The latest one; `target` stays the same as long as nothing else of it changes. */
  readonly observation: Observation | undefined;
}

export function createInventory(): Inventory {
  const held = new Map<string, Held>();
  let leftOut = 0;
  let faults: readonly TargetFault[] = [];
  let dueMs = Number.POSITIVE_INFINITY;
  /** The longest gone one first. */
  const gone = () =>
    [...held.entries()]
      .filter(([, { goneSinceMs }]) => goneSinceMs !== undefined)
      .sort(([a, { goneSinceMs: aMs }], [b, { goneSinceMs: bMs }]) => aMs! - bMs! || (a < b ? -1 : 1))
      .map(([name]) => name);

  return {
    held,
    get leftOut() {
      return leftOut;
    },
    get faults() {
      return faults;
    },
    get dueMs() {
      return dueMs;
    },
    remember(targets, { keepForMs, limit }, nowMs) {
      for (const target of targets.slice(0, limit)) {
        held.set(target.name, { target, observation: target.observation, goneSinceMs: nowMs, isFromBefore: true });
      }
      dueMs = held.size === 0 ? Number.POSITIVE_INFINITY : nowMs + keepForMs;
    },
    take(reading, { keepForMs, limit }, nowMs) {
      if (reading.targets !== undefined) {
        const { named, twice } = byName(reading.targets);
        faults = [...reading.faults, ...twice];
        for (const [name, { target, goneSinceMs, observation }] of held) {
          const now = named.get(name);
          if (now !== undefined) held.set(name, heldOf(isSame(now, target) ? target : now, now.observation));
          else if (goneSinceMs === undefined) held.set(name, { target, observation, goneSinceMs: nowMs });
        }
        const fresh = [...named.keys()].filter((name) => !held.has(name)).sort();
        let room = limit - held.size;
        const evictable = room < fresh.length ? gone() : [];
        // What is not named any more makes room for what is; so it does where the limit has become lower.
        while (room < fresh.length && evictable.length > 0) {
          held.delete(evictable.shift()!);
          room++;
        }
        const taken = fresh.slice(0, Math.max(0, room));
        for (const name of taken) held.set(name, heldOf(named.get(name)!, named.get(name)!.observation));
        const over = [...held.keys()].sort().slice(limit);
        for (const name of over) held.delete(name);
        leftOut = fresh.length - taken.length + over.length;
      } else {
        faults = reading.faults;
      }
      dueMs = Number.POSITIVE_INFINITY;
      for (const [name, { goneSinceMs }] of held) {
        if (goneSinceMs === undefined) continue;
        if (goneSinceMs + keepForMs <= nowMs) held.delete(name);
        else dueMs = Math.min(dueMs, goneSinceMs + keepForMs);
      }
    },
  };
}

function heldOf(target: Target, observation: Observation | undefined): Held {
  return { target, observation, goneSinceMs: undefined };
}

/** By name; of those that say something else under one name the one whose words come first. */
function byName(targets: readonly Target[]): { named: ReadonlyMap<string, Target>; twice: readonly TargetFault[] } {
  const named = new Map<string, Target>();
  const twice: TargetFault[] = [];
  for (const target of targets) {
    const known = named.get(target.name);
    if (known !== undefined && !isSame(known, target)) {
      twice.push({ target: target.name, message: 'is named twice, with other labels' });
      if (wordsOf(known) <= wordsOf(target)) continue;
    }
    if (known === undefined || !isSame(known, target)) named.set(target.name, target);
  }
  return { named, twice };
}

function wordsOf({ address, labels }: Target): string {
  return JSON.stringify([address, Object.entries(labels).sort()]);
}

/** Observations are no part of what a target is. */
function isSame(a: Target, b: Target): boolean {
  if (a === b) return true;
  const names = Object.keys(a.labels);
  return (
    a.address === b.address &&
    (a.observation === undefined) === (b.observation === undefined) &&
    names.length === Object.keys(b.labels).length &&
    names.every((name) => Object.hasOwn(b.labels, name) && a.labels[name] === b.labels[name])
  );
}
