// The operations of a store over a database of PostgreSQL: waits at the start for a database that starts and for the end of the one
// before, and is at nobody's way while the database is gone: what is asked then fails at once.
import { type LeaseWord, type Retention, StoreFault, type StoreNotice } from '../../core/store.ts';
import { createTurns } from '../../core/turns.ts';
import {
  type Argument,
  closedFault,
  type Operation,
  type OperationRunner,
  type Operations,
  type Result,
  storeFault,
} from '../thread/operations.ts';
import { databaseFault, isPassing } from './fault.ts';
import { createHistory } from './history.ts';
import { SAID_MS, sayEnded, sayLiving } from './instance-table.ts';
import { prepareSchema, removeUnused } from './migrations.ts';
import { createPool, type Pool } from './pool.ts';
import { STEPS, type Step } from './schema.ts';
import type { Target } from './target.ts';
import { SYSTEM_TIME, type Time } from './time.ts';
import { claimDatabase, holderName, LEASE_MS, type Writer, type WriterOptions } from './writer.ts';

/** The database, and the time of this process. */
export interface Edges {
  readonly pool: Pool;
  readonly time: Time;
}

export interface OpenOptions {
  /** How faults name it. */
  readonly store: string;
  readonly retention: Retention;
  /** Names this process, and no other: see holder.ts. */
  readonly holder: string;
  /** How long to wait for a database that cannot be reached, or that another process has, in milliseconds. */
  readonly waitMs: number;
  /** Whether to open a database that another process has, for reading what that one writes; `claim` takes it later. */
  readonly standsBy?: boolean;
  /** Of the tables that it knows; for tests, which are of another version. */
  readonly steps?: readonly Step[];
}

const [FIRST_RETRY_MS, LAST_RETRY_MS] = [250, 2000];
const CLOSE_MS = 2000;
/** Forgetting takes a fifth of the time at most. */
const PAUSE_PER_WORK = 4;

const FAILING: Partial<Record<Operation, string>> = {
  append: 'cannot be written',
  saveIncident: 'cannot be written',
  keep: 'cannot be written',
  saveDeliveries: 'cannot be written',
  renew: 'cannot be written',
  prune: 'cannot forget what is old',
};
/** They write, or are asked at the start alone: they wait their turn, however long it is not known what became of an append. */
const WAITING: ReadonlySet<Operation> = new Set<Operation>([
  'load',
  'append',
  'saveIncident',
  'keep',
  'saveDeliveries',
  'renew',
  'claim',
  'follow',
  'prune',
]);

/** @throws StoreFault when it cannot be opened, or another process keeps it for longer than `waitMs` */
export function openPostgresOperations(
  { target, ...options }: OpenOptions & { readonly target: Target },
  notify: (notice: StoreNotice) => void,
  onLease: (word: LeaseWord) => void = () => {},
): Promise<OperationRunner> {
  return openOperationsOver({ pool: createPool(target), time: SYSTEM_TIME }, options, notify, onLease);
}

/** The same, wherever the database and the time come from. The pool is closed with it, or where it cannot be opened. */
export async function openOperationsOver(
  edges: Edges,
  options: OpenOptions,
  notify: (notice: StoreNotice) => void,
  onLease: (word: LeaseWord) => void,
): Promise<OperationRunner> {
  try {
    const writer = await claimInTime(edges, options, { notify, onLease });
    await edges.pool.write((query) => sayLiving(query, options.holder, (options.steps ?? STEPS).length));
    return createOperations(edges, writer, options, onLease);
  } catch (error) {
    await edges.pool.close();
    throw databaseFault(options.store, 'cannot be opened', error);
  }
}

