import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importKuma } from '../../src/import/uptime-kuma/import-kuma.ts';
import type { KumaData, Row } from '../../src/import/uptime-kuma/model.ts';
import { readBackup } from '../../src/import/uptime-kuma/read-backup.ts';
import { readDatabase } from '../../src/import/uptime-kuma/read-database.ts';
import { type Json, settled, type TestImport } from './imports.ts';
import { makeKumaDatabase } from './kuma-database.ts';

const TOKEN = 'abcdefghijklmnopqrstuvwxyz012345';
const options = { randomToken: () => 'a-token-that-was-made-anew', nowMs: Date.UTC(2026, 10, 30) };

function kuma(monitors: readonly Row[], more: Partial<KumaData> = {}): Promise<TestImport> {
  const none = {
    source: 'kuma.db',
    proxies: [],
    notifications: [],
    notified: new Map(),
    tags: new Map(),
    maintenances: [],
    maintained: new Map(),
    pages: [],
  };
  return settled(importKuma({ ...none, monitors, ...more }, options));
}

/** A monitor `M` of the id `m`. */
function monitor(row: Row): Promise<TestImport> {
  return kuma([
    { id: 1, name: 'M', active: 1, interval: 60, type: 'http', url: 'https://example.org', maxredirects: 10, ...row },
  ]);
}

