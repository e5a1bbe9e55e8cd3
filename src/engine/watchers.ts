// Who wants to be woken when what changes. Waking carries no data: the woken reads what changed since it last did.

export interface Watchers {
  /** Number of subscriptions. */
  readonly size: number;
  /**
   * `ids` left out: any change wakes. They must stay as they are. The result ends the subscription; calling it twice does no harm.
   * @param atReloads whether other definitions wake, too
   */
  add(ids: ReadonlySet<string> | readonly string[] | undefined, wake: () => void, atReloads?: boolean): () => void;
  /** Wakes everyone who wants one of `ids`, or to know of a reload, each once. */
  wake(ids: readonly string[], isReload?: boolean): void;
}

interface Subscription {
  readonly wake: () => void;
  active: boolean;
}

/** From so many on, ids are asked whether one of them has changed: a list for each would be made, and let go of, at every reload. */
const MANY_IDS = 1_000;

export function createWatchers(): Watchers {
  const toAny = new Set<Subscription>();
  const toId = new Map<string, Set<Subscription>>();
  /** Who takes the same has the same set. */
  const toMany = new Map<ReadonlySet<string>, Set<Subscription>>();
  const toReload = new Set<Subscription>();
  let size = 0;

  const addTo = <Key>(subscriptions: Map<Key, Set<Subscription>>, key: Key, subscription: Subscription) => {
    const known = subscriptions.get(key);
    if (known === undefined) subscriptions.set(key, new Set([subscription]));
    else known.add(subscription);
  };
  const removeFrom = <Key>(subscriptions: Map<Key, Set<Subscription>>, key: Key, subscription: Subscription) => {
    const known = subscriptions.get(key);
    if (known?.delete(subscription) && known.size === 0) subscriptions.delete(key);
  };

  return {
    get size() {
      return size;
    },
    add(ids, wake, atReloads = false) {
      const subscription = { wake, active: true };
      size += 1;
      if (atReloads) toReload.add(subscription);
      if (ids === undefined) toAny.add(subscription);
      else if (isMany(ids)) addTo(toMany, ids, subscription);
      else for (const id of ids) addTo(toId, id, subscription);
      return () => {
        if (!subscription.active) return;
        subscription.active = false;
        size -= 1;
        toReload.delete(subscription);
        if (ids === undefined) toAny.delete(subscription);
        else if (isMany(ids)) removeFrom(toMany, ids, subscription);
        else for (const id of ids) removeFrom(toId, id, subscription);
      };
    },
    wake(ids, isReload = false) {
      if (size === 0 || (ids.length === 0 && !isReload)) return;
      const woken = new Set(ids.length === 0 ? [] : toAny);
      if (isReload) for (const subscription of toReload) woken.add(subscription);
      for (const id of ids) for (const subscription of toId.get(id) ?? []) woken.add(subscription);
      for (const [many, subscriptions] of toMany) {
        if (ids.some((id) => many.has(id))) for (const subscription of subscriptions) woken.add(subscription);
      }
      // One that is woken may end another.
      for (const subscription of woken) if (subscription.active) subscription.wake();
    },
  };
}

function isMany(ids: ReadonlySet<string> | readonly string[]): ids is ReadonlySet<string> {
  return 'size' in ids && ids.size >= MANY_IDS;
}
