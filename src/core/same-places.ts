// Which of the things of a long list were in another one before. Mostly all are where they were, from the beginning on or from the end; only
// the rest is looked for by what it is.
import { IN_A_STEP, type Steps } from './steps.ts';

export interface TwoLists {
  readonly countBefore: number;
  readonly countNow: number;
  isSame(before: number, now: number): boolean;
  /** What those have in common that are the same. */
  keyBefore(index: number): string;
  keyNow(index: number): string;
}

export interface SamePlaces {
  /** By the place now: that before, NOWHERE for what is new. */
  readonly before: Int32Array;
  /** Places before whose thing is in the list of now no more, in their order. */
  readonly gone: readonly number[];
}

export const NOWHERE = -1;

export function* findSamePlaces({ countBefore, countNow, isSame, keyBefore, keyNow }: TwoLists): Steps<SamePlaces> {
  const before = new Int32Array(countNow).fill(NOWHERE);
  const isTaken = new Uint8Array(countBefore);
  const moved = countBefore - countNow;
  const isAt = (place: number, now: number) => place >= 0 && place < countBefore && isSame(place, now);
  const take = (place: number, now: number) => {
    before[now] = place;
    isTaken[place] = 1;
  };
  const others: number[] = [];
  for (let now = 0; now < countNow; now++) {
    if (now % IN_A_STEP === 0) yield;
    const stays = isAt(now, now);
    if (!stays && !isAt(now + moved, now)) {
      others.push(now);
      continue;
    }
    take(stays ? now : now + moved, now);
  }
  const left = new Map<string, number>();
  for (let at = 0; at < countBefore; at++) {
    if (at % IN_A_STEP === 0) yield;
    if (isTaken[at] === 0) left.set(keyBefore(at), at);
  }
  for (const [count, now] of others.entries()) {
    if (count % IN_A_STEP === 0) yield;
    const place = left.get(keyNow(now));
    if (place !== undefined) take(place, now);
  }
  return { before, gone: [...left.values()].filter((at) => isTaken[at] === 0) };
}
