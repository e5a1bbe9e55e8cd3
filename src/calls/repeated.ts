// Callers ask the same again and again: who asks for health asks every few seconds, by the same words, at the same host. What
// came of a short text is remembered, within bounds: somebody who never repeats himself costs that much memory, and a look
// into a map.
import type { Message } from '@bufbuild/protobuf';

/** What is longer is hardly ever asked twice. */
const MAX_KEY_CHARS = 256;

/** By text, at most `max`: then all of it is forgotten. */
export class Repeated<T> {
  readonly #max: number;
  readonly #known = new Map<string, T>();

  constructor(max = 1024) {
    this.#max = max;
  }

  get(key: string): T | undefined {
    return this.#known.get(key);
  }

  /** What came of it before, or what `make` makes of it. */
  of(key: string, make: (key: string) => T): T {
    const known = this.#known.get(key);
    if (known !== undefined || this.#known.has(key)) return known as T;
    const value = make(key);
    this.set(key, value);
    return value;
  }

  /** Remembers nothing of a long text. */
  set(key: string, value: T): void {
    if (key.length > MAX_KEY_CHARS) return;
    if (this.#known.size >= this.#max) this.#known.clear();
    this.#known.set(key, value);
  }
}

/** With all that it holds, so that it can be handed out again. @returns false for one with bytes, which cannot be frozen */
export function freezeMessage(message: Message): boolean {
  if (holdsBytes(message)) return false;
  freezeDeep(message);
  return true;
}

function holdsBytes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ArrayBuffer.isView(value) || Object.values(value).some(holdsBytes);
}

function freezeDeep(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.values(value).forEach(freezeDeep);
  Object.freeze(value);
}
