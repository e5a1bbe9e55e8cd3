// The tables in a database, all in the schema `openk`, and how those of an older version become those of this one. Steps are only
// ever added, and each is one that the version before can live beside: see docs/adr/0062-one-database-one-writer.md.

import { storeFault } from '../thread/operations.ts';
import type { Pool, Query } from './pool.ts';

/**
 * - writer: one row. Who may write (holder, epoch, until expires_at), how many transactions were written, and what is counted: a row,
 *   since numbers of a sequence appear out of order. revision: of the last change. See writer.ts.
 * - component: small keys for ids, given once. state: SavedComponent as JSON, NULL when it is removed.
 * - running: spans of wall-clock time in which OpenK ran, in their order. until_ms of the latest lags behind the journal.
 * - incarnation: one row per start of OpenK. kept_revision: of the last change that was kept before.
 * - transition: status codes as in history/codes.ts; from_status NULL: it appeared, to_status NULL: it went.
 * - journal: one row per append, of the bucket of five minutes that is open.
 * - observation, five_minutes, hours, days: one row per bucket and group of components; partitions.ts.
 * - audit, incident, alert, delivery, suspension: as in sqlite/schema.ts.
 *
 * JSON is text: what is read is what was written, to the letter. Texts compare by their bytes, whatever the database is set to.
 */
const FIRST = `
  CREATE SCHEMA IF NOT EXISTS openk;
  CREATE TABLE openk.migration (
    version integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE TABLE openk.writer (
    only_row integer PRIMARY KEY CHECK (only_row = 1),
    holder text NOT NULL,
    epoch bigint NOT NULL,
    expires_at timestamptz NOT NULL,
    batch bigint NOT NULL,
    revision bigint NOT NULL,
    forgotten_revision bigint NOT NULL,
    hours_from bigint NOT NULL,
    days_from bigint NOT NULL,
    component_key integer NOT NULL,
    audit_number bigint NOT NULL,
    delivery_number bigint NOT NULL
  ) WITH (fillfactor = 10);
  INSERT INTO openk.writer VALUES (1, '', 0, '-infinity', 0, 0, 0, 0, 0, 0, 0, 0);
  CREATE TABLE openk.component (
    key integer PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    state text,
    removed_revision bigint
  ) WITH (fillfactor = 50);
  CREATE INDEX component_removed ON openk.component (removed_revision) WHERE removed_revision IS NOT NULL;
  CREATE TABLE openk.running (
    number bigint PRIMARY KEY,
    from_ms bigint NOT NULL,
    until_ms bigint NOT NULL,
    after_record bigint NOT NULL
  );
  CREATE TABLE openk.incarnation (start_revision bigint PRIMARY KEY, kept_revision bigint NOT NULL);
  CREATE TABLE openk.transition (
    revision bigint PRIMARY KEY,
    component integer NOT NULL,
    at_ms double precision NOT NULL,
    from_status smallint,
    to_status smallint,
    reason_code text NOT NULL,
    reason_message text NOT NULL,
    caused_by text
  );
  CREATE INDEX transition_by_component ON openk.transition (component, revision);
  CREATE TABLE openk.journal (
    number bigint PRIMARY KEY,
    from_ms bigint NOT NULL,
    until_ms bigint NOT NULL,
    after_record bigint NOT NULL,
    until_record bigint NOT NULL,
    revision bigint NOT NULL,
    observations bytea NOT NULL
  );
  -- Columns of numbers that live for five minutes: not worth being made smaller.
  ALTER TABLE openk.journal ALTER COLUMN observations SET STORAGE EXTERNAL;
  CREATE TABLE openk.observation (
    component_group integer NOT NULL, bucket bigint NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (component_group, bucket)
  ) PARTITION BY RANGE (bucket);
  CREATE TABLE openk.five_minutes (
    component_group integer NOT NULL, bucket bigint NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (component_group, bucket)
  ) PARTITION BY RANGE (bucket);
  CREATE TABLE openk.hours (
    component_group integer NOT NULL, bucket bigint NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (component_group, bucket)
  ) PARTITION BY RANGE (bucket);
  CREATE TABLE openk.days (
    component_group integer NOT NULL, bucket bigint NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (component_group, bucket)
  ) PARTITION BY RANGE (bucket);
  CREATE TABLE openk.audit (
    number bigint PRIMARY KEY,
    at_ms double precision NOT NULL,
    principal text NOT NULL,
    address text NOT NULL,
    action text NOT NULL,
    component text NOT NULL,
    detail text NOT NULL
  );
  CREATE TABLE openk.incident (
    id text COLLATE "C" PRIMARY KEY,
    updated_ms double precision NOT NULL,
    is_over boolean NOT NULL,
    state text NOT NULL
  );
  CREATE TABLE openk.alert (
    id text COLLATE "C" PRIMARY KEY,
    component text NOT NULL,
    route text NOT NULL,
    resolved_ms double precision,
    state text NOT NULL
  );
  CREATE INDEX alert_open ON openk.alert (id) WHERE resolved_ms IS NULL;
  CREATE INDEX alert_over ON openk.alert (resolved_ms DESC, id) WHERE resolved_ms IS NOT NULL;
  CREATE INDEX alert_over_by_component ON openk.alert (component, resolved_ms DESC, id) WHERE resolved_ms IS NOT NULL;
  CREATE INDEX alert_over_by_route ON openk.alert (route, resolved_ms DESC, id) WHERE resolved_ms IS NOT NULL;
  CREATE TABLE openk.delivery (
    number bigint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    alert text NOT NULL,
    channel text NOT NULL,
    state text NOT NULL,
    attempts integer NOT NULL,
    may_have_arrived boolean NOT NULL,
    created_ms double precision NOT NULL,
    next_attempt_ms double precision,
    settled_ms double precision,
    error text,
    handle text,
    message text NOT NULL
  );
  CREATE INDEX delivery_waiting ON openk.delivery (number) WHERE state = 'WAITING';
  CREATE INDEX delivery_settled ON openk.delivery (settled_ms) WHERE settled_ms IS NOT NULL;
  CREATE INDEX delivery_by_alert ON openk.delivery (alert, number);
  CREATE INDEX delivery_by_channel ON openk.delivery (channel, number);
  CREATE TABLE openk.suspension (
    id text COLLATE "C" PRIMARY KEY,
    created_ms double precision NOT NULL,
    until_ms double precision NOT NULL,
    state text NOT NULL
  );
`;

