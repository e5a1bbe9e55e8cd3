// The tables in a database, all in the schema `openk`, as steps from those of an older version to those of this one. Steps are only
// ever added: see docs/adr/0079-tables-of-two-versions-at-once.md, and migrations.ts for when each is taken.

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

/**
 * - instance: who has opened the database and has not ended, and which version of the tables it knows; a row outlives one that ended without a
 *   word by LIVING_MS.
 * - writer.usable_from: who knows no version as high has no use for these tables.
 */
const FOURTH = `
  ALTER TABLE openk.writer ADD COLUMN usable_from integer NOT NULL DEFAULT 4;
  CREATE TABLE openk.instance (
    id text COLLATE "C" PRIMARY KEY, knows integer NOT NULL, seen_at timestamptz NOT NULL
  );
`;

/** Something that is done once to the tables of a database. Each has a number: its place, from 1 on. */
export interface Step {
  readonly sql: string;
  /**
   * Left out: it only adds, and an OpenK that knows nothing of it reads and writes beside it, so that the first to start takes it. Given: it takes away what
   * those of versions below this one use. It waits until none of them lives, and a version that knows it works without it.
   */
  readonly takesFromBelow?: number;
}

export const STEPS: readonly Step[] = [{ sql: FIRST }, { sql: SECOND }, { sql: THIRD }, { sql: FOURTH }];

/** Of the tables that this OpenK reads and writes. */
export const SCHEMA_VERSION = STEPS.length;
