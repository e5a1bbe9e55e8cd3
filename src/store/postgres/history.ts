// A store's history in PostgreSQL: what history/ says is to be read and written, in transactions. What is in memory (keys, the open
// bucket) is a function of what is kept; it is read and changed by one at a time, and is read anew after a transaction that failed.
import type { Retention } from '../../core/store.ts';
import type { Turns } from '../../core/turns.ts';
import { type AccountingWrite, type Batch, createAccounting } from '../history/accounting.ts';
import { bucketAt, FIVE_MINUTES, groupOf } from '../history/buckets.ts';
import { STATUS_CODE } from '../history/codes.ts';
import { resumableRevisions, startOfIncarnation } from '../history/incarnations.ts';
import { latestObservation } from '../history/latest-observation.ts';
import { columnsIn } from '../history/observation-columns.ts';
import type { Operations } from '../thread/operations.ts';
import type { PackedBatch } from '../thread/packed-batch.ts';
import { packUsages } from '../thread/packed-usages.ts';
import { alertsOver, createAlertTable, openAlerts } from './alert-table.ts';
import { addAudit, listAudit } from './audit-table.ts';
import { blocksUntil, createBucketTables, listAppends } from './bucket-tables.ts';
import { createChangeTable, readFollowed, readUnchanged } from './change-table.ts';
import { createComponentTable, listRemoved, listStates } from './component-table.ts';
import {
  addDeliveries,
  lastDeliveryNumber,
  listDeliveries,
  saveDeliveries,
  waitingDeliveries,
} from './delivery-table.ts';
import { beginIncarnation, completeAfter, incarnationStarts } from './incarnation-table.ts';
import { listIncidents, saveIncident } from './incident-table.ts';
import { listKept, saveKept, saveSharer } from './kept-table.ts';
import { OutcomeUnknown, type Pool, type Query } from './pool.ts';
import { pruneSlices } from './prune.ts';
import { beginSpan, endSpan, hasBegun, spanAt } from './running-table.ts';
import type { Time } from './time.ts';
import {
  addTransitions,
  lastRevision,
  latestTransition,
  listTransitions,
  steps,
  stepsAt,
  transitionsAfter,
} from './transition-table.ts';
import type { Writer } from './writer.ts';

export interface HistoryOptions {
  readonly pool: Pool;
  readonly writer: Writer;
  readonly time: Pick<Time, 'processMs' | 'nowMs'>;
  readonly retention: Retention;
  /** The version of the tables that this OpenK knows. */
  readonly knows: number;
  /** Whose turn it is with what is in memory. */
  readonly turns: Turns;
  /** Whether nobody else writes. */
  readonly isHeld: () => boolean;
  /** What became of a transaction whose answer was lost; rejects when nobody waits for it any more. */
  readonly outcomeOf: (ask: () => Promise<boolean>) => Promise<boolean>;
}

export type History = Omit<Operations, 'prune' | 'claim'> & {
  /** Forgets a bounded amount each time that the next is asked for. */
  pruneSlices(nowMs: number): AsyncGenerator<void>;
};

/** Blocks of observations read at a time, from the latest backwards. */
const BLOCKS_AT_ONCE = 12;
/** Rows of buckets that are read beside appends may be gone when they are used; then they are read anew, and in the end alone. */
const READS_BESIDE = 2;

