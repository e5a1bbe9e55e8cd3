// A binary heap of things by due time. Each carries its own place, so that taking out one from the middle needs no
// search and no second index.

/** A queued thing. It is in one queue at a time, and its `dueMs` stays as it is while it is there. */
export interface DueItem {
  dueMs: number;
  /** Kept by the queue. */
  place: number;
}

export interface DueQueue<Item extends DueItem> {
  readonly size: number;
  /** The one that is due first. */
  peek(): Item | undefined;
  /** Takes out the one that is due first. */
  pop(): Item | undefined;
  push(item: Item): void;
  /** Takes out this one; false when it is not here. */
  remove(item: Item): boolean;
  /** How many are due at `nowMs`. Costs what it counts. */
  countDue(nowMs: number): number;
}

export function createDueQueue<Item extends DueItem>(): DueQueue<Item> {
  const heap: Item[] = [];

  const put = (item: Item, place: number) => {
    heap[place] = item;
    item.place = place;
  };

  const siftUp = (item: Item) => {
    let place = item.place;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = heap[parentPlace];
      if (parent === undefined || parent.dueMs <= item.dueMs) break;
      put(parent, place);
      place = parentPlace;
    }
    put(item, place);
  };

  const siftDown = (item: Item) => {
    let place = item.place;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const child = left !== undefined && right !== undefined && right.dueMs < left.dueMs ? right : left;
      if (child === undefined || child.dueMs >= item.dueMs) break;
      const childPlace = child.place;
      put(child, place);
      place = childPlace;
    }
    put(item, place);
  };

  const remove = (item: Item) => {
    if (heap[item.place] !== item) return false;
    const last = heap.pop();
    if (last === undefined || last === item) return true;
    put(last, item.place);
    siftUp(last);
    siftDown(last);
    return true;
  };

  return {
    get size() {
      return heap.length;
    },
    peek: () => heap[0],
    pop() {
      const first = heap[0];
      if (first !== undefined) remove(first);
      return first;
    },
    push(item) {
      put(item, heap.length);
      siftUp(item);
    },
    remove,
    countDue(nowMs) {
      let count = 0;
      const places = [0];
      for (let place = places.pop(); place !== undefined; place = places.pop()) {
        const item = heap[place];
        if (item === undefined || item.dueMs > nowMs) continue;
        count++;
        places.push(2 * place + 1, 2 * place + 2);
      }
      return count;
    },
  };
}
