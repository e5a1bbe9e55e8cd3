// What the page needs of the feed and of its window.
import type { FromFeed, Method, Status } from '../feed/messages.ts';
import type { Counts } from './components.ts';

/** Asks the server once. Rejects with an Error whose message is for people. */
export type Call = (method: Method, request: object, signal?: AbortSignal) => Promise<unknown>;

export interface Feed {
  subscribe(listener: (message: FromFeed) => void): void;
  readonly call: Call;
  /** Asks for latencies of the last hour: each comes as a message. */
  askLatencies(ids: readonly string[]): void;
  /** Has the server asked again now, if the stream is lost. */
  retry(): void;
}

/** What is known before the feed has said anything. */
export interface FirstKnown {
  readonly counts: Counts;
  readonly root?: { readonly status: Status };
  readonly at: number;
}

/** What the page needs of its window. */
export interface Surroundings {
  now(): number;
  /** Runs it before the next picture is drawn; soon, where none is drawn. */
  beforeFrame(run: () => void): void;
  readonly query: string;
  /** Shows the query in the address bar, as a step that Back undoes or as none. */
  navigate(query: string, how: 'push' | 'replace'): void;
}
