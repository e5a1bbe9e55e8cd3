// Which runs may be in flight together. A run that hangs gives the place of its host to others and counts among the slow
// ones, of which there may be many more; a job whose last run was slow begins there. So a host of which most hangs keeps
// its places for what still answers, and slow runs never take more than half of all places from other hosts (ADR 27).
import type { Clock } from '../core/clock.ts';
import { createDueQueue, type DueItem, type DueQueue } from '../core/due-queue.ts';
import { type PlaceLimits, SLOW_MS, slowLimits } from '../core/probe-places.ts';

export interface Waiting extends DueItem {
  readonly job: { readonly host: string };
  /** Its last run was slow. */
  isSlow: boolean;
}

export interface Places<Item extends Waiting> {
  /**
   * Takes a place for a run of `item`; `release` gives it back, once, and says whether the run was slow. Undefined where
   * none is free: the item then waits here, and its due time gives it its turn among the others.
   */
  take(item: Item, dueMs: number): { release(): boolean } | undefined;
  /** Takes out one that waits; false when it is not here. */
  remove(item: Item): boolean;
  /** Called when one that was handed out by `onFree` goes away without taking a place: the next one may have it. */
  passOn(item: Item): void;
  readonly inFlight: number;
  readonly waiting: number;
  /** Every place is taken: there is nothing to ask for. */
  readonly isFull: boolean;
  close(): void;
}

interface Place {
  readonly startedMs: number;
  isSlow: boolean;
}

/** A host with runs in flight or with jobs that wait. */
interface Host<Item extends Waiting> {
  name: string;
  /** Runs that hold a place of the host, the oldest first. */
  readonly places: Place[];
  slow: number;
  readonly waiting: DueQueue<Item>;
  readonly waitingSlow: DueQueue<Item>;
  /** Looks again when the oldest run becomes slow, while somebody waits for that. */
  stopTimer: (() => void) | undefined;
}

/** More than have a run in flight mostly. */
const MAX_IDLE = 256;

function createHost<Item extends Waiting>(): Host<Item> {
  const [waiting, waitingSlow] = [createDueQueue<Item>(), createDueQueue<Item>()];
  return { name: '', places: [], slow: 0, waiting, waitingSlow, stopTimer: undefined };
}

