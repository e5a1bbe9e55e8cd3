// How long a component was in which status, over any time until now: exact to the millisecond as far as it was watched, and by
// what history keeps before. Sums up to each change, so that a span costs two look-ups, however long it is.
import { STATUSES, type Status } from '../status.ts';

/** Milliseconds in each status. */
export type Times = Readonly<Record<Status, number>>;

/** Time that lies behind, of which it is known how long it was what, though not in which order. */
export interface Piece {
  /** Above 0, and as long as its times together. */
  readonly widthMs: number;
  readonly times: Times;
}

export interface Timeline {
  /** Before it nothing is known. */
  readonly fromMs: number;
  readonly status: Status;
  /** Changes come in the order of their times; one that is of before is taken as of the one before it. */
  set(status: Status, atMs: number): void;
  /** Of the part that is known. In a piece of the past each moment is the same mixture. */
  between(fromMs: number, toMs: number): Times;
  /** Puts pieces before its beginning, which lie one behind the other, the oldest first. */
  prepend(pieces: readonly Piece[]): void;
  /** Forgets what is before. */
  forget(beforeMs: number): void;
}

/** Points that are kept: what is more than a flapping component has in days. From there on the older half is half as fine. */
const MAX_POINTS = 512;

/** Times are of any one clock that does not step. */
export function createTimeline(status: Status, fromMs: number): Timeline {
  /** Ends of pieces, the first of them the beginning. */
  let ends: number[] = [fromMs];
  /** By status: milliseconds from somewhere up to each end. Only differences say anything. */
  let sums: number[][] = STATUSES.map(() => [0]);
  let present = status;

  const thin = () => {
    const half = ends.length >> 1;
    const isKept = (_: number, at: number) => at === 0 || at >= half || at % 2 === 0;
    ends = ends.filter(isKept);
    sums = sums.map((sum) => sum.filter(isKept));
  };
  /** The first end that is not before; their number where all are. */
  const find = (atMs: number): number => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  /** @param place of the first end that is not before */
  const upTo = (index: number, atMs: number, place: number): number => {
    const sum = sums[index]!;
    const last = ends.length - 1;
    if (place > last) return sum[last]! + (STATUSES[index] === present ? atMs - ends[last]! : 0);
    if (place === 0) return sum[0]!;
    const [startMs, endMs] = [ends[place - 1]!, ends[place]!];
    const [before, after] = [sum[place - 1]!, sum[place]!];
    return before + ((after - before) * (atMs - startMs)) / (endMs - startMs);
  };

  return {
    get fromMs() {
      return ends[0]!;
    },
    get status() {
      return present;
    },
    set(next, atMs) {
      if (next === present) return;
      const last = ends.length - 1;
      const passedMs = atMs - ends[last]!;
      if (passedMs > 0) {
        ends.push(atMs);
        for (const [index, sum] of sums.entries()) {
          sum.push(sum[last]! + (STATUSES[index] === present ? passedMs : 0));
        }
        if (ends.length > MAX_POINTS) thin();
      }
      present = next;
    },
    between(fromMs, toMs) {
      const [begin, end] = [Math.max(fromMs, ends[0]!), Math.max(toMs, ends[0]!)];
      const [first, second] = [find(begin), find(end)];
      const times = { HEALTHY: 0, DEGRADED: 0, UNHEALTHY: 0, UNKNOWN: 0, MAINTENANCE: 0 };
      for (let index = 0; index < STATUSES.length; index++) {
        times[STATUSES[index]!] = Math.max(0, upTo(index, end, second) - upTo(index, begin, first));
      }
      return times;
    },
    prepend(pieces) {
      const before: number[] = [];
      const sumsBefore: number[][] = STATUSES.map(() => []);
      let atMs = ends[0]!;
      const sum = sums.map(([first]) => first!);
      for (const { widthMs, times } of pieces.toReversed()) {
        atMs -= widthMs;
        before.push(atMs);
        for (const [index, status] of STATUSES.entries()) {
          sum[index]! -= times[status];
          sumsBefore[index]!.push(sum[index]!);
        }
      }
      ends = [...before.reverse(), ...ends];
      sums = sums.map((after, index) => [...sumsBefore[index]!.reverse(), ...after]);
    },
    forget(beforeMs) {
      // The piece around it stays, and so does what is between it and the present.
      const first = Math.min(find(beforeMs), ends.length) - 1;
      if (first <= 0) return;
      ends.splice(0, first);
      for (const sum of sums) sum.splice(0, first);
    },
  };
}
