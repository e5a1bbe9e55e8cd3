// A small database of Uptime Kuma: the tables and columns that an import reads, as 2.x has them, with a few rows.
import Database from 'better-sqlite3';

const SCHEMA = `
CREATE TABLE monitor (
  id INTEGER PRIMARY KEY, name TEXT, active INTEGER NOT NULL DEFAULT 1, interval INTEGER NOT NULL DEFAULT 60, url TEXT, type TEXT, hostname TEXT, port INTEGER,
  keyword TEXT, invert_keyword INTEGER DEFAULT 0, maxretries INTEGER DEFAULT 0, retry_interval INTEGER DEFAULT 0, resend_interval INTEGER DEFAULT 0,
  ignore_tls INTEGER DEFAULT 0, upside_down INTEGER DEFAULT 0, maxredirects INTEGER DEFAULT 10, accepted_statuscodes_json TEXT DEFAULT '["200-299"]',
  method TEXT DEFAULT 'GET', body TEXT, headers TEXT, http_body_encoding TEXT, auth_method TEXT, basic_auth_user TEXT, basic_auth_pass TEXT, bearer_token TEXT,
  oauth_token_url TEXT, oauth_client_id TEXT, oauth_client_secret TEXT, oauth_scopes TEXT, oauth_auth_method TEXT,
  json_path TEXT, json_path_operator TEXT, expected_value TEXT, push_token TEXT, parent INTEGER, proxy_id INTEGER, timeout REAL DEFAULT 0,
  dns_resolve_type TEXT, dns_resolve_server TEXT, conditions TEXT DEFAULT '[]', smtp_security TEXT, description TEXT, expiry_notification INTEGER DEFAULT 0
);
CREATE TABLE proxy (id INTEGER PRIMARY KEY, protocol TEXT, host TEXT, port INTEGER, auth INTEGER, username TEXT, password TEXT, active INTEGER DEFAULT 1);
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE monitor_tag (id INTEGER PRIMARY KEY, monitor_id INTEGER, tag_id INTEGER, value TEXT);
CREATE TABLE notification (id INTEGER PRIMARY KEY, name TEXT, active INTEGER DEFAULT 1, config TEXT);
CREATE TABLE monitor_notification (id INTEGER PRIMARY KEY, monitor_id INTEGER, notification_id INTEGER);
CREATE TABLE maintenance (
  id INTEGER PRIMARY KEY, title TEXT, active INTEGER DEFAULT 1, strategy TEXT, cron TEXT, duration INTEGER, timezone TEXT, interval_day INTEGER
);
CREATE TABLE monitor_maintenance (id INTEGER PRIMARY KEY, monitor_id INTEGER, maintenance_id INTEGER);
CREATE TABLE status_page (id INTEGER PRIMARY KEY, slug TEXT, title TEXT, description TEXT, published INTEGER DEFAULT 1, password TEXT);
CREATE TABLE "group" (id INTEGER PRIMARY KEY, name TEXT, weight INTEGER DEFAULT 1000, status_page_id INTEGER);
CREATE TABLE monitor_group (id INTEGER PRIMARY KEY, monitor_id INTEGER, group_id INTEGER, weight INTEGER DEFAULT 1000);
`;

export type Rows = Readonly<Record<string, readonly Readonly<Record<string, string | number>>[]>>;

/** Makes it at `path`; whoever asks closes it. */
export function makeKumaDatabase(path: string, rows: Rows): Database.Database {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.exec(SCHEMA);
  for (const [table, all] of Object.entries(rows)) {
    for (const row of all) {
      const names = Object.keys(row);
      database
        .prepare(`INSERT INTO "${table}" (${names.join()}) VALUES (${names.map(() => '?').join()})`)
        .run(...Object.values(row));
    }
  }
  return database;
}