export function createPlaces<Item extends Waiting>({
  clock,
  limits,
  onFree,
}: {
  readonly clock: Clock;
  readonly limits: PlaceLimits;
  /** Hands out one that waited: there may be a place now, which it has to take. */
  readonly onFree: (item: Item, dueMs: number) => void;
}): Places<Item> {
  const slowAtMost = slowLimits(limits);
  const hosts = new Map<string, Host<Item>>();
  /**
   * To be used again. Thousands a second may come and go, and whatever the map of old was like when it took more room keeps what was in it
   * then until the next full collection.
   */
  const idle: Host<Item>[] = [];
  /** Hosts that somebody waits for. */
  const crowded = new Set<Host<Item>>();
  let inFlight = 0;
  let slow = 0;

  const hostOf = (name: string) => {
    let host = hosts.get(name);
    if (host === undefined) {
      host = idle.pop() ?? createHost();
      host.name = name;
      hosts.set(name, host);
    }
    return host;
  };
  const hasSlowPlace = (host: Host<Item>) => slow < slowAtMost.inFlight && host.slow < slowAtMost.inFlightPerHost;
  const hasPlace = (host: Host<Item>) => host.places.length < limits.inFlightPerHost;

  /** Counts runs that have become slow among the slow ones, as long as there is room. */
  const setSlowApart = (host: Host<Item>) => {
    const slowSinceMs = clock.monotonicMs() - SLOW_MS;
    for (;;) {
      const [oldest] = host.places;
      if (oldest === undefined || oldest.startedMs > slowSinceMs || !hasSlowPlace(host)) break;
      host.places.shift();
      oldest.isSlow = true;
      host.slow++;
      slow++;
    }
  };

  /** The one that is due first. */
  const handOut = (queue: DueQueue<Item>) => {
    const dueMs = queue.firstDueMs;
    const item = queue.pop();
    if (item !== undefined) onFree(item, dueMs);
  };

  /** Hands out as many as there are places for. */
  const serve = (host: Host<Item>) => {
    if (host.waiting.size > 0) setSlowApart(host);
    for (let free = limits.inFlightPerHost - host.places.length; free > 0 && host.waiting.size > 0; free--) {
      handOut(host.waiting);
    }
    watchOldest(host);
    if (host.waiting.size + host.waitingSlow.size > 0) return;
    crowded.delete(host);
    if (host.places.length + host.slow > 0) return;
    // The release of a slow place may have served it before.
    if (hosts.delete(host.name) && idle.length < MAX_IDLE) idle.push(host);
  };

  const watchOldest = (host: Host<Item>) => {
    host.stopTimer?.();
    host.stopTimer = undefined;
    if (host.waiting.size === 0 || !hasSlowPlace(host)) return;
    const [oldest] = host.places;
    if (oldest === undefined) return;
    host.stopTimer = clock.after(Math.max(0, oldest.startedMs + SLOW_MS - clock.monotonicMs()), () => serve(host));
  };

  const isBefore = (host: Host<Item>, other: Host<Item>) =>
    host.slow < other.slow || (host.slow === other.slow && host.waitingSlow.firstDueMs < other.waitingSlow.firstDueMs);

  /** A slow place is free: first for the runs that hold up what answers, then for the host that has the fewest. */
  const serveSlow = () => {
    for (const host of crowded) if (host.waiting.size > 0) serve(host);
    let next: Host<Item> | undefined;
    for (const host of crowded) {
      if (host.waitingSlow.size === 0 || !hasSlowPlace(host)) continue;
      if (next === undefined || isBefore(host, next)) next = host;
    }
    if (next === undefined) return;
    handOut(next.waitingSlow);
    serve(next);
  };

  const release = (host: Host<Item>, place: Place) => {
    inFlight--;
    if (place.isSlow) {
      host.slow--;
      slow--;
      serveSlow();
    } else host.places.splice(host.places.indexOf(place), 1);
    serve(host);
  };

  const wait = (host: Host<Item>, queue: DueQueue<Item>, item: Item, dueMs: number) => {
    queue.push(item, dueMs);
    crowded.add(host);
    watchOldest(host);
    return undefined;
  };

  return {
    take(item, dueMs) {
      const host = hostOf(item.job.host);
      if (item.isSlow && !hasSlowPlace(host)) return wait(host, host.waitingSlow, item, dueMs);
      if (!item.isSlow && !hasPlace(host)) setSlowApart(host);
      if (!item.isSlow && !hasPlace(host)) return wait(host, host.waiting, item, dueMs);
      const startedMs = clock.monotonicMs();
      const place: Place = { startedMs, isSlow: item.isSlow };
      inFlight++;
      if (place.isSlow) {
        host.slow++;
        slow++;
      } else host.places.push(place);
      let isHeld = true;
      return {
        release() {
          if (isHeld) release(host, place);
          isHeld = false;
          return clock.monotonicMs() - startedMs >= SLOW_MS;
        },
      };
    },
    remove(item) {
      const host = hosts.get(item.job.host);
      if (host === undefined) return false;
      const isHere = host.waiting.remove(item) || host.waitingSlow.remove(item);
      if (isHere) serve(host);
      return isHere;
    },
    passOn(item) {
      const host = hosts.get(item.job.host);
      if (host !== undefined) serve(host);
      if (item.isSlow) serveSlow();
    },
    get inFlight() {
      return inFlight;
    },
    get waiting() {
      let waiting = 0;
      for (const host of crowded) waiting += host.waiting.size + host.waitingSlow.size;
      return waiting;
    },
    get isFull() {
      return inFlight >= limits.inFlight;
    },
    close() {
      for (const host of hosts.values()) host.stopTimer?.();
    },
  };
}