describe('monitors of Uptime Kuma', () => {
  it('have retries as thresholds, and the times of Kuma', async () => {
    const made = await monitor({
      maxretries: 2,
      retry_interval: 20,
      interval: 30,
      timeout: 0,
      accepted_statuscodes_json: '["200-299","404"]',
    });
    expect(made.component('m')).toEqual({
      id: 'm',
      display_name: 'M',
      http: { url: 'https://example.org', expected_status: ['200-299', '404'], follow_redirects: 10 },
      interval: '30s',
      timeout: '24s',
      unhealthy_threshold: 3,
      unhealthy_interval: '20s',
    });
    expect(made.item('M').differences).toEqual([
      'it is asked every 20s as long as it is not healthy (unhealthy_interval); in Kuma only until it counts as down',
    ]);
    expect((await monitor({})).item('M').outcome).toBe('EXACT');
  });

  it.each([
    ['http', 'http', 'https://example.org'],
    ['websocket-upgrade', 'websocket', 'wss://example.org'],
  ])('leave out headers that the connection needs: %s', async (type, kind, url) => {
    const made = await monitor({ type, url, headers: '{"Connection":"close","Accept":"a"}' });
    expect(made.component('m')[kind].headers).toEqual({ Accept: 'a' });
    expect(made.item('M').differences).toContain(
      'the header Connection is what the connection needs, and not what is written there',
    );
  });

  it('have credentials as variables', async () => {
    const made = await monitor({
      auth_method: 'basic',
      basic_auth_user: 'u',
      basic_auth_pass: 'pa55',
      headers: '{"X-Key":"k3y"}',
      body: '{"a":1}',
      method: 'POST',
    });
    expect(made.component('m').http).toMatchObject({
      headers: {
        'X-Key': '${KUMA_M_X_KEY}',
        Authorization: '${KUMA_M_AUTHORIZATION}',
        'Content-Type': 'application/json',
      },
      body: '{"a":1}',
    });
    const token = await monitor({
      auth_method: 'oauth2-cc',
      oauth_token_url: 'https://idp',
      oauth_client_id: 'a',
      oauth_client_secret: 's3c',
      oauth_scopes: 'a b',
    });
    expect(token.component('m').http.oauth2).toEqual({
      token_url: 'https://idp',
      client_id: 'a',
      client_secret: '${KUMA_M_CLIENT_SECRET}',
      scopes: ['a', 'b'],
    });
  });

  it('show the credentials that were chosen, and a header of their own first', async () => {
    const authorization = (row: Row) => monitor(row).then((made) => made.imported.secrets.get('KUMA_M_AUTHORIZATION'));
    const user = { basic_auth_user: 'u', basic_auth_pass: 'p' };
    const basic = `Basic ${btoa('u:p')}`;
    // A backup that is older than the choice.
    expect(await authorization(user)).toBe(basic);
    expect(await authorization({ ...user, auth_method: null })).toBeUndefined();
    expect(await authorization({ ...user, auth_method: 'bearer', bearer_token: 't' })).toBe('Bearer t');
    expect(await authorization({ ...user, auth_method: 'basic', headers: '{"authorization":"own"}' })).toBe('own');
  });

  it.each<[Row, string]>([
    [{ keyword: 'all is well' }, "body.contains('all is well')"],
    [{ keyword: 'error', invert_keyword: 1 }, "!body.contains('error')"],
  ])('search keywords: %j', async (row, expression) => {
    const made = await monitor({ type: 'keyword', ...row });
    expect(made.component('m').http.expect).toEqual([expression]);
    expect(made.item('M').outcome).toBe('EXACT');
  });

  it('says that JSON is searched as it was sent', async () => {
    const made = await monitor({ type: 'keyword', keyword: '"up": true' });
    expect(made.item('M').differences).toEqual([
      'of JSON Kuma searches what it writes itself, without blanks; OpenK what was sent',
    ]);
    const [judge] = made.imported.judges;
    const answer = { status: 200, headers: new Map(), body: '{"up": true}', latencyMs: 1 };
    expect(judge!.foreign(answer)).toBe('the keyword is not there');
  });

  it.each([
    ['status', '==', 'ok', "json.status == 'ok'"],
    ['$.data.items[0].n', '==', '5', "json.data.items[0].n in [5, '5']"],
    ['a', '!=', 'true', "json.a != null && !(json.a in [true, 'true'])"],
    ['a', 'contains', 'x', "string(json.a).contains('x')"],
    ['a', '>', '1.5', 'double(json.a) > 1.5'],
    ['a', '<=', '3', "double(json.a) <= double('3')"],
  ])('query JSON by plain paths: %s %s %s', async (path, operator, expected, expression) => {
    const made = await monitor({
      type: 'json-query',
      json_path: path,
      json_path_operator: operator,
      expected_value: expected,
    });
    expect(made.component('m').http.expect).toEqual([expression]);
    const [judge] = made.imported.judges;
    const met = { '==': expected, '!=': 'false', contains: 'axb', '>': '2', '<=': '3' }[operator];
    const body = JSON.stringify({ status: met, a: met, data: { items: [{ n: Number(met) }] } });
    expect(judge!.foreign({ status: 200, headers: new Map(), body, latencyMs: 1 })).toBeUndefined();
    expect(judge!.foreign({ status: 200, headers: new Map(), body: '{}', latencyMs: 1 })).toBe(
      `${path} ${operator} ${expected}`,
    );
  });

  it.each<[Row, string]>([
    [
      { type: 'json-query', json_path: '$count(items)', expected_value: '1' },
      'its query $count(items) is more of JSONata than a path, which OpenK does not have',
    ],
    [{ upside_down: 1 }, 'it is upside down, and OpenK calls nothing healthy because it does not answer'],
    [{ type: 'docker' }, 'OpenK has no probe like docker'],
    [
      { type: 'port', hostname: 'a', port: 443, expected_tls_alert: 'certificate_required' },
      'it waits for the TLS alert certificate_required, and OpenK calls nothing healthy that refuses it',
    ],
    [{ type: 'grpc-keyword' }, 'it calls a method of its own .proto, and OpenK asks gRPC servers by grpc.health.v1'],
  ])('are lost: %j', async (row, why) => {
    const made = await monitor(row);
    expect([made.item('M').outcome, made.item('M').losses]).toEqual(['LOST', [why]]);
    expect(made.text).toContain('# NOT IMPORTED: monitor M');
    expect((await monitor({ ...row, active: 0 })).item('M').outcome).toBe('OFF');
  });

  it('connect to ports, and ask name servers and mail servers', async () => {
    expect((await monitor({ type: 'port', hostname: '::1', port: 5432 })).component('m').tcp).toEqual({
      target: '[::1]:5432',
    });
    expect(
      (await monitor({ type: 'smtp', hostname: 'mail', port: 587, smtp_security: 'starttls' })).component('m').tcp,
    ).toEqual({ target: 'mail:587', starttls: 'SMTP' });
    expect((await monitor({ type: 'smtp', hostname: 'mail', port: null })).component('m').tcp.target).toBe('mail:25');
    const port = (row: Row) => monitor({ type: 'port', hostname: 'a', expiry_notification: 1, ...row });
    const secure = await port({ port: 993, smtp_security: 'secure' });
    expect(secure.component('m').tcp).toEqual({ target: 'a:993', tls: {} });
    expect(secure.item('M').differences).toEqual([
      'nobody hears that its certificate is about to expire: a tls probe warns of it',
    ]);
    const imap = await port({ port: 143, smtp_security: 'starttls' });
    expect(imap.component('m').tcp).toEqual({ target: 'a:143', starttls: 'IMAP' });
    const xmpp = await port({ port: 5222, smtp_security: 'starttls' });
    expect(xmpp.item('M').losses).toEqual(['TLS is not begun (STARTTLS): name `starttls`']);
    const plain = await port({ port: 993, smtp_security: 'secure', expiry_notification: 0 });
    expect([plain.component('m').tcp, plain.item('M').outcome]).toEqual([{ target: 'a:993' }, 'EXACT']);
    const dns = await monitor({
      type: 'dns',
      hostname: 'example.com',
      dns_resolve_type: 'MX',
      dns_resolve_server: '1.1.1.1,8.8.8.8',
      port: 53,
    });
    expect(dns.component('m').dns).toEqual({ name: 'example.com', type: 'MX', resolver: '1.1.1.1:53' });
    expect(dns.item('M').differences).toEqual(['of its name servers the first one, 1.1.1.1, is asked']);
  });

  it('open WebSockets, with what they show and offer', async () => {
    const made = await monitor({
      type: 'websocket-upgrade',
      url: 'wss://example.org/ws',
      ws_subprotocol: 'mqtt, wamp',
      headers: '{"X-Key":"k3y"}',
      auth_method: 'bearer',
      bearer_token: 't0ken',
      accepted_statuscodes_json: '["1000"]',
    });
    expect(made.component('m').websocket).toEqual({
      url: 'wss://example.org/ws',
      subprotocols: ['mqtt', 'wamp'],
      headers: { 'X-Key': '${KUMA_M_X_KEY}', Authorization: '${KUMA_M_AUTHORIZATION}' },
    });
    expect(made.item('M').outcome).toBe('EXACT');
    const odd = await monitor({
      type: 'websocket-upgrade',
      url: 'ws://example.org',
      auth_method: 'oauth2-cc',
      accepted_statuscodes_json: '["1000","1001"]',
      ws_ignore_sec_websocket_accept_header: 1,
    });
    expect(odd.item('M').losses).toEqual([
      'it logs in by OAuth2, which OpenK does over HTTP alone',
      'an answer without the right Sec-WebSocket-Accept is none (ws_ignore_sec_websocket_accept_header)',
      'with what code it is closed (1001) is not asked',
    ]);
  });

  it('name what Kuma hears of registries, and what it does not retry', async () => {
    const said = async (row: Row) => (await monitor({ domain_expiry_notification: 1, ...row })).item('M').differences;
    expect(await said({})).toEqual(['nobody hears that its domain is about to expire: OpenK asks no registry']);
    expect(await said({ url: 'http://127.0.0.1/' })).toEqual([]);
    expect(await said({ type: 'port', url: 'https://', hostname: 'db', port: 5432 })).toEqual([]);
    const query = { type: 'json-query', json_path: 'a', expected_value: '1', retry_only_on_status_code_failure: 1 };
    expect(await said({ ...query, domain_expiry_notification: 0 })).toEqual([
      'a value that is not as expected goes through the retries, too, where it counts at once in Kuma',
    ]);
  });

  it('ping', async () => {
    const one = await monitor({ type: 'ping', hostname: '10.0.0.1', packet_size: 56, ping_count: 1 });
    expect(one.component('m').icmp).toEqual({ target: '10.0.0.1' });
    expect(one.item('M').outcome).toBe('EXACT');
    const several = await monitor({ type: 'ping', hostname: 'gw', ping_count: 3 });
    expect(several.item('M').differences).toEqual([
      'Kuma sends 3 packets, of which one answer is enough; OpenK sends one',
    ]);
  });

  it('keep their push tokens', async () => {
    const made = await monitor({ type: 'push', push_token: TOKEN, interval: 3600, maxretries: 1, retry_interval: 60 });
    expect(made.component('m').heartbeat).toEqual({ period: '1h', grace: '1m1s', ping_token: '${KUMA_M_PUSH_TOKEN}' });
    expect(made.imported.secrets.get('KUMA_M_PUSH_TOKEN')).toBe(TOKEN);
    expect((await monitor({ type: 'push', push_token: 'short' })).item('M').losses[0]).toContain('a new one is made');
  });

  it('are in their groups, whatever circles there are', async () => {
    const http = (id: number, parent?: number) => ({
      id,
      name: `M${id}`,
      type: 'http',
      url: 'https://a.example',
      parent: parent ?? null,
    });
    const group = (id: number, parent?: number) => ({ id, name: `G${id}`, type: 'group', parent: parent ?? null });
    const made = await kuma([
      group(1),
      group(2, 1),
      http(3, 2),
      group(4, 4),
      http(5, 4),
      group(6),
      http(7, 6),
      { ...http(8, 1), active: 0 },
    ]);
    expect(made.component('g1').group.members).toEqual([{ component: 'g2' }]);
    expect(made.component('g2').group.members).toEqual([{ component: 'm3' }]);
    expect(made.component('g6').group.members).toEqual([{ component: 'm7' }]);
    expect(made.yaml.components.map(({ id }: { id: string }) => id)).toEqual(['m3', 'm5', 'm7', 'g1', 'g2', 'g6']);
  });

  it('have groups with tags, maintenance and notifications, and none of members that nobody watches', async () => {
    const http = { id: 2, name: 'M', type: 'http', url: 'https://a.example', parent: 1 };
    const made = await kuma(
      [
        { id: 1, name: 'G', type: 'group', interval: 60 },
        http,
        { id: 3, name: 'Empty', type: 'group' },
        { ...http, id: 4, name: 'Off', active: 0, parent: 3 },
      ],
      {
        tags: new Map([[1, [['team', 'shop']]]]),
        notifications: [
          { id: 1, name: 'Chat', config: '{"type":"slack","slackwebhookURL":"https://hooks.slack.com/s3"}' },
        ],
        notified: new Map([[1, [1]]]),
        maintenances: [{ id: 1, title: 'now', strategy: 'manual', active: 1 }],
        maintained: new Map([[1, [1]]]),
      },
    );
    expect(made.component('g')).toMatchObject({ labels: { team: 'shop' }, maintenance: { active: true } });
    expect(made.yaml.alerts.routes[0]).toMatchObject({ match: { labels: ['id=g'] }, to: ['Chat'] });
    expect(made.item('Empty')).toMatchObject({
      outcome: 'OFF',
      differences: ['nobody watches any of its members; in Kuma it is pending'],
    });
  });

  it.each<[Row, Json, string | undefined]>([
    [{ start_date: '2026-01-01 00:00:00' }, { windows: [{ cron: '30 2 * * *', duration: '1h' }] }, undefined],
    [{ start_date: '2027-01-01 00:00' }, expect.anything(), 'begins now, and in Kuma on 2027-01-01 00:00'],
    [{ end_date: '2027-01-01 00:00:00' }, expect.anything(), 'goes on, and in Kuma it ends on 2027-01-01 00:00:00'],
    [{ end_date: '2026-11-01 00:00:00' }, undefined, 'is over since 2026-11-01 00:00:00'],
    [{ strategy: 'single', cron: '', end_date: '2026-11-01 00:00' }, undefined, 'is over since 2026-11-01 00:00'],
  ])('have maintenance by its dates: %j', async (row, maintenance, difference) => {
    const http = { id: 1, name: 'M', type: 'http', url: 'https://a.example' };
    const window = { id: 1, title: 'night', strategy: 'recurring-interval', interval_day: 1, cron: '30 2  * * *' };
    const made = await kuma([http], {
      maintenances: [{ ...window, duration: 3600, timezone: 'UTC', ...row }],
      maintained: new Map([[1, [1]]]),
    });
    expect(made.component('m').maintenance).toEqual(maintenance);
    expect(made.item('M').differences).toEqual(
      difference === undefined ? [] : [`the maintenance "night" ${difference}`],
    );
  });

  it.each<[Row, Json]>([
    [
      { type: 'webhook', webhookURL: 'https://w.example', webhookAdditionalHeaders: '{"X-Key":"k3y"}' },
      { webhook: { url: '${KUMA_N_WEBHOOKURL}', headers: { 'X-Key': '${KUMA_N_X_KEY}' } } },
    ],
    [
      { type: 'ntfy', ntfytopic: 't', ntfyAuthenticationMethod: 'none', ntfyusername: 'before', ntfyaccesstoken: 'b' },
      { ntfy: { topic: 't' } },
    ],
    [
      { type: 'ntfy', ntfytopic: 't', ntfyAuthenticationMethod: 'accessToken', ntfyaccesstoken: 't0ken' },
      { ntfy: { topic: 't', token: '${KUMA_N_NTFYACCESSTOKEN}' } },
    ],
    [{ type: 'ntfy', ntfytopic: 't', ntfyusername: 'u' }, undefined],
  ])('notify as Kuma would: %j', async (config, channel) => {
    const made = await kuma([{ id: 1, name: 'M', type: 'http', url: 'https://a.example' }], {
      notifications: [{ id: 1, name: 'N', config: JSON.stringify(config) }],
      notified: new Map([[1, [1]]]),
    });
    expect(made.yaml.alerts?.channels).toEqual(channel && [{ id: 'N', ...channel }]);
  });

  it('get other ids where their names are the same', async () => {
    const http = (id: number) => ({ id, name: 'Täst', type: 'http', url: 'https://a.example' });
    const ids = (await kuma([http(1), http(2)])).yaml.components.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([expect.stringMatching(/^tast-[0-9a-f]{6}$/), expect.stringMatching(/^tast-[0-9a-f]{6}$/)]);
    expect(new Set(ids).size).toBe(2);
  });

  it('have notifications, tags, maintenance and pages', async () => {
    const http = { id: 1, name: 'M', type: 'http', url: 'https://a.example', interval: 60, resend_interval: 10 };
    const made = await kuma([http], {
      notifications: [
        { id: 1, name: 'Chat', config: '{"type":"slack","slackwebhookURL":"https://hooks.slack.com/s3"}' },
        { id: 2, name: 'Gotify', config: '{"type":"gotify"}' },
      ],
      notified: new Map([[1, [1, 2]]]),
      tags: new Map([
        [
          1,
          [
            ['team', 'shop'],
            ['öffentlich', ''],
            ['★', ''],
          ],
        ],
      ]),
      maintenances: [
        {
          id: 1,
          title: 'night',
          strategy: 'cron',
          cron: '30 2 * * *',
          duration: 3600,
          timezone: 'Europe/Berlin',
          active: 1,
        },
        { id: 2, title: 'once', strategy: 'single', active: 1 },
      ],
      maintained: new Map([[1, [1, 2]]]),
      pages: [
        {
          slug: 'public',
          title: 'All',
          description: '',
          isPublished: true,
          groups: [{ name: 'Shop', monitors: [1, 9] }],
        },
      ],
    });
    expect(made.component('m')).toMatchObject({
      labels: { team: 'shop', offentlich: 'true' },
      maintenance: { windows: [{ cron: '30 2 * * *', duration: '1h', timezone: 'Europe/Berlin' }] },
    });
    expect(made.item('M').losses).toEqual([
      'the maintenance "once" (single) is not taken over: write it into `maintenance.windows`',
    ]);
    expect(made.yaml.alerts).toEqual({
      channels: [{ id: 'Chat', slack: { webhook_url: '${KUMA_CHAT_SLACKWEBHOOKURL}' } }],
      routes: [
        {
          id: 'Chat-10m',
          match: { labels: ['id=m'] },
          group_by: 'COMPONENT',
          remind_every: '10m',
          flapping: { changes: 0 },
          continue: true,
          to: ['Chat'],
        },
      ],
    });
    expect(made.item('Gotify').losses).toEqual(['OpenK has no channel for gotify (1 monitor has it)']);
    expect(made.yaml.status_pages).toEqual([
      { id: 'public', title: 'All', access: 'PUBLIC', groups: [{ title: 'Shop', components: ['m'] }] },
    ]);
  });
});

