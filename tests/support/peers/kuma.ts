// A database of Uptime Kuma's own migrations with a monitor of each type that it has, a notification of each kind, groups, tags, proxies, maintenance and
// pages, imported; and the tables that our tests make by hand beside the real ones.
import Database from 'better-sqlite3';
import { importKuma } from '../../../src/import/uptime-kuma/import-kuma.ts';
import type { KumaData, Row } from '../../../src/import/uptime-kuma/model.ts';
import { readDatabase } from '../../../src/import/uptime-kuma/read-database.ts';
import { KUMA_TABLES } from '../../import/kuma-database.ts';
import { importSource, lacking, type PeerImport } from './import-source.ts';
import { columnsOf, kumaNotifications, kumaTypes, type MigratedDatabase } from './kuma-database.ts';

/** In every value that may be nowhere but in the env file. */
const SECRET = 's3cret';
const TOKEN = `${SECRET}-abcdefghijklmnopqrstuvwxyz`.slice(0, 32);
const URL_TEXT = 'https://shop.example.org/health';

type Values = Readonly<Record<string, string | number | null>>;

const http = (values: Values = {}): Values => ({ type: 'http', url: URL_TEXT, ...values });
const host = (type: string, port: number | null, values: Values = {}): Values => ({
  type,
  hostname: 'db.example.org',
  port,
  ...values,
});
const basic = { auth_method: 'basic', basic_auth_user: 'u', basic_auth_pass: SECRET };

/** By what they are called. */
const MONITORS: Readonly<Record<string, Values>> = {
  plain: http(),
  'with retries': http({ maxretries: 2, retry_interval: 20, resend_interval: 5, timeout: 10, expiry_notification: 0 }),
  'as asked': http({
    method: 'POST',
    body: `{"password":"${SECRET}"}`,
    http_body_encoding: 'json',
    headers: `{"X-Api-Key":"${SECRET}","Accept":"text/plain"}`,
    accepted_statuscodes_json: '["200-299","404"]',
    maxredirects: 0,
    ignore_tls: 1,
    ip_family: 'ipv4',
    cache_bust: 1,
    domain_expiry_notification: 1,
  }),
  basic: http(basic),
  'with a password of before': http({ ...basic, auth_method: null }),
  bearer: http({ auth_method: 'bearer', bearer_token: SECRET }),
  'by OAuth2': http({
    auth_method: 'oauth2-cc',
    oauth_auth_method: 'client_secret_basic',
    oauth_token_url: 'https://idp.example.org/token',
    oauth_client_id: 'client',
    oauth_client_secret: SECRET,
    oauth_scopes: 'a b',
    oauth_audience: 'shop',
  }),
  'by NTLM': http({ ...basic, auth_method: 'ntlm', auth_domain: 'd', auth_workstation: 'w' }),
  'by a certificate': http({ auth_method: 'mtls', tls_cert: SECRET, tls_key: SECRET, tls_ca: 'ca' }),
  'with a token in its URL': http({ url: `https://u:${SECRET}@shop.example.org/?token=${SECRET}` }),
  'through a proxy': http({ proxy_id: 1 }),
  'through SOCKS': http({ proxy_id: 2 }),
  'upside down': http({ upside_down: 1 }),
  paused: http({ active: 0 }),
  'the same name': http(),
  keyword: { ...http(), type: 'keyword', keyword: 'all is well' },
  'no keyword': { ...http(), type: 'keyword', keyword: 'error', invert_keyword: 1 },
  json: { ...http(), type: 'json-query', json_path: '$.status', json_path_operator: '==', expected_value: 'ok' },
  jsonata: { ...http(), type: 'json-query', json_path: '$count(a)', json_path_operator: '>', expected_value: '1' },
  port: host('port', 5432),
  'port with TLS': host('port', 993, { smtp_security: 'secure' }),
  'port with STARTTLS': host('port', 587, { smtp_security: 'starttls' }),
  'port with an alert': host('port', 443, { expected_tls_alert: 'certificate_required' }),
  ping: { ...host('ping', null), ping_count: 3 },
  dns: host('dns', 53, { dns_resolve_type: 'MX', dns_resolve_server: '1.1.1.1,8.8.8.8' }),
  'dns with conditions': host('dns', 53, {
    dns_resolve_type: 'A',
    dns_resolve_server: '1.1.1.1',
    conditions: '[{"type":"expression","variable":"record","operator":"equals","value":"192.0.2.1","andOr":"and"}]',
  }),
  push: { type: 'push', push_token: TOKEN, interval: 3600 },
  'push by a short token': { type: 'push', push_token: SECRET },
  mail: host('smtp', 587, { smtp_security: 'starttls' }),
  'mail at its own port': host('smtp', null),
  websocket: {
    type: 'websocket-upgrade',
    url: 'wss://shop.example.org/ws',
    ws_subprotocol: 'mqtt',
    accepted_statuscodes_json: '["1000"]',
    ...basic,
  },
  group: { type: 'group' },
  'group in a group': { type: 'group', parent: 'group' },
  'in a group': http({ parent: 'group in a group' }),
  'group of nothing': { type: 'group' },
  broker: host('mqtt', 1883, { mqtt_username: 'u', mqtt_password: SECRET, mqtt_topic: 't' }),
  database: {
    type: 'postgres',
    database_connection_string: `postgres://u:${SECRET}@db:5432/d`,
    database_query: 'SELECT 1',
  },
  radius: host('radius', 1812, { radius_username: 'u', radius_password: SECRET, radius_secret: SECRET }),
  rabbit: { type: 'rabbitmq', rabbitmq_nodes: '["http://r:15672"]', rabbitmq_username: 'u', rabbitmq_password: SECRET },
  kafka: {
    type: 'kafka-producer',
    kafka_producer_brokers: '["k:9092"]',
    kafka_producer_topic: 't',
    kafka_producer_sasl_options: `{"mechanism":"plain","password":"${SECRET}"}`,
  },
  grpc: {
    type: 'grpc-keyword',
    grpc_url: 'g:50051',
    grpc_metadata: `{"authorization":"${SECRET}"}`,
    keyword: 'SERVING',
  },
};

