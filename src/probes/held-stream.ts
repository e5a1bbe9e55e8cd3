// A stream that a probe holds open over many runs, so that a change arrives at once. A run opens it and waits for its first
// message, or makes sure that it is still alive; what it says between runs is pushed. It stands alone since every kind
// of probe that follows a stream shares it. It knows no protocol: that is the source's.
import type { Clock } from '../core/clock.ts';
import type { Observation } from '../core/observation.ts';
import { Cancelled, type ProbeRun } from '../core/probe.ts';

/** What is held, in the words of a protocol. */
export interface StreamSource {
  /**
   * Opens the stream and yields what it says, until it breaks or `signal` fires. Throws what broke it, also when the peer
   * ended it. Ends without an error only where that is no news about the target: the next run opens it anew.
   */
  readonly open: (signal: AbortSignal, run: ProbeRun) => AsyncIterable<Observation>;
  /** Settles once the peer of the open stream gave a sign of life. Rejects when it is dead, or `signal` fires. */
  readonly verify: (signal: AbortSignal, run: ProbeRun) => Promise<void>;
  /** Lets go of the connection below, which is no longer trusted. */
  readonly drop: () => void;
}

export interface HeldStreamOptions {
  readonly source: StreamSource;
  readonly clock: Clock;
  /** Takes what the stream says between runs. */
  readonly onMessage: (observation: Observation) => void;
  /** The stream broke between runs. Called once; the next run opens it anew. */
  readonly onBreak: (error: unknown) => void;
}

export interface HeldStream {
  /** Rejects with the signal's reason, else with what broke the stream or kept it from opening. One at a time. */
  run(run: ProbeRun): Promise<Observation>;
  /** Ends the stream without a word, once no run waits for it. The next run opens it anew. */
  release(): void;
  /** Settles when the stream has ended. Leaves the connection alone. */
  close(): Promise<void>;
}

interface Stream {
  readonly controller: AbortController;
  ended: Promise<void>;
  /** The latest message. */
  last?: Observation;
  released: boolean;
}

interface Waiter {
  readonly resolve: (observation: Observation) => void;
  readonly reject: (error: unknown) => void;
}

export function createHeldStream({ source, clock, onMessage, onBreak }: HeldStreamOptions): HeldStream {
  let held: Stream | undefined;
  let waiter: Waiter | undefined;
  // Until then the answer of the latest run, or the latest push, is on its way to its reader: what comes later must not
  // overtake it. It also bounds what a chatty peer costs: a message a turn of the event loop, the rest waits with the peer.
  let delivered: Promise<void> = Promise.resolve();

  /** Settles the run, unless it was settled before. */
  const answer = (to: Waiter | undefined, settle: (waiter: Waiter) => void) => {
    if (to === undefined || to !== waiter) return;
    waiter = undefined;
    delivered = nextTurn();
    settle(to);
    if (held?.released) letGo(held);
  };

  const letGo = (stream: Stream) => {
    if (held === stream) held = undefined;
    stream.controller.abort();
  };

  const deliver = (observation: Observation) => {
    if (waiter !== undefined) return answer(waiter, ({ resolve }) => resolve(observation));
    delivered = nextTurn();
    onMessage(observation);
  };

  const broke = (stream: Stream, error: unknown) => {
    if (held !== stream) return;
    letGo(stream);
    if (waiter !== undefined) answer(waiter, ({ reject }) => reject(error));
    else onBreak(error);
  };

  const ended = (stream: Stream) => {
    if (held !== stream) return;
    letGo(stream);
    const { last } = stream;
    answer(waiter, ({ resolve, reject }) =>
      last ? resolve(last) : reject(new Error('the stream ended without a word')),
    );
  };

  const read = async (stream: Stream, run: ProbeRun) => {
    try {
      for await (const observation of source.open(stream.controller.signal, run)) {
        await delivered;
        if (held !== stream) return;
        stream.last = observation;
        deliver(observation);
      }
      await delivered;
      ended(stream);
    } catch (error) {
      await delivered;
      broke(stream, error);
    }
  };

  const open = (run: ProbeRun) => {
    const stream: Stream = { controller: new AbortController(), ended: Promise.resolve(), released: false };
    held = stream;
    stream.ended = read(stream, run);
  };

  const verify = async (stream: Stream, last: Observation, run: ProbeRun, mine: Waiter) => {
    try {
      await source.verify(stream.controller.signal, run);
      answer(mine, ({ resolve }) => resolve(stream.last ?? last));
    } catch (error) {
      if (held !== stream) return;
      broke(stream, error);
      source.drop();
    }
  };

  return {
    async run(run) {
      run.signal.throwIfAborted();
      const startedMs = clock.monotonicMs();
      const { promise, resolve, reject } = Promise.withResolvers<Observation>();
      const mine: Waiter = { resolve, reject };
      waiter = mine;
      const onAbort = () => {
        if (held) letGo(held);
        source.drop();
        answer(mine, () => reject(run.signal.reason));
      };
      run.signal.addEventListener('abort', onAbort);
      try {
        if (held?.last === undefined) open(run);
        else void verify(held, held.last, run, mine);
        return { ...(await promise), latencyMs: clock.monotonicMs() - startedMs };
      } finally {
        run.signal.removeEventListener('abort', onAbort);
      }
    },
    release() {
      if (held === undefined) return;
      held.released = true;
      if (waiter === undefined) letGo(held);
    },
    async close() {
      const stream = held;
      if (stream) letGo(stream);
      answer(waiter, ({ reject }) => reject(new Cancelled('the probe was closed')));
      await stream?.ended;
    },
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