describe('where monitors come from', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  const rows = {
    monitor: [{ id: 1, name: 'M', type: 'http', url: 'https://a.example' }],
    tag: [{ id: 7, name: 'team', color: '#059669' }],
    monitor_tag: [{ monitor_id: 1, tag_id: 7, value: 'shop' }],
    notification: [{ id: 3, name: 'N', user_id: 1, config: '{}' }],
    monitor_notification: [{ monitor_id: 1, notification_id: 3 }],
    status_page: [{ id: 1, slug: 's', title: 'T', description: '', icon: '', theme: 'auto' }],
    group: [
      { id: 2, name: 'G', public: 1, status_page_id: 1 },
      { id: 3, name: 'Not shown', status_page_id: 1 },
    ],
    monitor_group: [{ monitor_id: 1, group_id: 2 }],
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'openk-kuma-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is a database, with what is only in its log yet', async () => {
    const database = makeKumaDatabase(at('open.db'), rows);
    for (const suffix of ['', '-wal']) await copyFile(at(`open.db${suffix}`), at(`copy.db${suffix}`));
    database.close();
    const data = await readDatabase(at('copy.db'));
    expect(data.monitors.map(({ name }) => name)).toEqual(['M']);
    expect(data.tags.get(1)).toEqual([['team', 'shop']]);
    expect(data.notified.get(1)).toEqual([3]);
    expect(data.pages).toEqual([
      { slug: 's', title: 'T', description: '', isPublished: true, groups: [{ name: 'G', monitors: [1] }] },
    ]);
    // It is left as it was.
    expect(existsSync(at('copy.db-shm'))).toBe(false);
  });

  const canSeeLocks = existsSync('/proc/locks');
  (canSeeLocks ? it : it.skip)('is refused while somebody has the database open', async () => {
    const database = makeKumaDatabase(at('busy.db'), rows);
    await expect(readDatabase(at('busy.db'))).rejects.toThrow('somebody else has it open');
    database.close();
    expect((await readDatabase(at('busy.db'))).monitors).toHaveLength(1);
  });

  it('is refused where it is none', async () => {
    await writeFile(at('a.db'), `SQLite format 3\0${'x'.repeat(200)}`);
    await expect(readDatabase(at('a.db'))).rejects.toThrow('no database of SQLite');
    expect(() => readBackup('no', 'a')).toThrow('neither a database of SQLite nor JSON');
    expect(() => readBackup('[]', 'a')).toThrow('no backup of Uptime Kuma');
  });

  it('is a backup of 1.x, also an old one', async () => {
    const old = {
      version: '1.6.0',
      notificationList: { 0: { id: 4, name: 'N', config: '{"type":"discord","discordWebhookUrl":"https://d"}' } },
      monitorList: {
        9: {
          id: 9,
          name: 'Old',
          type: 'push',
          pushToken: TOKEN,
          active: 1,
          interval: 60,
          notificationIDList: { 4: true, 5: false },
          tags: [{ name: 'a', value: 'b' }],
        },
        10: {
          id: 10,
          name: 'Web',
          type: 'http',
          url: 'https://a',
          accepted_statuscodes: ['200'],
          ignoreTls: true,
          upsideDown: false,
          active: 1,
          interval: 20,
        },
      },
    };
    const made = await settled(importKuma(readBackup(JSON.stringify(old), 'backup.json'), options));
    expect(made.component('old')).toMatchObject({ labels: { a: 'b' }, heartbeat: { period: '1m' } });
    expect(made.component('web')).toMatchObject({
      http: { expected_status: ['200'], tls: { insecure_skip_verify: true } },
      interval: '20s',
      timeout: '16s',
    });
    expect(made.yaml.alerts.routes[0]).toMatchObject({ match: { labels: ['id=old'] }, to: ['N'] });
  });
});