function createOperations(
  { pool, time }: Edges,
  claimed: Writer | undefined,
  { store, holder, retention, steps = STEPS }: OpenOptions,
  onLease: (word: LeaseWord) => void,
): OperationRunner {
  let held = claimed;
  const heldWriter = () => {
    if (held !== undefined) return held;
    throw storeFault(store, 'another OpenK writes it', 'This one stands by: ask that one');
  };
  const writer: Writer = {
    fence: async (query, revision) => heldWriter().fence(query, revision),
    renew: (query) => heldWriter().renew(query),
    kept: (...sent) => held?.kept(...sent),
    wasKept: (query, batch) => heldWriter().wasKept(query, batch),
    release: async (query) => held?.release(query),
  };
  const claim = async () => {
    if (held !== undefined) return true;
    await prepareSchema(pool, store, steps);
    held = await claimOnce({ pool, time }, { store, holder, knows: steps.length, onLease });
    return held !== undefined;
  };
  const closing = new AbortController();
  /** For as long as it is open: that it lives, and what nobody uses any more goes, if this one holds the database. */
  const live = async () => {
    let mayBeLeft = true;
    for (;;) {
      await time.pause(SAID_MS, closing.signal).catch(() => {});
      if (closing.signal.aborted) return;
      try {
        await pool.write((query) => sayLiving(query, holder, steps.length));
        if (held === undefined || !mayBeLeft) continue;
        mayBeLeft = !(await removeUnused(pool, (query) => heldWriter().renew(query), steps));
      } catch {
        // Those who keep and read say what there is to say of it.
      }
    }
  };
  void live();
  const turns = createTurns();
  /** Set as long as it is not known what became of an append. */
  let unsettled: unknown;
  /** Those who ask, and may be waiting for their turn behind that append. */
  const asking = new Set<(error: unknown) => void>();

  const outcomeOf = async (ask: () => Promise<boolean>): Promise<boolean> => {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      closing.signal.throwIfAborted();
      try {
        const isKept = await ask();
        unsettled = undefined;
        return isKept;
      } catch (error) {
        // Nobody may write any more for whom it could come again. Whatever else it is says nothing of the append, which may be there.
        if (error instanceof StoreFault) {
          unsettled = undefined;
          throw error;
        }
        unsettled = error;
        for (const fail of asking) fail(error);
      }
      await time.pause(retryMs, closing.signal);
    }
  };
  const { pruneSlices, ...history } = createHistory({
    pool,
    writer,
    time,
    retention,
    knows: steps.length,
    turns,
    outcomeOf,
    isHeld: () => held !== undefined,
  });
  const prunings = createTurns();
  const operations: Operations = {
    ...history,
    claim: () => turns.take(claim),
    prune: (nowMs) =>
      prunings.take(async () => {
        const slices = pruneSlices(nowMs);
        // It may be closed meanwhile: what is left is forgotten another time.
        while (!closing.signal.aborted) {
          const startedMs = time.processMs();
          if ((await slices.next()).done) return undefined;
          const pauseMs = PAUSE_PER_WORK * (time.processMs() - startedMs);
          await time.pause(pauseMs, closing.signal).catch(() => {});
        }
        return undefined;
      }),
  };
  const ask = <Name extends Operation>(operation: Name, argument: Argument<Name>) =>
    new Promise<Result<Name>>((resolve, reject) => {
      if (unsettled !== undefined) throw unsettled;
      asking.add(reject);
      // In an async function, so that what it throws at once is a rejection like any other.
      const answer = async () => operations[operation](argument);
      answer()
        .then(resolve, reject)
        .finally(() => asking.delete(reject));
    });
  return {
    run: async (operation, argument) => {
      if (closing.signal.aborted) throw closedFault(store);
      try {
        return await (WAITING.has(operation) ? operations[operation](argument) : ask(operation, argument));
      } catch (error) {
        if (closing.signal.aborted && Error.isError(error) && error.name === 'AbortError') throw closedFault(store);
        throw databaseFault(store, FAILING[operation] ?? 'cannot be read', error);
      }
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      const released = turns.take(() =>
        pool.write(async (query) => {
          await writer.release(query);
          await sayEnded(query, holder);
        }),
      );
      const giveUp = new AbortController();
      await Promise.race([released.catch(() => {}), time.pause(CLOSE_MS, giveUp.signal).catch(() => {})]);
      giveUp.abort();
      await pool.close();
    },
  };
}

async function claimInTime(
  { pool, time }: Edges,
  { store, holder, waitMs, standsBy = false, steps = STEPS }: OpenOptions,
  { notify, onLease }: { notify(notice: StoreNotice): void; onLease(word: LeaseWord): void },
): Promise<Writer | undefined> {
  const startedMs = time.processMs();
  const isOver = () => time.processMs() - startedMs >= waitMs;
  let isSaid = false;
  const wait = async (why: string) => {
    if (!isSaid) notify({ kind: 'waiting', message: `${why}: waiting up to ${waitMs / 1000}s` });
    isSaid = true;
    await time.pause(FIRST_RETRY_MS);
  };
  for (;;) {
    try {
      await prepareSchema(pool, store, steps);
      const writer = await claimOnce({ pool, time }, { holder, store, knows: steps.length, onLease });
      if (writer !== undefined) return writer;
      if (standsBy) return undefined;
      const heldBy = await pool.read(holderName);
      if (isOver()) {
        const advice = `End that one (${LEASE_MS / 1000}s after it has ended without a word, the database is free), or give this one a database of its own (--storage)`;
        throw storeFault(store, `${heldBy} has this database`, advice);
      }
      await wait(`storage ${store}: ${heldBy} has this database`);
    } catch (error) {
      const fault = databaseFault(store, 'cannot be opened', error);
      if (fault === error || !isPassing(error) || isOver()) throw fault;
      await wait(fault.message);
    }
  }
}

/** Undefined: another process has it. */
async function claimOnce({ pool, time }: Edges, options: WriterOptions): Promise<Writer | undefined> {
  const [sentMs, sentWallMs] = [time.processMs(), time.nowMs()];
  const writer = await pool.write((query) => claimDatabase(query, options));
  if (writer === undefined) return undefined;
  writer.kept(sentMs, sentWallMs);
  return writer;
}