/** Settings of notifications; of every other kind those of none. */
const NOTIFICATIONS: Readonly<Record<string, Values>> = {
  slack: { slackwebhookURL: `https://hooks.slack.com/${SECRET}` },
  discord: { discordWebhookUrl: `https://discord.com/api/webhooks/1/${SECRET}` },
  teams: { webhookUrl: `https://teams.example.org/${SECRET}` },
  telegram: { telegramBotToken: `1:${SECRET}`, telegramChatID: '-1', telegramServerUrl: 'https://api.telegram.org' },
  ntfy: {
    ntfyserverurl: 'https://ntfy.sh',
    ntfytopic: 'shop',
    ntfyAuthenticationMethod: 'accessToken',
    ntfyaccesstoken: SECRET,
  },
  PagerDuty: {
    pagerdutyIntegrationKey: `${SECRET}-${'k'.repeat(25)}`,
    pagerdutyIntegrationUrl: 'https://events.pagerduty.com/v2/enqueue',
  },
  matrix: { homeserverUrl: 'https://matrix.example.org', accessToken: SECRET, internalRoomId: '!r:example.org' },
  smtp: {
    smtpHost: 'mail.example.org',
    smtpPort: 587,
    smtpFrom: 'a@example.org',
    smtpTo: 'b@example.org',
    smtpUsername: 'u',
    smtpPassword: SECRET,
  },
  webhook: {
    webhookURL: `https://w.example.org/${SECRET}`,
    webhookAdditionalHeaders: `{"X-Api-Key":"${SECRET}"}`,
  },
};

const MAINTENANCES: readonly Values[] = [
  { title: 'every night', strategy: 'recurring-interval', interval_day: 1, cron: '30 2  * * *', duration: 3600 },
  { title: 'by cron', strategy: 'cron', cron: '0 3 * * 1', duration: 1800, timezone: 'Europe/Berlin' },
  { title: 'once', strategy: 'single', start_date: '2199-01-01 00:00:00', end_date: '2199-01-02 00:00:00' },
  { title: 'by hand', strategy: 'manual' },
];

