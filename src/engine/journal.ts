// Brings to the store what happens, and publishes a decision once the store has it: one append at a time, and what comes
// meanwhile goes with the next. A store that fails or is slow holds nobody up: then decisions are published at once, and what
// there is to keep waits, within bounds, until the store takes it.
import type { Clock } from '../core/clock.ts';
import { type AuditEntry, type ObservationRecord, type SavedComponent, type Store, StoreFault } from '../core/store.ts';
import { type BacklogLimits, type BacklogStats, createBacklog } from './backlog.ts';
import type { Decision, DecisionSubscriber } from './decision.ts';

export interface JournalOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'append' | 'beginsAnew'>;
  /** What the store has. */
  readonly revision: number;
  /** Called once with each decision, in their order, when it is durable or while the store fails. Must not throw. */
  readonly publish: DecisionSubscriber;
  /** Called when appending fails, and with undefined when all that waited is kept. Must not throw. */
  readonly onFault: (fault: unknown) => void;
  readonly limits?: BacklogLimits;
}

export interface Journal {
  /** Kept within a second. */
  observed(observation: ObservationRecord): void;
  /** Kept within a second, and no later than the decision that is staged next. */
  audited(entry: AuditEntry): void;
  /** Whether the store has any use for what is `refreshed`. */
  readonly keepsStates: boolean;
  /** State that changed in nothing that takes a revision. Kept within some seconds. */
  refreshed(state: SavedComponent): void;
  /** Kept as soon as can be, and published once it is; published at once while the store fails. */
  stage(decision: Decision): void;
  /** What is staged within goes to the store together, which is to learn of it in the order of its times. */
  together(work: () => void): void;
  /** Settles once everything that was staged is published, with whether the store has all of it. Never rejects. */
  settled(): Promise<boolean>;
  /** Begins to append that OpenK is alive: now, and every second. */
  start(): void;
  stats(): JournalStats;
  /** Tries to bring everything to the store, once and within bounds. What is staged later is published at once and not kept. */
  close(): Promise<void>;
}

export interface JournalStats extends BacklogStats {
  /** Something is published that the store may not have. */
  readonly failing: boolean;
}

/** How far what is kept may be behind a crash. */
const TICK_MS = 1_000;
/** Ticks between two looks at what was refreshed: its pages are written together. */
const REFRESH_TICKS = 5;
/** An append that takes longer holds up nobody any more. */
const SLOW_MS = 2_000;
/** So long after the store is there again a crash may still lose what waits: an attempt in vain costs less. */
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [1_000, 5_000];

export function createJournal({ clock, store, revision, publish, onFault, limits }: JournalOptions): Journal {
  const backlog = createBacklog({ clock, revision, publish, ...(limits && { limits }) });
  let state: 'open' | 'closing' | 'closed' = 'open';
  let isAppending = false;
  /** Whoever stages is not done. */
  let isHeld = false;
  /** The store is not to be waited for. */
  let publishesAtOnce = false;
  /** What was said of the fault. It stays until everything that was published is kept. */
  let fault: string | undefined;
  let retryMs = FIRST_RETRY_MS;
  let stopRetry: (() => void) | undefined;
  let stopTicking = () => {};
  const closed = Promise.withResolvers<void>();

  const flush = () => {
    if (isAppending || isHeld || stopRetry !== undefined || state === 'closed') return;
    isAppending = true;
    let stopWaiting = clock.after(SLOW_MS, () => {
      // After a stall of ours the answer may be waiting: one more turn of the loop, before the store gets the blame.
      stopWaiting = clock.after(0, () => fail(SLOW));
    });
    // In an async function, so that a store that throws at once is a rejection like any other.
    const append = async () => store.append(backlog.next());
    const settle = () => {
      stopWaiting();
      isAppending = false;
    };
    append().then(
      () => {
        settle();
        onKept();
      },
      (error: unknown) => {
        settle();
        onFailure(error);
      },
    );
  };

  const onKept = () => {
    retryMs = FIRST_RETRY_MS;
    backlog.shift();
    if (backlog.isDrained) publishesAtOnce = false;
    if (fault !== undefined && !publishesAtOnce && !backlog.isAhead) {
      fault = undefined;
      onFault(undefined);
    }
    backlog.publishKept();
    if (state === 'closing' && backlog.isEmpty) end();
    else if (state === 'closing' || backlog.isUrgent) flush();
  };

  const onFailure = (error: unknown) => {
    backlog.unlock();
    fail(error);
    if (state !== 'open') return end();
    stopRetry = clock.after(retryMs, () => {
      stopRetry = undefined;
      flush();
    });
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  };

  const fail = (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    const isNews = fault !== message;
    fault = message;
    publishesAtOnce = true;
    if (isNews) onFault(error);
    backlog.publishAll();
  };

  const end = () => {
    state = 'closed';
    stopRetry?.();
    backlog.publishAll();
    closed.resolve();
  };

  const tickAfter = (ticks: number) => {
    stopTicking = clock.after(TICK_MS, () => {
      // While the store fails they wait where each component has one.
      if (ticks % REFRESH_TICKS === 0 && !publishesAtOnce) backlog.takeRefreshed();
      flush();
      tickAfter(ticks + 1);
    });
  };

  return {
    observed(observation) {
      backlog.observe(observation);
      if (!backlog.isDrained) flush();
    },
    audited: backlog.audit,
    keepsStates: !store.beginsAnew,
    refreshed: backlog.refresh,
    stage(decision) {
      const isNothing =
        decision.records.length + decision.saved.length + decision.removed.length === 0 &&
        decision.alerts === undefined;
      if (state === 'closed' || (isNothing && backlog.isPublished)) return publish(decision);
      backlog.decide(decision);
      if (publishesAtOnce) backlog.publishAll();
      flush();
    },
    together(work) {
      isHeld = true;
      work();
      isHeld = false;
      if (!isAppending && backlog.isUrgent) flush();
    },
    settled() {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      backlog.whenPublished((isKept) => resolve(isKept && state !== 'closed'));
      return promise;
    },
    start() {
      flush();
      tickAfter(1);
    },
    stats: () => ({ ...backlog.stats(), failing: fault !== undefined }),
    async close() {
      if (state !== 'open') return closed.promise;
      state = 'closing';
      stopTicking();
      stopRetry?.();
      stopRetry = undefined;
      const giveUp = clock.after(SLOW_MS, end);
      backlog.takeRefreshed();
      // Also with nothing to keep: the store learns how long OpenK was there.
      if (!isAppending) flush();
      await closed.promise;
      giveUp();
    },
  };
}

const SLOW = new StoreFault(
  `storage: it has not taken what there is to keep for ${SLOW_MS / 1000}s. Check the disk that the file is on, or the database`,
);
