// A small database of Uptime Kuma: the tables and columns that an import reads, as 2.x has them, with a few rows.
import Database from 'better-sqlite3';

/** `npm run import:peers` compares each column with a database that the migrations of a real one made. */
export const KUMA_TABLES = `
CREATE TABLE monitor (
  id INTEGER PRIMARY KEY, name TEXT, active BOOLEAN NOT NULL DEFAULT 1, interval INTEGER NOT NULL DEFAULT 20, url TEXT, type TEXT, hostname TEXT, port INTEGER,
  keyword TEXT, invert_keyword BOOLEAN NOT NULL DEFAULT 0, maxretries INTEGER NOT NULL DEFAULT 0, retry_interval INTEGER NOT NULL DEFAULT 0,
  resend_interval INTEGER NOT NULL DEFAULT 0, ignore_tls BOOLEAN NOT NULL DEFAULT 0, upside_down BOOLEAN NOT NULL DEFAULT 0,
  maxredirects INTEGER NOT NULL DEFAULT 10, accepted_statuscodes_json TEXT NOT NULL DEFAULT '["200-299"]',
  method TEXT NOT NULL DEFAULT 'GET', body TEXT, headers TEXT, http_body_encoding TEXT, auth_method TEXT, basic_auth_user TEXT, basic_auth_pass TEXT, bearer_token TEXT,
  oauth_token_url TEXT, oauth_client_id TEXT, oauth_client_secret TEXT, oauth_scopes TEXT, oauth_audience TEXT, oauth_auth_method TEXT,
  json_path TEXT, json_path_operator TEXT, expected_value TEXT, retry_only_on_status_code_failure BOOLEAN NOT NULL DEFAULT 0, push_token TEXT, parent INTEGER,
  proxy_id INTEGER, timeout DOUBLE NOT NULL DEFAULT 0, dns_resolve_type TEXT, dns_resolve_server TEXT, conditions TEXT NOT NULL DEFAULT '[]', smtp_security TEXT,
  expected_tls_alert TEXT, ws_subprotocol TEXT NOT NULL DEFAULT '', ws_ignore_sec_websocket_accept_header BOOLEAN NOT NULL DEFAULT 0,
  packet_size INTEGER NOT NULL DEFAULT 56, ping_count INTEGER NOT NULL DEFAULT 1, ip_family TEXT, cache_bust BOOLEAN NOT NULL DEFAULT 0,
  docker_container TEXT, description TEXT, expiry_notification BOOLEAN DEFAULT 1, domain_expiry_notification BOOLEAN DEFAULT 0
);
CREATE TABLE proxy (
  id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, protocol TEXT NOT NULL, host TEXT NOT NULL, port INTEGER, auth BOOLEAN NOT NULL, username TEXT, password TEXT,
  active BOOLEAN NOT NULL DEFAULT 1
);
CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL, color TEXT NOT NULL);
CREATE TABLE monitor_tag (id INTEGER PRIMARY KEY, monitor_id INTEGER NOT NULL, tag_id INTEGER NOT NULL, value TEXT);
CREATE TABLE notification (id INTEGER PRIMARY KEY, name TEXT, active BOOLEAN NOT NULL DEFAULT 1, user_id INTEGER NOT NULL, config TEXT);
CREATE TABLE monitor_notification (id INTEGER PRIMARY KEY, monitor_id INTEGER NOT NULL, notification_id INTEGER NOT NULL);
CREATE TABLE maintenance (
  id INTEGER PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL, active BOOLEAN NOT NULL DEFAULT 1, strategy TEXT NOT NULL DEFAULT 'single',
  start_date DATETIME, end_date DATETIME, interval_day INTEGER, cron TEXT, timezone TEXT, duration INTEGER
);
CREATE TABLE monitor_maintenance (id INTEGER PRIMARY KEY, monitor_id INTEGER NOT NULL, maintenance_id INTEGER NOT NULL);
CREATE TABLE status_page (
  id INTEGER PRIMARY KEY, slug TEXT NOT NULL, title TEXT NOT NULL, description TEXT, icon TEXT NOT NULL, theme TEXT NOT NULL,
  published BOOLEAN NOT NULL DEFAULT 1, password TEXT
);
CREATE TABLE "group" (id INTEGER PRIMARY KEY, name TEXT NOT NULL, public BOOLEAN NOT NULL DEFAULT 0, weight INTEGER NOT NULL DEFAULT 1000, status_page_id INTEGER);
CREATE TABLE monitor_group (id INTEGER PRIMARY KEY, monitor_id INTEGER NOT NULL, group_id INTEGER NOT NULL, weight INTEGER NOT NULL DEFAULT 1000);
`;

export type Rows = Readonly<Record<string, readonly Readonly<Record<string, string | number>>[]>>;

/** Makes it at `path`; whoever asks closes it. */
export function makeKumaDatabase(path: string, rows: Rows): Database.Database {
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.exec(KUMA_TABLES);
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
