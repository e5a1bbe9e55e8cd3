// Time that passes from one event to the next: the whole of a simulated world hangs on one queue, so that a seed says all that happens.

export interface Events {
  /** Milliseconds since the world began: the true time, which no machine in it knows. */
  readonly nowMs: number;
  /** The result takes it back. */
  after(delayMs: number, happens: () => void): () => void;
  /** Lets time pass until then. After each event all that follows from it at once has happened. */
  runUntil(untilMs: number, afterEach: () => void): Promise<void>;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  happens: (() => void) | undefined;
}

export function createEvents(): Events {
  const heap: Event[] = [];
  let nowMs = 0;
  let order = 0;
  const isBefore = (a: Event, b: Event) => (a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs);

  const push = (event: Event) => {
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent]!, event)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  };
  const pop = (): Event => {
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (isBefore(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  };

  return {
    get nowMs() {
      return nowMs;
    },
    after(delayMs, happens) {
      if (Number.isNaN(delayMs)) throw new Error('no time');
      const event: Event = { atMs: nowMs + Math.max(0, delayMs), order: order++, happens };
      push(event);
      return () => {
        event.happens = undefined;
      };
    },
    async runUntil(untilMs, afterEach) {
      await undefined;
      while (heap.length > 0 && heap[0]!.atMs <= untilMs) {
        const { atMs, happens } = pop();
        if (happens === undefined) continue;
        nowMs = atMs;
        happens();
        // All promises that settle by it: what waits for a tick, within a promise, waits for all of them. A turn of the loop costs more.
        await new Promise<void>((resolve) => process.nextTick(resolve));
        afterEach();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
  };
}
