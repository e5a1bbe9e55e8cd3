// Who wants to be woken when what changes. Waking carries no data: the woken reads what changed since it last did.

export interface Watchers {
  /** Number of subscriptions. */
  readonly size: number;
  /** `ids` left out: any change wakes. The result ends the subscription; calling it twice does no harm. */
  add(ids: ReadonlySet<string> | readonly string[] | undefined, wake: () => void): () => void;
  /** Wakes everyone who wants one of `ids`, each once. */
  wake(ids: readonly string[]): void;
}

interface Subscription {
  readonly wake: () => void;
  active: boolean;
}

export function createWatchers(): Watchers {
  const toAny = new Set<Subscription>();
  const toId = new Map<string, Set<Subscription>>();
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
    add(ids, wake) {
      const subscription = { wake, active: true };
      size += 1;
      if (ids === undefined) toAny.add(subscription);
      else for (const id of ids) addTo(id, subscription);
      return () => {
        if (!subscription.active) return;
        subscription.active = false;
        size -= 1;
        if (ids === undefined) toAny.delete(subscription);
        else for (const id of ids) removeFrom(id, subscription);
      };
    },
    wake(ids) {
      if (ids.length === 0 || size === 0) return;
      const woken = new Set(toAny);
      for (const id of ids) for (const subscription of toId.get(id) ?? []) woken.add(subscription);
      // One that is woken may end another.
      for (const subscription of woken) if (subscription.active) subscription.wake();
    },
  };
}