export function createHistory(options: HistoryOptions): History {
  const { pool, writer, time, retention, knows, turns, outcomeOf, isHeld } = options;
  const components = createComponentTable();
  const buckets = createBucketTables();
  const alerts = createAlertTable();
  const changes = createChangeTable();
  const accounting = createAccounting();
  const ids: string[] = [];
  /** Of `ids`, as far as they were needed. */
  const keys: (number | undefined)[] = [];
  let isStale = true;
  /** Changes with each row of buckets that is written or gone. */
  let version = 0;

  const refresh = async () => {
    // What somebody else writes is read each time.
    const knows = isHeld();
    if (!isStale && knows) return;
    await pool.read(async (query) => {
      await components.load(query);
      await buckets.load(query);
      keys.length = 0;
      version += 1;
      const appends = await listAppends(query);
      const lastRecord = appends.at(-1)?.untilRecord ?? (await lastRevision(query));
      const firstRecord = appends[0]?.afterRecord ?? lastRecord;
      accounting.restore({
        firstRevision: 0,
        appends,
        lastRecord,
        stepsBefore: await stepsAt(query, firstRecord),
        steps: await steps(query, firstRecord, lastRecord),
      });
    });
    isStale = !knows;
  };
  /** @param work is given the number of the transaction */
  const write = async <T>(work: (query: Query, number: number) => Promise<T>, revision?: number): Promise<T> => {
    let sent: [number, number, number] = [0, 0, 0];
    const result = await pool.write(async (query) => {
      const sentAt = [time.processMs(), time.nowMs()] as const;
      const number = await writer.fence(query, revision);
      sent = [...sentAt, number];
      return work(query, number);
    });
    writer.kept(...sent);
    return result;
  };
  const keyOfNumber = (number: number) => {
    const known = keys[number];
    if (known !== undefined) return known;
    const key = components.keyOf(ids[number]!);
    keys[number] = key;
    return key;
  };
  const writeAccounting = async (query: Query, number: number, each: AccountingWrite) => {
    if (each.kind === 'append') return buckets.addAppend(query, number, each.append);
    if (each.kind === 'span') return beginSpan(query, each.fromMs, each.untilMs, each.afterRecord);
    version += 1;
    await buckets.leave(query, each.open, each.next, components.lastKey);
    await endSpan(query, each.open.untilMs);
  };
  const writeBatch = async (query: Query, number: number, packed: PackedBatch): Promise<Batch> => {
    const steps = packed.records.map((record) => ({
      revision: record.revision,
      component: components.keyOf(record.component),
      atMs: record.atMs,
      toStatus: record.to === undefined ? null : STATUS_CODE[record.to],
    }));
    const columns = columnsIn(packed.observations);
    for (let row = 0; row < columns.count; row++) columns.component[row] = keyOfNumber(columns.component[row]!);
    for (const id of packed.changedIds) components.keyOf(id);
    for (const { id } of packed.removed) components.keyOf(id);
    await components.writeKeys(query);
    await components.save(query, packed.changedIds, packed.changedStates);
    await components.remove(query, packed.removed);
    await addAudit(query, packed.audit);
    if (packed.alerts !== undefined) {
      await alerts.save(query, packed.alerts, packed.untilMs);
      await addDeliveries(query, packed.alerts.deliveries);
    }
    await changes.add(query, number, {
      components: [...packed.changedIds, ...packed.removed.map(({ id }) => id)].map(components.keyOf),
      alerts: [...(packed.alerts?.alerts.map(({ id }) => id) ?? []), ...(packed.alerts?.forgotten ?? [])],
      suspensions: packed.alerts?.suspensions.map(({ id }) => id) ?? [],
    });
    await addTransitions(
      query,
      packed.records,
      steps.map(({ component }) => component),
    );
    const batch = { ...packed, steps, columns };
    for (const each of accounting.take(batch)) await writeAccounting(query, number, each);
    return batch;
  };
  /** Its turn lasts until it is known what became of it: one that comes again would be kept twice. */
  const append = async (packed: PackedBatch) => {
    ids.length = packed.firstNumber;
    for (const id of packed.newIds) ids.push(id);
    keys.splice(packed.firstNumber);
    await refresh();
    isStale = true;
    let number = 0;
    try {
      const batch = await write((query, given) => {
        number = given;
        return writeBatch(query, number, packed);
      }, packed.revision);
      accounting.kept(batch);
      isStale = false;
    } catch (error) {
      if (!(error instanceof OutcomeUnknown)) throw error;
      const isKept = await outcomeOf(async () => {
        const wasKept = await pool.write((query) => writer.wasKept(query, number));
        // What is in memory is read anew; but this incarnation goes on. A fault of that is none of the append: it must not come again.
        if (wasKept) await refresh();
        return wasKept;
      });
      if (!isKept) throw error;
      accounting.kept({
        untilMs: 0,
        elapsedMs: 0,
        revision: packed.revision,
        steps: [],
        columns: columnsIn(new ArrayBuffer(0)),
      });
    }
  };
  /** Alone, with what is in memory as it is kept. */
  const alone = <T>(work: () => Promise<T>) =>
    turns.take(async () => {
      await refresh();
      return work();
    });

  return {
    load: (nowMs) =>
      alone(() =>
        write(async (query) => {
          const { revision } = accounting;
          const keptRevision = Math.max(revision, await lastRevision(query));
          const starts = await incarnationStarts(query);
          const startRevision = startOfIncarnation(keptRevision, starts, nowMs);
          const resumable = resumableRevisions(starts, revision);
          await beginIncarnation(query, startRevision, keptRevision);
          const [states, removed] = [await listStates(query), await listRemoved(query)];
          return { revision, startRevision, resumable, states, removed };
        }),
      ),
    append: async (packed) => {
      await turns.take(() => append(packed));
      return undefined;
    },
    async transitions({ components: wanted, ...asked }) {
      const byKey = new Map<number, string>();
      await alone(async () => {
        for (const id of wanted) {
          const key = components.findKey(id);
          if (key !== undefined) byKey.set(key, id);
        }
      });
      return pool.read((query) => listTransitions(query, asked, byKey));
    },
    transitionsAfter: ({ revision, limit }) =>
      pool.read(async (query) => {
        const complete = await completeAfter(query, revision);
        if (complete !== undefined) return { kind: 'forgotten', completeAfter: complete };
        return { kind: 'kept', records: await transitionsAfter(query, revision, limit) };
      }),
    async availability({ components: asked, parts }) {
      const start = () =>
        alone(async () => {
          const wanted = asked.map(components.findKey);
          return { wanted, version, bucket: accounting.open.bucket };
        });
      const read = ({ wanted, bucket }: Awaited<ReturnType<typeof start>>) => {
        const known = wanted.filter((key) => key !== undefined);
        return pool.read((query) => buckets.readFor(query, parts, known, { bucket }));
      };
      for (let tries = 1; ; tries++) {
        const begun = await start();
        const isLast = tries > READS_BESIDE;
        const before = isLast ? undefined : await read(begun);
        const answer = await alone(async () => {
          if (!isLast && version !== begun.version) return undefined;
          const { open } = accounting;
          const rollups = before ?? (await read({ ...begun, bucket: open.bucket }));
          return parts.map((part) => packUsages(part, begun.wanted, { rollups, open }));
        });
        if (answer !== undefined) return answer;
      }
    },
    knownAt: ({ component: id, atMs }) =>
      alone(() =>
        pool.read(async (query) => {
          const span = await spanAt(query, atMs, accounting.latestUntilMs());
          if (span === undefined) return { kind: (await hasBegun(query, atMs)) ? 'not-running' : 'no-record' };
          const key = components.findKey(id);
          const record = key === undefined ? undefined : await latestTransition(query, { key, id }, { ...span, atMs });
          const to = record?.to;
          if (key === undefined || record === undefined || to === undefined) return { kind: 'no-record' };
          const lastObservation = await findObservation(query, { key, id }, atMs);
          return { kind: 'known', record: { ...record, to }, ...(lastObservation && { lastObservation }) };
        }),
      ),
    audit: (asked) => pool.read((query) => listAudit(query, asked)),
    incidents: () => pool.read(listIncidents),
    saveIncident: (incident) =>
      turns.take(async () => {
        await write(async (query, number) => {
          await saveIncident(query, incident);
          await changes.add(query, number, { incidents: [incident.id] });
        });
        return undefined;
      }),
    kept: (topic) => pool.read((query) => listKept(query, topic)),
    keep: (changes) =>
      turns.take(async () => {
        await write((query) => saveKept(query, changes));
        return undefined;
      }),
    alerting: () =>
      pool.read(async (query) => ({
        ...(await openAlerts(query)),
        lastDeliveryNumber: await lastDeliveryNumber(query),
      })),
    alerts: (asked) => pool.read((query) => alertsOver(query, asked)),
    deliveries: (asked) => pool.read((query) => listDeliveries(query, asked)),
    waitingDeliveries: (asked) => pool.read((query) => waitingDeliveries(query, asked)),
    saveDeliveries: (changed) =>
      turns.take(async () => {
        await write((query) => saveDeliveries(query, changed));
        return undefined;
      }),
    announce: async (sharer) => {
      await pool.write((query) => saveSharer(query, sharer));
      return undefined;
    },
    async follow(afterBatch) {
      // Mostly nothing has changed, which one row says.
      const unchanged = afterBatch === undefined ? undefined : await readUnchanged(pool.ask, afterBatch, knows);
      return unchanged ?? pool.read((query) => readFollowed(query, afterBatch, knows));
    },
    async renew() {
      if (!isHeld()) return undefined;
      const sentAt: [number, number] = [time.processMs(), time.nowMs()];
      await pool.write(writer.renew);
      writer.kept(...sentAt);
      return undefined;
    },
    pruneSlices: (nowMs) =>
      pruneSlices(nowMs, {
        retention,
        buckets,
        components,
        open: () => accounting.open,
        onDropped: () => {
          version += 1;
        },
        onForgotten: (gone) => {
          components.forgetKeys(gone);
          keys.length = 0;
        },
        slice: (work) =>
          alone(async () => {
            isStale = true;
            const onKept = await write(work);
            onKept?.();
            isStale = false;
          }),
      }),
  };

  async function findObservation(query: Query, component: { readonly key: number; readonly id: string }, atMs: number) {
    const read: { readonly bucket: number; readonly bytes: Uint8Array }[] = [];
    for (let below = bucketAt(atMs, FIVE_MINUTES); ; below = read.at(-1)!.bucket - 1) {
      const more = await blocksUntil(query, groupOf(component.key), below, BLOCKS_AT_ONCE);
      read.push(...more);
      const byBucket = new Map(read.map(({ bucket, bytes }) => [bucket, bytes]));
      const oldest = read.at(-1)?.bucket;
      const kept = { oldest: () => oldest, row: (bucket: number) => byBucket.get(bucket) };
      const found = latestObservation(component, atMs, kept, accounting.open);
      if (more.length < BLOCKS_AT_ONCE) return found;
      if (found !== undefined && bucketAt(found.atMs, FIVE_MINUTES) >= oldest!) return found;
    }
  }
}
