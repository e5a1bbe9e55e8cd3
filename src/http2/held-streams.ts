// What Node knows of the open streams of an HTTP/2 session, held so that closed ones can be collected. Node keeps them in a
// Map, and V8 links each table that a Map has outgrown to the next one, streams and all: once one such table is in the old
// generation, all that follow outlive every young collection with it. That was half of what is promoted under load, and a
// sixth of the processor time (ADR 17, docs/performance.md).
import type { Http2Session } from 'node:http2';
import { isMap } from 'node:util/types';

interface Holder {
  stream: unknown;
}

/** The same Map by its methods. Its tables hold holders, and a holder lets go of a stream that is deleted. */
export class HeldStreams extends Map<number, unknown> {
  readonly #onDelete: (stream: unknown) => void;

  /** @param onDelete is given each stream that closes, before Node lets go of it */
  constructor(onDelete: (stream: unknown) => void = () => {}) {
    super();
    this.#onDelete = onDelete;
  }

  override get(id: number): unknown {
    return this.#holder(id)?.stream;
  }

  override set(id: number, stream: unknown): this {
    return super.set(id, { stream } satisfies Holder);
  }

  override delete(id: number): boolean {
    const holder = this.#holder(id);
    if (holder !== undefined) {
      this.#onDelete(holder.stream);
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

/** Under a symbol that Node does not export. */
function partOf(session: object, name: 'state' | 'kHandle'): unknown {
  const key = Object.getOwnPropertySymbols(session).find(({ description }) => description === name);
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
 * A stream that closes while bytes of its own are on their way to the socket is left to the garbage collector, which takes
 * it and its session in any order. Node ends the process if the session is first and the stream still holds memory of it.
 */
function keepUntilCollected(stream: unknown, session: object): void {
  const { bufferSize } = stream as { readonly bufferSize?: number };
  if (bufferSize !== 0) outlived.register(stream as object, partOf(session, 'kHandle'));
}

/**
 * Of a new session, a server's or a client's. A Node that keeps its streams in another way is left alone.
 * @returns whether they are held from now on
 */
export function holdStreams(session: Http2Session): boolean {
  const state = stateOf(session);
  if (!isMap(state?.streams) || state.streams.size > 0) return false;
  state.streams = new HeldStreams((stream) => keepUntilCollected(stream, session));
  return true;
}
