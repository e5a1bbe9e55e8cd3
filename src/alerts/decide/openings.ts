// When alerts of a route and a component were opened lately: by that it is found out what flaps.
import type { AlertOpening, AlertRoute } from '../../core/alert.ts';

export interface Openings {
  /** Takes an opening in. @returns whether those before it were many enough for the component to flap */
  add(route: AlertRoute, component: string, nowMs: number): boolean;
  /** After the clock was set back: whatever is in its future was at `nowMs`. */
  beginBy(nowMs: number): void;
  /** It has settled. */
  forget(route: AlertRoute, component: string): void;
}

/** Routes and components of which they are remembered; old ones are then looked for. */
const MAX_REMEMBERED = 100_000;

export function createOpenings(earlier: readonly AlertOpening[]): Openings {
  /** Epoch milliseconds, by route and component, the earliest first. */
  const times = new Map<string, number[]>();
  for (const { route, component, openedMs } of earlier.toSorted((a, b) => a.openedMs - b.openedMs)) {
    const key = keyOf(route, component);
    times.set(key, [...(times.get(key) ?? []), openedMs]);
  }
  let longestMs = 0;
  const forgetOld = (nowMs: number) => {
    for (const [key, openedMs] of times) if (openedMs.at(-1)! <= nowMs - longestMs) times.delete(key);
  };

  return {
    add({ id, flapping: { changes, withinMs } }, component, nowMs) {
      if (changes === 0) return false;
      const key = keyOf(id, component);
      const recent = (times.get(key) ?? []).filter((atMs) => atMs > nowMs - withinMs);
      times.set(key, [...recent, nowMs].slice(-changes));
      longestMs = Math.max(longestMs, withinMs);
      if (times.size > MAX_REMEMBERED) forgetOld(nowMs);
      return recent.length >= changes;
    },
    beginBy(nowMs) {
      for (const [key, openedMs] of times) {
        const begun = openedMs.map((atMs) => Math.min(atMs, nowMs));
        times.set(key, begun);
      }
    },
    forget: ({ id }, component) => times.delete(keyOf(id, component)),
  };
}

function keyOf(route: string, component: string): string {
  return `${route} ${component}`;
}
