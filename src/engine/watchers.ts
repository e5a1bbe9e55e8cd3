// Who wants to be woken when what changes. Waking carries no data: the woken reads what changed since it last did.

export interface Watchers {
  /** Number of subscriptions. */
  readonly size: number;
  /**
   * `ids` left out: any change wakes. The result ends the subscription; calling it twice does no harm.
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

export function createWatchers(): Watchers {
  const toAny = new Set<Subscription>();
  const toId = new Map<string, Set<Subscription>>();
  const toReload = new Set<Subscription>();
  let size = 0;

  const addTo = (id: string, subscription: Subscription) => {
    const known = toId.get(id);
    if (known === undefined) toId.set(id, new Set([subscription]));
    else known.add(subscription);
  };
  const removeFrom = (id: string, subscription: Subscription) => {
    const known = toId.get(id);
    if (known?.delete(subscription) && known.size === 0) toId.delete(id);
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
      else for (const id of ids) addTo(id, subscription);
      return () => {
        if (!subscription.active) return;
        subscription.active = false;
        size -= 1;
        toReload.delete(subscription);
        if (ids === undefined) toAny.delete(subscription);
        else for (const id of ids) removeFrom(id, subscription);
      };
    },
    wake(ids, isReload = false) {
      if (size === 0 || (ids.length === 0 && !isReload)) return;
      const woken = new Set(ids.length === 0 ? [] : toAny);
      if (isReload) for (const subscription of toReload) woken.add(subscription);
      for (const id of ids) for (const subscription of toId.get(id) ?? []) woken.add(subscription);
      // One that is woken may end another.
      for (const subscription of woken) if (subscription.active) subscription.wake();
    },
  };
}