/** - change: what each of the latest transactions changed, by keys and ids. writer.changes_from: those up to it are forgotten. */
const SECOND = `
  ALTER TABLE openk.writer ADD COLUMN changes_from bigint NOT NULL DEFAULT 0;
  UPDATE openk.writer SET changes_from = batch;
  CREATE TABLE openk.change (
    batch bigint PRIMARY KEY,
    components integer[] NOT NULL,
    alerts text[] NOT NULL,
    suspensions text[] NOT NULL,
    incidents text[] NOT NULL
  );
`;

/** - kept: as in sqlite/schema.ts. */
const THIRD = `
  CREATE TABLE openk.kept (
    topic text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, text text NOT NULL, PRIMARY KEY (topic, key)
  );
`;

const MIGRATIONS: readonly string[] = [FIRST, SECOND, THIRD];

/** Of the tables that this OpenK reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Of the lock that lasts as long as the transaction of a migration: "openk" as a number. */
const MIGRATION_LOCK = 0x6f_70_65_6e_6b;

/** 0: there are none. */
export async function schemaVersion(query: Query): Promise<number> {
  // Not `to_regclass`: while a transaction waits for an advisory lock it does not learn of tables that others have made.
  const found = await query("SELECT 1 FROM pg_tables WHERE schemaname = 'openk' AND tablename = 'migration'");
  if (found.length === 0) return 0;
  const [row] = await query<{ version: number }>('SELECT coalesce(max(version), 0) AS version FROM openk.migration');
  return row!.version;
}

/**
 * Makes the tables where there are none. Those of an older version stay as they are, since an OpenK of that version may be writing
 * them: `migrate` is for who holds the database.
 * @throws StoreFault for those of a newer version
 */
export async function prepareSchema(pool: Pool, store: string): Promise<void> {
  const version = await pool.read(schemaVersion);
  if (version > SCHEMA_VERSION) {
    throw storeFault(
      store,
      `it is of version ${version}, and this OpenK knows versions up to ${SCHEMA_VERSION}`,
      'Run the OpenK that wrote it, or name another database',
    );
  }
  if (version === 0) await migrate(pool);
}

/** Up to this version, all of it or nothing, whoever else tries the same. @param steps of the versions from 1 on */
export async function migrate(pool: Pool, steps: readonly string[] = MIGRATIONS): Promise<void> {
  if ((await pool.read(schemaVersion)) >= steps.length) return;
  await pool.write(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    for (let version = await schemaVersion(query); version < steps.length; version++) {
      await query(steps[version]!);
      await query('INSERT INTO openk.migration (version) VALUES ($1)', [version + 1]);
    }
  });
}
