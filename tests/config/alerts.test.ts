// `alerts` and `observer` in the file: the settings that it comes to, which route takes what, and what is warned of.
import { describe, expect, it } from '@jest/globals';
import { formatFault } from '../../src/config/fault.ts';
import { parseValid } from './support.ts';

const COMPONENTS = `
components:
  - { id: disk, tcp: { target: "disk:1" }, interval: 1m, timeout: 10s, labels: { team: infra } }
  - { id: db, tcp: { target: "db:1" }, interval: 10s, timeout: 5s, unhealthy_threshold: 2, depends_on: [ disk ], labels: { team: infra } }
  - { id: api, tcp: { target: "api:1" }, depends_on: [ stores ], labels: { team: shop, severity: error } }
  - { id: job, heartbeat: { period: 24h }, labels: { team: shop } }
  - { id: after-job, tcp: { target: "x:1" }, depends_on: [ job ], labels: { team: shop } }
  - { id: stores, group: { members: [ { component: db } ] } }
`;
const withAlerts = (routes: string) => `${COMPONENTS}
alerts:
  channels: [ { id: hook, webhook: { url: "https://hooks.example.com/" } } ]
  routes: ${routes}
`;
const alertsOf = (text: string) => parseValid(text).alerts;

it('is nothing where it is left out', () => {
  expect(alertsOf(COMPONENTS)).toEqual({
    routes: [],
    table: { takenBy: new Map(), burnsBy: new Map(), idle: [] },
    channels: [],
    denyAddresses: ['169.254.0.0/16', 'fe80::/10'],
  });
});

it('has the defaults that config.proto says', () => {
  const { routes, channels, watchdog } =
    alertsOf(`${withAlerts('[ { to: [ hook ], escalate: [ { after: 5m, to: [ hook ] } ] } ]')}
  watchdog: { url: "https://hc.example.com/x" }
`);
  expect(routes).toEqual([
    {
      id: 'route-1',
      match: { groups: [], severities: [] },
      on: ['UNHEALTHY'],
      forMs: 0,
      resolveAfterMs: 0,
      groupBy: 'CAUSE',
      to: ['hook'],
      escalations: [{ afterMs: 300_000, unless: 'ACKNOWLEDGED', to: ['hook'] }],
      isContinued: false,
      flapping: { changes: 6, withinMs: 3_600_000 },
    },
  ]);
  expect(channels).toEqual([
    {
      id: 'hook',
      kind: 'webhook',
      timeoutMs: 10_000,
      options: expect.objectContaining({ url: 'https://hooks.example.com/' }),
      fingerprint: expect.any(String),
    },
  ]);
  expect(watchdog).toEqual({ url: 'https://hc.example.com/x', everyMs: 60_000 });
});

it('knows a channel that is another by its fingerprint, and one that is the same whatever its id', () => {
  const print = (id: string, rest: string) =>
    alertsOf(`${COMPONENTS}
alerts: { channels: [ { id: ${id}, ${rest} } ] }
`).channels[0]!.fingerprint;
  const hook = 'webhook: { url: "https://a.example.com/", headers: { A: "1", B: "2" } }';
  expect(print('b', 'webhook: { url: "https://a.example.com/", headers: { B: "2", A: "1" } }')).toBe(print('a', hook));
  expect(print('a', `timeout: 1s, ${hook}`)).not.toBe(print('a', hook));
  expect(print('a', 'webhook: { url: "https://b.example.com/" }')).not.toBe(print('a', hook));
});

it('may deny no address at all', () => {
  expect(alertsOf(`${COMPONENTS}\nalerts: { deny_addresses: [] }`).denyAddresses).toEqual([]);
});

/** Components by the routes that take them, `UNHEALTHY/DEGRADED/UNKNOWN`. */
function taken(routes: string): Record<string, string> {
  const { table } = alertsOf(withAlerts(routes));
  return Object.fromEntries(
    [...table.takenBy].map(([id, by]) => [
      id,
      [by.UNHEALTHY, by.DEGRADED, by.UNKNOWN].map((at) => at.join('+')).join('/'),
    ]),
  );
}
const ON = 'on: [ UNHEALTHY, DEGRADED, UNKNOWN ], to: [ hook ]';

