// Which store a URL names, and how long it keeps what.
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { type LeaseWord, type Retention, type Store, StoreFault, type StoreNotice } from '../core/store.ts';
import { holderToken } from './postgres/holder.ts';
import { readTarget } from './postgres/target.ts';
import type { DatabaseOptions } from './postgres/worker.ts';
import { ownerToken } from './sqlite/claim.ts';
import { IN_MEMORY } from './sqlite/database.ts';
import type { FileOptions } from './sqlite/file-operations.ts';
import { type OpenOptions, openOperations } from './sqlite/operations.ts';
import { createPackedStore } from './thread/packed-store.ts';
import { createSharedStore } from './thread/shared-store.ts';
import { openWorkerChannel } from './thread/worker-channel.ts';

export interface StoreOptions {
  /** Wall clock: the revisions of each incarnation begin by it. */
  readonly nowMs: () => number;
  readonly retention: Retention;
  /** Whether a damaged file is put aside and a new one begun. Default: it is refused. */
  readonly startsEmpty?: boolean;
  /** How long to wait for what another process has, in milliseconds. */
  readonly waitMs?: number;
  /** Must not throw. */
  readonly onNotice?: (notice: StoreNotice) => void;
  /** What is said of the lease on a store that others may take. Must not throw. */
  readonly onLease?: (word: LeaseWord) => void;
  /** Gives up what is still being opened. */
  readonly stop?: AbortSignal;
  /** How many there are at the start. Default: few. */
  readonly components?: number;
}

/** From a checkout the sources run as they are, from the package what was built. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const SQLITE_WORKER = new URL(`./sqlite/worker.${EXTENSION}`, import.meta.url);
const POSTGRES_WORKER = new URL(`./postgres/worker.${EXTENSION}`, import.meta.url);

/** The one before may still be draining: a rolling update. As long as that takes at most by default. */
const WAIT_MS = 10_000;
/** One that has gone without a word is gone for a database when its lease is over; and one that is started with OpenK may need a while. */
const DATABASE_WAIT_MS = 20_000;

const HOUR_MS = 3_600_000;

/** Memory is dear: at most this, whatever is configured. */
const IN_MEMORY_RETENTION: Retention = {
  transitionsMs: 168 * HOUR_MS,
  observationsMs: HOUR_MS,
  fiveMinutesMs: 24 * HOUR_MS,
  hoursMs: 168 * HOUR_MS,
  daysMs: 2160 * HOUR_MS,
  auditMs: 168 * HOUR_MS,
  alertsMs: 168 * HOUR_MS,
};
const IN_MEMORY_TRANSITIONS = 100_000;
/**
 * From so many components on, memory has a thread too: to leave a bucket of very many takes longer than a probe may wait. And it keeps no
 * states, which are half of what it would hold, and which nobody reads: whatever begins in this process begins once.
 */
const IN_MEMORY_THREAD = 2_000;
const IN_MEMORY_AUDIT_ENTRIES = 10_000;
const IN_MEMORY_ALERTS = 5_000;

const STORES: Readonly<Record<string, (rest: string, options: StoreOptions) => Promise<Store>>> = {
  async memory(_rest, { nowMs, retention: configured, components = 0, stop }) {
    const retention = shorterOf(configured, IN_MEMORY_RETENTION);
    const options: OpenOptions = {
      path: IN_MEMORY,
      store: 'memory:',
      retention,
      owner: randomUUID(),
      maxTransitions: IN_MEMORY_TRANSITIONS,
      maxAuditEntries: IN_MEMORY_AUDIT_ENTRIES,
      maxAlerts: IN_MEMORY_ALERTS,
    };
    const hasThread = components >= IN_MEMORY_THREAD;
    const operations = hasThread ? await openWorkerChannel(SQLITE_WORKER, options, { stop }) : openOperations(options);
    return createPackedStore(operations, { retention, nowMs, beginsAnew: hasThread });
  },
  async sqlite(path, { nowMs, retention, startsEmpty = false, waitMs = WAIT_MS, onNotice, stop }) {
    const file = resolve(path);
    const owner = ownerToken(randomUUID());
    const fileOptions: FileOptions = { path: file, store: `sqlite:${file}`, retention, owner, startsEmpty, waitMs };
    const channel = await openWorkerChannel(SQLITE_WORKER, fileOptions, { onNotice, stop });
    return createPackedStore(channel, { retention, nowMs });
  },
  postgres: openPostgres,
  postgresql: openPostgres,
};

async function openPostgres(
  rest: string,
  { nowMs, retention, waitMs = DATABASE_WAIT_MS, onNotice, onLease, stop }: StoreOptions,
): Promise<Store> {
  const url = `postgres:${rest}`;
  // What faults name it, and, before there is a thread, whether it is a URL at all.
  const store = readTarget(url, process.env).name;
  const holder = holderToken(randomUUID());
  const databaseOptions: DatabaseOptions = { url, store, retention, holder, waitMs, standsBy: true };
  const channel = await openWorkerChannel(POSTGRES_WORKER, databaseOptions, { onNotice, onLease, stop });
  return createSharedStore(channel, { retention, nowMs, holder });
}

/**
 * @param url `memory:`, `sqlite:PATH` or `postgres://…`
 * @throws StoreFault for another URL, and when the store cannot be opened
 */
export async function openStore(url: string, options: StoreOptions): Promise<Store> {
  const [scheme = '', ...rest] = url.split(':');
  const open = Object.hasOwn(STORES, scheme) ? STORES[scheme] : undefined;
  if (open === undefined || rest.length === 0) {
    throw new StoreFault(
      'storage: only memory:, sqlite:PATH and postgres://… are known. Write for example sqlite:data/openk.db',
    );
  }
  return open(rest.join(':'), options);
}

function shorterOf(a: Retention, b: Retention): Retention {
  return {
    transitionsMs: Math.min(a.transitionsMs, b.transitionsMs),
    observationsMs: Math.min(a.observationsMs, b.observationsMs),
    fiveMinutesMs: Math.min(a.fiveMinutesMs, b.fiveMinutesMs),
    hoursMs: Math.min(a.hoursMs, b.hoursMs),
    daysMs: Math.min(a.daysMs, b.daysMs),
    auditMs: Math.min(a.auditMs, b.auditMs),
    alertsMs: Math.min(a.alertsMs, b.alertsMs),
  };
}
