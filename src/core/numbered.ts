// Numbers of objects of which there are very many. V8 keeps a number that a field holds in 24 bytes, and one of a typed array in 8; a typed
// array of its own takes 200 more, so that objects made one after the other share one. It goes when the last of them has gone.

/** How many numbers are beside each other: few, since one object that stays keeps all of them. */
const BLOCK = 256;

let block = new Float64Array(0);
let taken = 0;

/** An object with numbers, each of which may be missing. NaN is none. */
export abstract class Numbered {
  readonly #numbers: Float64Array;
  readonly #first: number;

  /** @param count how many numbers it has: `BLOCK` at the most */
  constructor(count: number) {
    if (taken + count > block.length) {
      block = new Float64Array(BLOCK).fill(Number.NaN);
      taken = 0;
    }
    this.#numbers = block;
    this.#first = taken;
    taken += count;
  }

  protected getNumber(at: number): number | undefined {
    const number = this.#numbers[this.#first + at]!;
    return Number.isNaN(number) ? undefined : number;
  }

  protected setNumber(at: number, number: number | undefined): void {
    this.#numbers[this.#first + at] = number ?? Number.NaN;
  }
}
