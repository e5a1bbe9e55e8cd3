// A stream that a probe holds open between its runs, so that a change arrives at once. Each run opens a new one, as a new
// user would, and lets the one before go once the new one has spoken: what only a new connection shows is seen by each
// run, and no change is missed between them. It stands alone since every kind of probe that follows a stream shares it.
import type { Clock } from '../core/clock.ts';
import type { Observation } from '../core/observation.ts';
import { Cancelled, type ProbeRun } from '../core/probe.ts';

export interface HeldStreamOptions {
  /**
   * Connects and yields what the stream says, until it breaks or `signal` fires; has let go of its connection when it ends.
   * Throws what broke it, also when the peer ended it. Ends without an error only where that is no news about the target.
   * `release` ends the stream without a word, after its first message at the earliest.
   */
  readonly open: (stream: {
    readonly signal: AbortSignal;
    readonly run: ProbeRun;
    readonly release: () => void;
  }) => AsyncIterable<Observation>;
  readonly clock: Clock;
  /** Takes what the stream says between runs. */
  readonly onMessage: (observation: Observation) => void;
  /** The stream broke between runs. Called once; the next run opens another. */
  readonly onBreak: (error: unknown) => void;
}

export interface HeldStream {
  /** Rejects with the signal's reason, else with what kept the stream from opening, or broke it at once. One at a time. */
  run(run: ProbeRun): Promise<Observation>;
  /** Settles when no stream is open. */
  close(): Promise<void>;
}

interface Stream {
  readonly controller: AbortController;
  /** Whether a run waits for its first message. */
  opening: boolean;
  released: boolean;
}

export function createHeldStream({ open, clock, onMessage, onBreak }: HeldStreamOptions): HeldStream {
  let held: Stream | undefined;
  const ending = new Set<Promise<void>>();
  let inRun: { readonly stream: Stream; readonly reject: (error: unknown) => void } | undefined;
  // Until then the answer of the latest run, or the latest push, is on its way to its reader: what comes later must not
  // overtake it. It also bounds what a chatty peer costs: a message a turn of the event loop, the rest waits with the peer.
  let delivered: Promise<void> = Promise.resolve();

  const letGo = (stream: Stream | undefined) => {
    if (held === stream) held = undefined;
    stream?.controller.abort();
  };

  /** Reads until the end. `first` settles the run. */
  const read = async (stream: Stream, run: ProbeRun, first: PromiseWithResolvers<Observation>) => {
    const { signal } = stream.controller;
    const release = () => {
      stream.released = true;
      if (!stream.opening) letGo(stream);
    };
    const isCurrent = () => !signal.aborted && (stream.opening || held === stream);
    try {
      for await (const observation of open({ signal, run, release })) {
        if (!isCurrent()) return;
        if (stream.opening) {
          stream.opening = false;
          letGo(held);
          if (!stream.released) held = stream;
          delivered = nextTurn();
          first.resolve(observation);
          if (stream.released) return letGo(stream);
          continue;
        }
        await delivered;
        if (!isCurrent()) return;
        delivered = nextTurn();
        onMessage(observation);
      }
      throw new StreamOver();
    } catch (error) {
      if (stream.opening) return first.reject(error);
      await delivered;
      if (!isCurrent()) return;
      letGo(stream);
      // While a run is under way, what it sees is the news.
      if (inRun === undefined && !(error instanceof StreamOver)) onBreak(error);
    }
  };

  const start = (run: ProbeRun, first: PromiseWithResolvers<Observation>): Stream => {
    const stream: Stream = { controller: new AbortController(), opening: true, released: false };
    const ended = read(stream, run, first).finally(() => ending.delete(ended));
    ending.add(ended);
    return stream;
  };

  return {
    async run(run) {
      run.signal.throwIfAborted();
      const startedMs = clock.monotonicMs();
      const first = Promise.withResolvers<Observation>();
      const stream = start(run, first);
      inRun = { stream, reject: first.reject };
      const onAbort = () => first.reject(run.signal.reason);
      run.signal.addEventListener('abort', onAbort, { once: true });
      try {
        return { ...(await first.promise), latencyMs: clock.monotonicMs() - startedMs };
      } catch (error) {
        // A new user gets nowhere: what the old stream goes on to say is not what users see.
        letGo(stream);
        letGo(held);
        throw error;
      } finally {
        inRun = undefined;
        run.signal.removeEventListener('abort', onAbort);
      }
    },
    async close() {
      letGo(held);
      if (inRun !== undefined) {
        letGo(inRun.stream);
        inRun.reject(new Cancelled('the probe was closed'));
      }
      await Promise.all(ending);
    },
  };
}

/** The stream ended by itself, which is no news behind a first message. */
class StreamOver extends Error {
  override readonly name = 'StreamOver';

  constructor() {
    super('the stream ended without a word');
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
