// A binary heap of things by due time. Each carries its own place, so that taking out one from the middle needs no
// search and no second index; the times are beside each other in the heap, where a number takes 8 bytes and not 24.

/** A queued thing. It is in one queue at a time. */
export interface DueItem {
  /** Kept by the queue; -1: it is in none. */
  place: number;
}

export interface DueQueue<Item extends DueItem> {
  readonly size: number;
  /** When the first is due; infinite where there is none. */
  readonly firstDueMs: number;
  /** Takes out the one that is due first. */
  pop(): Item | undefined;
  push(item: Item, dueMs: number): void;
  /** When this one is due; undefined when it is not here. */
  dueMs(item: Item): number | undefined;
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
  /** By place. */
  readonly #dueMs: number[] = [];

  get size() {
    return this.#items.length;
  }
  get firstDueMs() {
    return this.#items.length === 0 ? Number.POSITIVE_INFINITY : this.#dueMs[0]!;
  }
  pop(): Item | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }
  push(item: Item, dueMs: number): void {
    this.#items.push(item);
    this.#dueMs.push(dueMs);
    this.#siftUp(item, dueMs, this.#items.length - 1);
  }
  dueMs(item: Item): number | undefined {
    return this.#items[item.place] === item ? this.#dueMs[item.place] : undefined;
  }
  remove(item: Item): boolean {
    const { place } = item;
    if (this.#items[place] !== item) return false;
    const last = this.#items.pop()!;
    const lastDueMs = this.#dueMs.pop()!;
    item.place = -1;
    if (last !== item) this.#siftDown(last, lastDueMs, this.#siftUp(last, lastDueMs, place));
    return true;
  }
  countDue(nowMs: number): number {
    let count = 0;
    const places = [0];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      if (place >= this.#items.length || this.#dueMs[place]! > nowMs) continue;
      count++;
      places.push(2 * place + 1, 2 * place + 2);
    }
    return count;
  }

  /** @returns where it is then */
  #siftUp(item: Item, dueMs: number, from: number): number {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#dueMs[parent]! <= dueMs) break;
      this.#put(this.#items[parent]!, this.#dueMs[parent]!, place);
      place = parent;
    }
    this.#put(item, dueMs, place);
    return place;
  }

  #siftDown(item: Item, dueMs: number, from: number): void {
    const size = this.#items.length;
    let place = from;
    for (let child = 2 * place + 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && this.#dueMs[child + 1]! < this.#dueMs[child]!) child += 1;
      if (this.#dueMs[child]! >= dueMs) break;
      this.#put(this.#items[child]!, this.#dueMs[child]!, place);
      place = child;
    }
    this.#put(item, dueMs, place);
  }

  #put(item: Item, dueMs: number, place: number): void {
    this.#items[place] = item;
    this.#dueMs[place] = dueMs;
    item.place = place;
  }
}
