// Brings the tables of a database to the version of this OpenK while others, older or newer ones, read and write them: what adds comes at
// once, what takes away once nobody lives who uses it. See docs/adr/0079-tables-of-two-versions-at-once.md.

import { storeFault } from '../thread/operations.ts';
import { eldestVersion } from './instance-table.ts';
import type { Pool, Query } from './pool.ts';
import { STEPS, type Step } from './schema.ts';

/** Of the lock that lasts as long as the transaction of a migration: "openk" as a number. */
const MIGRATION_LOCK = 0x6f_70_65_6e_6b;
/** A writer waits as long, where somebody else keeps a table for longer: it is tried again. */
const LOCK_MS = 1_000;
/** The first version whose tables say who may use them, and who lives. */
const SAYING = 4;

/** Numbers of the steps that were taken. */
async function stepsTaken(query: Query): Promise<ReadonlySet<number>> {
  // Not `to_regclass`: while a transaction waits for an advisory lock it does not learn of tables that others have made.
  const found = await query("SELECT 1 FROM pg_tables WHERE schemaname = 'openk' AND tablename = 'migration'");
  if (found.length === 0) return new Set();
  const rows = await query<{ version: number }>('SELECT version FROM openk.migration');
  return new Set(rows.map(({ version }) => version));
}

/** 0: there are none. */
export async function schemaVersion(query: Query): Promise<number> {
  return Math.max(0, ...(await stepsTaken(query)));
}

/** @throws StoreFault for tables that this OpenK has no use for */
export function refuseNewer(store: string, usableFrom: number, steps: readonly Step[] = STEPS): void {
  if (usableFrom <= steps.length) return;
  throw storeFault(
    store,
    `it is for versions from ${usableFrom} on, and this OpenK knows versions up to ${steps.length}`,
    'Run the OpenK that wrote it, or name another database',
  );
}

/**
 * Takes all steps that only add, also while another OpenK holds the database.
 * @throws StoreFault for tables of which a newer version has taken away what this one uses
 */
export async function prepareSchema(pool: Pool, store: string, steps: readonly Step[] = STEPS): Promise<void> {
  const missing = await pool.read(async (query) => {
    const taken = await stepsTaken(query);
    // Of the versions before it every one refuses what is newer.
    const usableFrom = taken.has(SAYING) ? await usableVersion(query) : Math.max(0, ...taken);
    refuseNewer(store, usableFrom, steps);
    return numbersOf(steps).some((number) => !taken.has(number) && adds(steps[number - 1]!));
  });
  if (missing) await migrate(pool, steps, adds);
}

/**
 * Takes those that take away, as far as nobody lives who uses that.
 * @param fence of who holds the database @returns whether none is left
 */
export async function removeUnused(
  pool: Pool,
  fence: (query: Query) => Promise<unknown>,
  steps: readonly Step[] = STEPS,
): Promise<boolean> {
  const takesAway = (step: Step) => !adds(step);
  if (!steps.some(takesAway)) return true;
  const { left, eldest } = await pool.read(async (query) => {
    const taken = await stepsTaken(query);
    return {
      left: numbersOf(steps).filter((number) => !taken.has(number) && takesAway(steps[number - 1]!)),
      eldest: await eldestVersion(query),
    };
  });
  const isUnused = ({ takesFromBelow = 0 }: Step) => eldest >= takesFromBelow;
  const ready = left.filter((number) => isUnused(steps[number - 1]!));
  if (ready.length > 0) await migrate(pool, steps, (step) => takesAway(step) && isUnused(step), fence);
  return ready.length === left.length;
}

/** All that are wanted or nothing, also where others try the same. */
export async function migrate(
  pool: Pool,
  steps: readonly Step[],
  isWanted: (step: Step) => boolean = () => true,
  fence: (query: Query) => Promise<unknown> = async () => {},
): Promise<void> {
  await pool.write(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
    const taken = await stepsTaken(query);
    // Before all others, as each transaction that writes does: neither waits for the other in the middle.
    if (taken.size > 0) await query('LOCK TABLE openk.writer IN ACCESS EXCLUSIVE MODE');
    await fence(query);
    for (const number of numbersOf(steps)) {
      const step = steps[number - 1]!;
      if (taken.has(number) || !isWanted(step)) continue;
      // Somebody may have come meanwhile.
      if (!adds(step) && (await eldestVersion(query)) < step.takesFromBelow!) continue;
      await query(step.sql);
      await query('INSERT INTO openk.migration (version) VALUES ($1)', [number]);
      if (adds(step)) continue;
      await query('UPDATE openk.writer SET usable_from = greatest(usable_from, $1::int)', [step.takesFromBelow]);
    }
  });
}

async function usableVersion(query: Query): Promise<number> {
  const [row] = await query<{ usableFrom: number }>('SELECT usable_from AS "usableFrom" FROM openk.writer');
  return row!.usableFrom;
}

function adds({ takesFromBelow }: Step): boolean {
  return takesFromBelow === undefined;
}

function numbersOf(steps: readonly Step[]): readonly number[] {
  return steps.map((_, at) => at + 1);
}
