// The tables of a store's file, and how a file of an older version becomes one of this version. Steps are only ever added.
import type { Database } from 'better-sqlite3';

const FIRST = `
  CREATE TABLE life (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), revision INTEGER NOT NULL) STRICT;
  INSERT INTO life VALUES (1, 0);
  CREATE TABLE component (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

/**
 * - component: small keys for ids, given once (AUTOINCREMENT). state: SavedComponent as JSON, NULL when it is removed.
 * - summary: owner is a token of the process that writes the file. See claim.ts.
 * - life: spans of wall-clock time in which OpenK ran, in their order. until_ms of the latest lags behind the journal.
 * - transition: status codes as in history/codes.ts; from_status NULL: it appeared, to_status NULL: it went.
 * - journal: one row per append, of the bucket of five minutes that is open. See bucket-tables.ts.
 * - observation, five_minutes, hours, days: one row per bucket and group of components. See bucket-tables.ts.
 */
const HISTORY = `
  ALTER TABLE life RENAME TO old_life;
  ALTER TABLE component RENAME TO old_component;

  CREATE TABLE summary (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    revision INTEGER NOT NULL,
    hours_from INTEGER NOT NULL,
    days_from INTEGER NOT NULL,
    owner TEXT NOT NULL
  ) STRICT;
  CREATE TABLE component (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT,
    removed_revision INTEGER
  ) STRICT;
  CREATE INDEX component_removed ON component (removed_revision) WHERE removed_revision IS NOT NULL;
  CREATE TABLE life (
    number INTEGER PRIMARY KEY,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    after_record INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE transition (
    revision INTEGER PRIMARY KEY,
    component INTEGER NOT NULL,
    at_ms REAL NOT NULL,
    from_status INTEGER,
    to_status INTEGER,
    reason_code TEXT NOT NULL,
    reason_message TEXT NOT NULL,
    caused_by TEXT
  ) STRICT;
  CREATE INDEX transition_by_component ON transition (component, revision, at_ms);
  CREATE TABLE journal (
    number INTEGER PRIMARY KEY,
    from_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    after_record INTEGER NOT NULL,
    until_record INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    observations BLOB NOT NULL
  ) STRICT;
  CREATE TABLE observation (id INTEGER PRIMARY KEY, block BLOB NOT NULL) STRICT;
  CREATE TABLE five_minutes (id INTEGER PRIMARY KEY, usages BLOB NOT NULL) STRICT;
  CREATE TABLE hours (id INTEGER PRIMARY KEY, usages BLOB NOT NULL) STRICT;
  CREATE TABLE days (id INTEGER PRIMARY KEY, usages BLOB NOT NULL) STRICT;

  INSERT INTO summary SELECT 1, revision, 0, 0, '' FROM old_life;
  INSERT INTO component (id, state) SELECT id, state FROM old_component ORDER BY id;
  -- What was known of each: since then it has had its status.
  INSERT OR IGNORE INTO transition
    SELECT
      json_extract(state, '$.health.revision'),
      key,
      json_extract(state, '$.health.sinceMs'),
      NULL,
      CASE json_extract(state, '$.health.status')
        WHEN 'HEALTHY' THEN 0 WHEN 'DEGRADED' THEN 1 WHEN 'UNHEALTHY' THEN 2 WHEN 'UNKNOWN' THEN 3 ELSE 4 END,
      json_extract(state, '$.health.reason.code'),
      json_extract(state, '$.health.reason.message'),
      json_extract(state, '$.health.causedBy')
    FROM component;
  DROP TABLE old_life;
  DROP TABLE old_component;
`;

/**
 * - incarnation: one row per start of OpenK. kept_revision: of the last change that was kept before; between the two nothing is
 *   known. Version 2 kept in each state which incarnation saved it.
 * - running: what was `life`.
 * - summary.forgotten_revision: up to there records may be missing. Of an older file it is not known where.
 */
const REVISIONS = `
  ALTER TABLE life RENAME TO running;
  ALTER TABLE summary ADD COLUMN forgotten_revision INTEGER NOT NULL DEFAULT 0;
  UPDATE summary SET forgotten_revision = ifnull((SELECT max(revision) FROM transition), 0);
  CREATE TABLE incarnation (start_revision INTEGER PRIMARY KEY, kept_revision INTEGER NOT NULL) STRICT;
  INSERT INTO incarnation
    SELECT start, start FROM (
      SELECT state ->> '$.life.startRevision' AS start FROM component
      UNION SELECT state ->> '$.life.changedRevision' FROM component
    ) WHERE start IS NOT NULL;
  UPDATE component SET state = json_remove(state, '$.life') WHERE state -> '$.life' IS NOT NULL;
`;

/** Who changed what: src/core/store.ts. A number is never given twice, so that pages stay where they are. */
const AUDIT = `
  CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms REAL NOT NULL,
    principal TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    component TEXT NOT NULL,
    detail TEXT NOT NULL
  ) STRICT;