/** The names of the monitors that it has now. */
export async function fillKuma(database: Database.Database, checkout: string) {
  const insert = (table: string, values: Values): number => {
    const names = Object.keys(values);
    return Number(
      database
        .prepare(
          `INSERT INTO "${table}" (${names.map((name) => `"${name}"`).join()}) VALUES (${names.map(() => '?').join()})`,
        )
        .run(...Object.values(values)).lastInsertRowid,
    );
  };
  const user_id = insert('user', { username: 'admin', password: SECRET });
  const proxy = { user_id, host: 'proxy.example.org', port: 3128, auth: 1, username: 'u', password: SECRET };
  insert('proxy', { ...proxy, protocol: 'http' });
  insert('proxy', { ...proxy, protocol: 'socks5' });
  const known = new Set(Object.values(MONITORS).map(({ type }) => type));
  const others = (await kumaTypes(checkout)).filter((type) => !known.has(type));
  const all = {
    ...MONITORS,
    ...Object.fromEntries(others.map((type) => [`of the type ${type}`, host(type, 1, { url: URL_TEXT })])),
  };
  const ids = new Map<string, number>();
  for (const [name, { parent = null, ...values }] of Object.entries(all)) {
    // As its page sends it, whatever the type.
    const sent = {
      interval: 60,
      timeout: 48,
      kafka_producer_brokers: '[]',
      rabbitmq_nodes: '[]',
      accepted_statuscodes_json: '["200-299"]',
    };
    const above = typeof parent === 'string' ? ids.get(parent)! : null;
    const shown = name === 'the same name' ? 'plain' : name;
    ids.set(name, insert('monitor', { ...sent, user_id, name: shown, parent: above, ...values }));
  }
  const first = [ids.get('plain')!, ids.get('group')!];
  const kinds = await kumaNotifications(checkout);
  for (const kind of kinds) {
    const config = { name: kind, type: kind, isDefault: true, ...NOTIFICATIONS[kind] };
    const notification_id = insert('notification', { user_id, name: kind, config: JSON.stringify(config) });
    for (const monitor_id of first) insert('monitor_notification', { monitor_id, notification_id });
  }
  const tag_id = insert('tag', { name: 'team', color: '#059669' });
  for (const monitor_id of first) insert('monitor_tag', { monitor_id, tag_id, value: 'shop' });
  for (const values of MAINTENANCES) {
    const maintenance_id = insert('maintenance', { user_id, description: '', ...values });
    insert('monitor_maintenance', { monitor_id: first[0]!, maintenance_id });
  }
  const page = { title: 'All', description: 'd', icon: '/icon.svg', theme: 'auto' };
  const status_page_id = insert('status_page', { ...page, slug: 'public' });
  insert('status_page', { ...page, slug: 'private', password: SECRET });
  const group_id = insert('group', { name: 'Shop', public: 1, status_page_id });
  for (const [at, monitor_id] of [...first, ids.get('paused')!].entries())
    insert('monitor_group', { monitor_id, group_id, weight: at });
  return {
    monitors: [...ids.keys()].map((name) => (name === 'the same name' ? 'plain' : name)),
    kinds,
    types: new Set([...known, ...others]).size,
  };
}

export interface KumaVerdict extends PeerImport {
  readonly types: number;
  readonly kinds: number;
}

