// One of a few words by each index, in a byte each.

export class WordColumn<Word extends string> {
  readonly #words: readonly Word[];
  #codes: Uint8Array;

  /** @param words the first one is at every index that was not set */
  constructor(words: readonly Word[], size: number) {
    this.#words = words;
    this.#codes = new Uint8Array(size);
  }

  get(index: number): Word {
    return this.#words[this.#codes[index]!]!;
  }

  set(index: number, word: Word): void {
    this.#codes[index] = this.#words.indexOf(word);
  }

  /** What is at other indexes than before is cut off, or not set. */
  resize(size: number): void {
    this.#codes = resized(this.#codes, size);
  }
}

/** A column of another length, with the same numbers as far as it goes, and 0 from there on. */
export function resized<Column extends Uint8Array | Uint32Array | Float64Array>(column: Column, size: number): Column {
  if (column.length === size) return column;
  const next = new (column.constructor as new (length: number) => Column)(size);
  next.set(column.subarray(0, size));
  return next;
}
