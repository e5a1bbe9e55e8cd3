import { describe, expect, it } from '@jest/globals';
import { gatus } from './imports.ts';

const SLACK =
  'slack: { webhook-url: "https://hooks.slack.com/services/s3cret", default-alert: { failure-threshold: 5, send-on-resolved: true } }';

/** Endpoints of these alerts, in the group `core`. */
function withAlerts(alerting: string, ...alerts: readonly string[]): string {
  const endpoints = alerts.map(
    (each, at) =>
      `  - { name: e${at}, group: core, url: "https://a.example", conditions: [ "[STATUS] == 200" ], alerts: [ ${each} ] }\n`,
  );
  return `alerting:\n  ${alerting}\nendpoints:\n${endpoints.join('')}`;
}

describe('alerting of Gatus', () => {
  it('becomes channels, and routes by thresholds that are times', async () => {
    const made = await gatus(
      withAlerts(SLACK, '{ type: slack }', '{ type: slack, success-threshold: 4 }', '{ type: slack }'),
    );
    expect(made.yaml.alerts).toEqual({
      channels: [{ id: 'slack', slack: { webhook_url: '${GATUS_SLACK_WEBHOOK_URL}' } }],
      routes: [
        {
          id: 'slack-5-2',
          match: { labels: ['id=core_e0', 'id=core_e2'] },
          for: '4m',
          resolve_after: '1m',
          group_by: 'COMPONENT',
          flapping: { changes: 0 },
          continue: true,
          to: ['slack'],
        },
        {
          id: 'slack-5-4',
          match: { labels: ['id=core_e1'] },
          for: '4m',
          resolve_after: '3m',
          group_by: 'COMPONENT',
          flapping: { changes: 0 },
          continue: true,
          to: ['slack'],
        },
      ],
    });
    expect(made.item('slack after 5, over after 2').outcome).toBe('EXACT');
  });

  it('17: merges defaults field by field, and says what is told that was not', async () => {
    const made = await gatus(
      withAlerts(
        'slack: { webhook-url: "https://hooks.slack.com/s3cret" }',
        '{ type: slack, minimum-reminder-interval: 1h, failure-threshold: 1 }',
      ),
    );
    const [route] = made.yaml.alerts.routes;
    expect(route).toMatchObject({ resolve_after: '1m', remind_every: '1h' });
    expect(route.for).toBeUndefined();
    expect(made.item('slack after 1, over after 2').differences).toEqual([
      'its end is sent too, which Gatus does with send-on-resolved alone',
    ]);
  });

  it('17: has a channel for what a group and an alert change of a provider', async () => {
    const made = await gatus(
      withAlerts(
        'pagerduty: { integration-key: "00000000000000000000000000000001", overrides: [ { group: core, integration-key: "00000000000000000000000000000002" } ] }',
        '{ type: pagerduty }',
        '{ type: pagerduty, provider-override: { integration-key: "00000000000000000000000000000003" } }',
      ),
    );
    expect(made.yaml.alerts.channels).toEqual([
      { id: 'pagerduty-core', pagerduty: { routing_key: '${GATUS_PAGERDUTY_CORE_INTEGRATION_KEY}' } },
      { id: 'pagerduty-core-2', pagerduty: { routing_key: '${GATUS_PAGERDUTY_CORE_2_INTEGRATION_KEY}' } },
    ]);
    expect([...made.imported.secrets.values()]).toEqual([
      '00000000000000000000000000000002',
      '00000000000000000000000000000003',
    ]);
  });

  it('17: gives steps of suites no defaults', async () => {
    const made = await gatus(`
alerting: { ${SLACK} }
suites:
  - { name: s, endpoints: [ { name: e, url: "https://a.example", conditions: [ "[STATUS] == 200" ], alerts: [ { type: slack } ] } ] }
`);
    expect(made.yaml.alerts.routes[0].id).toBe('slack-3-2');
  });

  it.each([
    ['gotify: { server-url: "https://a", token: b }', 'gotify', 'LOST', 'OpenK has no channel for gotify (1 alert)'],
    ['slack: { title: x }', 'slack', 'OFF', 'Gatus sends nothing either: webhook-url is not set (1 alert)'],
    [
      'discord: { webhook-url: "https://a.example/b" }',
      'slack',
      'OFF',
      'Gatus sends nothing either: there is no such provider under alerting (1 alert)',
    ],
    [
      'custom: { url: "https://a.example/b" }',
      'custom',
      'LOST',
      'OpenK sends webhooks by POST, and this one is by GET (1 alert)',
    ],
  ])('says of %s what becomes of an alert of %s', async (alerting, type, outcome, why) => {
    const made = await gatus(withAlerts(alerting, `{ type: ${type} }`));
    const item = made.item(type);
    expect([item.outcome, [...item.losses, ...item.differences]]).toEqual([outcome, [why]]);
    expect(made.yaml.alerts).toBeUndefined();
  });

  it('names providers that Gatus does not know', async () => {
    const made = await gatus(withAlerts('slakc: { webhook-url: "https://a.example" }', '{ type: slack }'));
    expect(made.imported.unknownKeys).toEqual([{ place: 'config.yaml:2', key: 'slakc', nearest: 'slack' }]);
  });

  it('leaves out what is not enabled', async () => {
    const made = await gatus(withAlerts(SLACK, '{ type: slack, enabled: false }'));
    expect(made.yaml.alerts).toBeUndefined();
    expect(made.imported.items).toHaveLength(1);
  });

  it.each([
    [
      'discord',
      '{ webhook-url: "https://discord.com/api/webhooks/1/s" }',
      { webhook_url: '${GATUS_DISCORD_WEBHOOK_URL}' },
    ],
    ['ntfy', '{ topic: ops, token: tk_s3cret }', { topic: 'ops', token: '${GATUS_NTFY_TOKEN}' }],
    ['telegram', '{ token: "1:s3cret", id: "-100" }', { token: '${GATUS_TELEGRAM_TOKEN}', chat_id: '-100' }],
    [
      'matrix',
      '{ access-token: s3cret, internal-room-id: "!a:example.org" }',
      { homeserver: 'https://matrix-client.matrix.org', token: '${GATUS_MATRIX_ACCESS_TOKEN}', room: '!a:example.org' },
    ],
    [
      'email',
      '{ from: a@example.org, to: "b@example.org, c@example.org", host: mail.example.org, port: 587, password: s3cret, username: u }',
      {
        smtp: 'mail.example.org:587',
        from: 'a@example.org',
        to: ['b@example.org', 'c@example.org'],
        username: 'u',
        password: '${GATUS_EMAIL_PASSWORD}',
      },
    ],
  ])('has %s', async (type, settings, channel) => {
    const made = await gatus(withAlerts(`${type}: ${settings}`, `{ type: ${type} }`));
    expect(made.yaml.alerts.channels).toEqual([{ id: type, [type]: channel }]);
  });

  it('has workflows of Teams, and custom requests as webhooks', async () => {
    const made = await gatus(
      withAlerts('teams-workflows: { webhook-url: "https://a.example/s" }', '{ type: teams-workflows }'),
    );
    expect(made.yaml.alerts.channels).toEqual([
      { id: 'teams-workflows', teams: { webhook_url: '${GATUS_TEAMS_WORKFLOWS_WEBHOOK_URL}' } },
    ]);
    const custom = await gatus(
      withAlerts(
        'custom: { url: "https://a.example/s", method: POST, body: "{}", headers: { Authorization: s3cret } }',
        '{ type: custom }',
      ),
    );
    expect(custom.yaml.alerts.channels).toEqual([
      {
        id: 'custom',
        webhook: { url: '${GATUS_CUSTOM_URL}', headers: { Authorization: '${GATUS_CUSTOM_AUTHORIZATION}' } },
      },
    ]);
  });
});
