// One of a few words by each index, in a byte each.

export class WordColumn<Word extends string> {
  readonly #words: readonly Word[];
  readonly #codes: Uint8Array;

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
}