describe('a component is taken', () => {
  it('by the first route that matches, whatever the status that makes an alert there', () => {
    expect(taken(`[ { match: { labels: [ team=infra ] }, on: [ UNKNOWN ], to: [ hook ] }, { ${ON} } ]`)).toMatchObject({
      disk: '//0',
      db: '//0',
      job: '1/1/1',
      system: '1/1/1',
    });
  });

  it('by those behind it too where it continues', () => {
    expect(taken(`[ { match: { labels: [ "id=d*" ] }, continue: true, to: [ hook ] }, { ${ON} } ]`)).toMatchObject({
      db: '0+1/1/1',
      api: '1/1/1',
    });
  });

  it('by its severity, which may be that of its status', () => {
    expect(
      taken(
        `[ { match: { severities: [ CRITICAL ] }, ${ON} }, { match: { severities: [ ERROR ] }, ${ON} }, { severity: INFO, ${ON} } ]`,
      ),
    ).toMatchObject({ db: '0/2/2', api: '1/1/1', job: '0/2/2' });
  });

  it('where it is one of the groups, or below one', () => {
    expect(taken('[ { match: { groups: [ stores ] }, to: [ hook ] } ]')).toEqual({ stores: '0//', db: '0//' });
    expect(Object.keys(taken('[ { match: { groups: [ system ], labels: [ "id!=system" ] }, to: [ hook ] } ]'))).toEqual(
      ['disk', 'db', 'api', 'job', 'after-job', 'stores'],
    );
  });
});

describe('warnings', () => {
  const warningsOf = (routes: string) =>
    parseValid(withAlerts(routes))
      .warnings.map(formatFault)
      .map((line) => line.replace(/^openk\.yaml:\d+:\d+: /, ''));

  it.each([
    ['a `for` as long as it takes to see every cause', '[ { for: 3m10s, to: [ hook ] } ]', []],
    ['one that only DEGRADED goes to, which has no cause', '[ { on: [ DEGRADED ], to: [ hook ] } ]', []],
    ['a heartbeat, which nobody looks at', '[ { match: { labels: [ "id=after-job", "id=job" ] }, to: [ hook ] } ]', []],
    [
      'a shorter one',
      '[ { for: 3m, to: [ hook ] } ]',
      [
        "alerts.routes[0].for: warning: is shorter than the 3m10s that it may take to see that 'disk' is down, on which 'db' depends: an alert of 'db' may come before that of its cause",
      ],
    ],
    [
      'one that is below that of a group on which it depends, over what is in the group',
      '[ { match: { labels: [ "id=api", "id=stores" ] }, to: [ hook ] } ]',
      [expect.stringMatching(/the 3m10s that it may take to see that 'disk' is down, on which 'api' depends/)],
    ],
    [
      'a cause that no route takes',
      '[ { match: { labels: [ "id=db", "id=api" ] }, for: 5m, to: [ hook ] } ]',
      [
        "alerts.routes[0]: warning: opens no alert of 'db' while 'disk' is UNHEALTHY, on which it depends, and no route takes 'disk': nobody would be told; 1 more are like it",
      ],
    ],
    [
      'routes that nothing gets to',
      '[ { for: 5m, to: [ hook ] }, { to: [ hook ] } ]',
      ['alerts.routes[1].match: warning: takes no component, or only such as a route before it takes'],
    ],
  ])('has %s', (_name, routes, expected) => {
    expect(warningsOf(routes)).toEqual(expected);
  });
});

it('has an observer only where it says so', () => {
  expect(parseValid(COMPONENTS).system).not.toHaveProperty('observer');
  expect(parseValid(`${COMPONENTS}\nobserver: { witnesses: [ disk, db ] }`).system.observer).toEqual({
    witnesses: ['disk', 'db'],
    quorum: 1,
  });
});
