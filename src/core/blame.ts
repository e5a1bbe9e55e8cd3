// Which members of one group make it what it is. A group may have a hundred thousand, and each change of one asks for the first of
// them: found by a look at a word for each 32 members, from the first word on that has one.
import { type Contribution, isAtLeastAsBad, type Tally } from './rules.ts';
import { isOutcome, type Status } from './status.ts';

/** The members that explain the status of a group. */
export interface Blamed {
  /** Positions of the first of them: the worst first, then in order of the definition. */
  readonly first: readonly number[];
  /** All of them. */
  readonly count: number;
}

export interface BlameMarks {
  /** What the member at this position contributes has become something else. */
  move(position: number, from: Contribution | undefined, to: Contribution): void;
  /** @param tally of the same members. Undefined: nobody is to blame. */
  blamed(status: Status, tally: Tally, max: number): Blamed | undefined;
}

/** What can be to blame, the worst first. */
const UNWELL = ['UNHEALTHY', 'UNKNOWN', 'UNKNOWN_AT_WORST_DEGRADED', 'DEGRADED'] as const satisfies Contribution[];
type Unwell = (typeof UNWELL)[number];

/** @param size number of members */
export function createBlameMarks(size: number): BlameMarks {
  const wordsEach = Math.ceil(size / 32);
  /** A bit for each member, for each of `UNWELL`. */
  const words = new Uint32Array(wordsEach * UNWELL.length);

  /** By kind: before this word there is no bit. */
  const lowest = UNWELL.map(() => 0);

  const flip = (position: number, kind: number) => {
    if (kind < 0) return;
    const at = position >>> 5;
    words[kind * wordsEach + at]! ^= 1 << (position & 31);
    lowest[kind] = Math.min(lowest[kind]!, at);
  };
  /** Appends to `found` until there are `length`. */
  const collect = (kind: number, length: number, found: number[]) => {
    const first = kind * wordsEach;
    while (lowest[kind]! < wordsEach && words[first + lowest[kind]!] === 0) lowest[kind]! += 1;
    for (let at = lowest[kind]!; at < wordsEach && found.length < length; at++) {
      for (let rest = words[first + at]!; rest !== 0 && found.length < length; rest &= rest - 1) {
        found.push(at * 32 + 31 - Math.clz32(rest & -rest));
      }
    }
  };

  return {
    move(position, from, to) {
      if (from === to) return;
      if (from !== undefined) flip(position, kindOf(from));
      flip(position, kindOf(to));
    },
    blamed(status, tally, max) {
      if (status === 'HEALTHY' || status === 'MAINTENANCE') return undefined;
      const present = UNWELL.filter((kind) => tally[kind].count > 0);
      const decisive = present.filter((kind) => isDecisive(kind, status));
      // By score or by number, members that are each better than the group can still make it what it is.
      const kinds = decisive.length > 0 ? decisive : present;
      if (kinds.length === 0) return undefined;
      const first: number[] = [];
      for (const kind of kinds) collect(kindOf(kind), Math.min(max, first.length + tally[kind].count), first);
      return { first, count: kinds.reduce((sum, kind) => sum + tally[kind].count, 0) };
    },
  };
}

function kindOf(contributed: Contribution): number {
  return UNWELL.indexOf(contributed as Unwell);
}

/** Whether a contribution alone explains the status of its group. */
export function isDecisive(contributed: Contribution, status: Status): boolean {
  return isOutcome(status) ? isAtLeastAsBad(contributed, status) : contributed.startsWith('UNKNOWN');
}
