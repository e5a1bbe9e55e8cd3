// That something is not wanted any more, and why. What AbortSignal says, for who makes thousands a second that hardly ever fire:
// Node's has a Map, and makes two objects for each listener.

/** An AbortSignal is one. */
export interface Cancellation {
  readonly aborted: boolean;
  /** Set once it has fired. */
  readonly reason: unknown;
  throwIfAborted(): void;
  /** Calls it when it fires, which is once. */
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export class Canceller implements Cancellation {
  #aborted = false;
  #reason: unknown;
  /** Hardly ever more than two. */
  #listeners: (() => void)[] = [];
  #controller: AbortController | undefined;

  get aborted(): boolean {
    return this.#aborted;
  }
  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.#aborted) this.#listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners.indexOf(listener);
    if (at === this.#listeners.length - 1) this.#listeners.pop();
    else if (at !== -1) this.#listeners.splice(at, 1);
  }

  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = [];
    this.#controller?.abort(reason);
    for (const listener of listeners) listener();
  }

  /** Of Node's own, for who takes no other. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }
}

export function abortSignalOf(cancellation: Cancellation): AbortSignal {
  if (cancellation instanceof AbortSignal) return cancellation;
  if (cancellation instanceof Canceller) return cancellation.signal;
  throw new TypeError('a cancellation of a kind that is not known');
}
