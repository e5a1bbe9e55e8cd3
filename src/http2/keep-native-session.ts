// Two things that Node gets wrong about an HTTP/2 session and its streams, mended where both show: in the Map of the open ones.
// V8 links each table that a Map has outgrown to the next one, streams and all: once one such table is in the old generation,
// all that follow outlive every young collection with it. That was half of what is promoted under load, and a sixth of the
// processor time (ADR 17, docs/performance.md). And Node frees a native session and its streams in any order, which can end
// the process (ADR 22).
import type { Http2Session } from 'node:http2';
import { isMap } from 'node:util/types';

interface Holder {
  stream: unknown;
}

interface StreamWatcher {
  onSet(): void;
  /** Of each stream that closes, before Node lets go of it. */
  onDelete(stream: unknown): void;
}

/** The same Map by its methods. Its tables hold holders, and a holder lets go of a stream that is deleted. */
export class CollectableStreams extends Map<number, unknown> {
  readonly #watcher: Partial<StreamWatcher>;

  constructor(watcher: Partial<StreamWatcher> = {}) {
    super();
    this.#watcher = watcher;
  }

  override get(id: number): unknown {
    return this.#holder(id)?.stream;
  }

  override set(id: number, stream: unknown): this {
    this.#watcher.onSet?.();
    return super.set(id, { stream } satisfies Holder);
  }

  override delete(id: number): boolean {
    const holder = this.#holder(id);
    if (holder !== undefined) {
      this.#watcher.onDelete?.(holder.stream);
      holder.stream = undefined;
    }
    return super.delete(id);
  }

  override forEach(visit: (stream: unknown, id: number, streams: Map<number, unknown>) => void, self?: unknown): void {
    for (const [id, stream] of this) visit.call(self, stream, id, this);
  }

  override *entries(): MapIterator<[number, unknown]> {
    for (const [id, holder] of super.entries()) yield [id, (holder as Holder).stream];
  }

  override *values(): MapIterator<unknown> {
    for (const [, stream] of this.entries()) yield stream;
  }

  override [Symbol.iterator](): MapIterator<[number, unknown]> {
    return this.entries();
  }

  #holder(id: number): Holder | undefined {
    return super.get(id) as Holder | undefined;
  }
}

interface SessionState {
  streams?: unknown;
  /** Of all streams, handed to the session and not yet written. */
  readonly writeQueueSize?: unknown;
}

/** Symbols that Node does not export, by what they are called. */
const keys = new Map<string, symbol>();

function partOf(session: object, name: 'state' | 'kHandle'): unknown {
  let key = keys.get(name);
  if (key === undefined || !(key in session)) {
    key = Object.getOwnPropertySymbols(session).find(({ description }) => description === name);
    if (key !== undefined) keys.set(name, key);
  }
  return key && (session as Record<symbol, unknown>)[key];
}

function stateOf(session: object): SessionState | undefined {
  return partOf(session, 'state') as SessionState | undefined;
}

/** Bytes of answers that a session holds. A Node that does not say holds none: then only looks at the streams count. */
export function createQueuedBytes(session: object): () => number {
  const state = stateOf(session);
  return () => (typeof state?.writeQueueSize === 'number' ? state.writeQueueSize : 0);
}

/** Keeps the native session that it was given with a stream until that stream is collected. */
const outlived = new FinalizationRegistry<unknown>(() => {});

/**
 * Keeps a native session until its streams are freed. Node frees one a moment after it has closed, or, where bytes of its own
 * are still on their way to the socket, leaves it to the garbage collector, which takes it and its session in any order. The
 * process ends if the session is first and a stream still holds memory of it.
 */
function createOrderKeeper(session: Http2Session): StreamWatcher {
  let native: unknown;
  let openStreams = 0;
  let isOver = false;
  const letGo = () =>
    setImmediate(() =>
      setImmediate(() => {
        native = undefined;
      }),
    );
  session.once('close', () => {
    isOver = true;
    if (openStreams === 0) letGo();
  });
  return {
    onSet() {
      openStreams++;
      native ??= partOf(session, 'kHandle');
    },
    onDelete(stream) {
      const { bufferSize } = stream as { readonly bufferSize?: number };
      if (bufferSize !== 0) outlived.register(stream as object, native);
      openStreams--;
      if (isOver && openStreams === 0) letGo();
    },
  };
}

/**
 * Of a session, a server's or a client's, before the event loop goes on. A Node that knows its streams in another way is left
 * alone.
 * @returns whether it is kept from now on
 */
export function keepNativeSession(session: Http2Session): boolean {
  const state = stateOf(session);
  if (!isMap(state?.streams) || state.streams instanceof CollectableStreams) return false;
  const streams = new CollectableStreams(createOrderKeeper(session));
  for (const [id, stream] of state.streams as Map<number, unknown>) streams.set(id, stream);
  state.streams = streams;
  return true;
}
