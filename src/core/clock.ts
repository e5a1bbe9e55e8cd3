// The port to time. core/ only names it; the composition root hands a real one to whoever needs time.

export interface Clock {
  /** Wall-clock time, epoch milliseconds; may step. For timestamps that people read. */
  nowMs(): number;
  /** Never steps back. For intervals, ages and deadlines. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`; the result cancels. Unlike setTimeout it has no upper bound on the delay. */
  after(delayMs: number, callback: () => void): () => void;
}