`;

/** state: Incident as JSON (src/core/status-page.ts). */
const INCIDENTS = `
  CREATE TABLE incident (
    id TEXT PRIMARY KEY,
    updated_ms REAL NOT NULL,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/**
 * - alert: state is a SavedAlert as JSON (src/core/alert.ts), of one that is over its Alert alone.
 * - delivery: message is an AlertMessage as JSON; last, since what filters reads none of it. A number is never given twice.
 * - suspension: state is a Suspension as JSON.
 */
const ALERTS = `
  CREATE TABLE alert (
    id TEXT PRIMARY KEY,
    component TEXT NOT NULL,
    route TEXT NOT NULL,
    resolved_ms REAL,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX alert_open ON alert (id) WHERE resolved_ms IS NULL;
  CREATE INDEX alert_over ON alert (resolved_ms DESC, id) WHERE resolved_ms IS NOT NULL;
  CREATE INDEX alert_over_by_component ON alert (component, resolved_ms DESC, id) WHERE resolved_ms IS NOT NULL;
  CREATE INDEX alert_over_by_route ON alert (route, resolved_ms DESC, id) WHERE resolved_ms IS NOT NULL;
  CREATE TABLE delivery (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    alert TEXT NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    may_have_arrived INTEGER NOT NULL,
    created_ms REAL NOT NULL,
    next_attempt_ms REAL,
    settled_ms REAL,
    error TEXT,
    handle TEXT,
    message TEXT NOT NULL
  ) STRICT;
  CREATE INDEX delivery_waiting ON delivery (state) WHERE state = 'WAITING';
  CREATE INDEX delivery_waiting_by_channel ON delivery (channel) WHERE state = 'WAITING';
  CREATE INDEX delivery_settled ON delivery (settled_ms) WHERE settled_ms IS NOT NULL;
  CREATE INDEX delivery_by_alert ON delivery (alert);
  CREATE INDEX delivery_by_channel ON delivery (channel);
  CREATE TABLE suspension (
    id TEXT PRIMARY KEY,
    created_ms REAL NOT NULL,
    until_ms REAL NOT NULL,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** What parts of OpenK keep for their next start: src/core/store.ts. */
const KEPT = `
  CREATE TABLE kept (
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (topic, key)
  ) STRICT;
`;

/** Each runs in a transaction of its own, which also sets the version. */
const MIGRATIONS: readonly string[] = [FIRST, HISTORY, REVISIONS, AUDIT, INCIDENTS, ALERTS, KEPT];

/** Of the tables that this OpenK reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

export function schemaVersion(database: Database): number {
  return database.pragma('user_version', { simple: true }) as number;
}

/** Brings a file of an older version up to this one, each step whole or not at all. */
export function migrate(database: Database): void {
  for (let version = schemaVersion(database); version < SCHEMA_VERSION; version++) {
    database.transaction(() => {
      database.exec(MIGRATIONS[version]!);
      database.pragma(`user_version = ${version + 1}`);
    })();
  }
}