export async function importMigrated(checkout: string, { path }: MigratedDatabase): Promise<KumaVerdict> {
  const database = new Database(path);
  const schema = schemaFaults(database);
  const { monitors, kinds, types } = await fillKuma(database, checkout);
  database.close();
  const imported = await importSource({
    name: 'kuma.db',
    format: 'uptime-kuma',
    path,
    missing: ({ items }) => {
      const names = (kinds: readonly string[]) =>
        items.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
      const said = JSON.stringify(items);
      return [
        ...lacking(monitors, names(['monitor', 'group'])),
        ...lacking(kinds, names(['notification'])),
        ...lacking(['public', 'private'], names(['status page'])),
        ...MAINTENANCES.map(({ title }) => String(title)).filter((title) => title === 'once' && !said.includes(title)),
        ...(said.includes('socks5') ? [] : ['the proxy of another protocol']),
      ];
    },
    secrets: [SECRET],
  });
  const data = await readDatabase(path);
  const faults = [...imported.faults, ...schema, ...textFaults(imported.text), ...readFaults(data, path)];
  return { ...imported, types, kinds: kinds.length, faults };
}

/** What has to stand in the configuration. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/labels:\n\s+team: shop/, 'the tag'],
  [/cron: 30 2 \* \* \*/, 'the maintenance of every night'],
  [/timezone: Europe\/Berlin/, 'the maintenance by cron'],
  [/maintenance:\n\s+active: true/, 'the maintenance by hand'],
  [/proxy: http:\/\/\$\{/, 'the proxy'],
  [/ping_token: \$\{/, 'the token of what is pushed'],
  [/title: Shop\n\s+components:\n\s+- plain/, 'the group of the page'],
];

function textFaults(text: string): readonly string[] {
  return TEXTS.filter(([pattern]) => !pattern.test(text)).map(([, what]) => `${what} is not in the configuration`);
}

/** Columns that an import reads and the real tables, or those of our tests, do not have. */
function readFaults(data: KumaData, path: string): readonly string[] {
  const read = new Map<string, Set<string>>();
  const watched = (table: string, rows: readonly Row[]) => {
    const names = new Set<string>();
    read.set(table, names);
    const get = (row: Row, name: string) => {
      names.add(name);
      return row[name];
    };
    return rows.map((row) => new Proxy(row, { get: (target, name) => get(target, String(name)) }));
  };
  importKuma(
    {
      ...data,
      monitors: watched('monitor', data.monitors),
      proxies: watched('proxy', data.proxies),
      notifications: watched('notification', data.notifications),
      maintenances: watched('maintenance', data.maintenances),
    },
    { randomToken: () => TOKEN, nowMs: Date.now() },
  );
  const [real, ours] = [new Database(path, { readonly: true }), new Database(':memory:')];
  ours.exec(KUMA_TABLES);
  try {
    return [...read].flatMap(([table, names]) =>
      [[real, 'of the migrations'] as const, [ours, 'of our tests'] as const].flatMap(([database, whose]) => {
        const there = new Set(columnsOf(database, table).map(({ name }) => name));
        return [...names]
          .filter((name) => !there.has(name))
          .map((name) => `${table}.${name} is read, and is not in the tables ${whose}`);
      }),
    );
  } finally {
    real.close();
    ours.close();
  }
}

/** Where the tables that our tests make by hand are not as the migrations make them. */
export function schemaFaults(real: Database.Database): readonly string[] {
  const ours = new Database(':memory:');
  ours.exec(KUMA_TABLES);
  const tables = ours.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as readonly string[];
  const faults = tables.flatMap((table) => {
    const there = new Map(columnsOf(real, table).map((column) => [column.name, column]));
    const own = columnsOf(ours, table);
    const names = new Set(own.map(({ name }) => name));
    const different = own.flatMap((column) => {
      const beside = there.get(column.name);
      if (beside === undefined) return [`${table}.${column.name} is in our tests alone`];
      const parts = (['isRequired', 'fallback', 'kind'] as const).filter((key) => beside[key] !== column[key]);
      return parts.map(
        (key) => `${table}.${column.name}: ${key} is ${column[key]} in our tests, ${beside[key]} in Uptime Kuma`,
      );
    });
    const required = [...there.values()].filter(
      ({ isRequired, fallback, name }) => isRequired && fallback === undefined && !names.has(name),
    );
    return [
      ...different,
      ...required.map(({ name }) => `${table}.${name} has to be there in Uptime Kuma, and is not in our tests`),
    ];
  });
  ours.close();
  return faults;
}
