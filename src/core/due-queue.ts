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
  return new Heap<Item>();
}

/** A class: each host that is looked at has two of them for as long as that takes. */
class Heap<Item extends DueItem> implements DueQueue<Item> {
  readonly #items: Item[] = [];

  get size() {
    return this.#items.length;
  }
  peek(): Item | undefined {
    return this.#items[0];
  }
  pop(): Item | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }
  push(item: Item): void {
    item.place = this.#items.length;
    this.#items.push(item);
    this.#siftUp(item);
  }
  remove(item: Item): boolean {
    const items = this.#items;
    if (items[item.place] !== item) return false;
    const last = items.pop();
    if (last === undefined || last === item) return true;
    items[item.place] = last;
    last.place = item.place;
    this.#siftUp(last);
    this.#siftDown(last);
    return true;
  }
  countDue(nowMs: number): number {
    let count = 0;
    const places = [0];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      const item = this.#items[place];
      if (item === undefined || item.dueMs > nowMs) continue;
      count++;
      places.push(2 * place + 1, 2 * place + 2);
    }
    return count;
  }

  #siftUp(item: Item): void {
    const items = this.#items;
    let { place } = item;
    while (place > 0) {
      const parentPlace = (place - 1) >> 1;
      const parent = items[parentPlace]!;
      if (parent.dueMs <= item.dueMs) break;
      items[place] = parent;
      parent.place = place;
      place = parentPlace;
    }
    items[place] = item;
    item.place = place;
  }

  #siftDown(item: Item): void {
    const items = this.#items;
    let { place } = item;
    for (;;) {
      const at = 2 * place + 1;
      if (at >= items.length) break;
      const left = items[at]!;
      const right = items[at + 1];
      const child = right !== undefined && right.dueMs < left.dueMs ? right : left;
      if (child.dueMs >= item.dueMs) break;
      const childPlace = child.place;
      items[place] = child;
      child.place = place;
      place = childPlace;
    }
    items[place] = item;
    item.place = place;
  }
}
