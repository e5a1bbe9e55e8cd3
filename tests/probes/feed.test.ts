// Status pages of others: what each format says, and what is made of pages that contradict themselves.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FeedProbeSchema, FeedProbe_Format as Format } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../../src/core/observation.ts';
import { feedProbe } from '../../src/probes/feed.ts';
import { look, probeContext, probeRun } from '../support/probe-run.ts';
import { runOpenk } from '../support/running-openk.ts';
import { type HttpUpstream, startHttp } from '../support/upstreams/http.ts';

type Options = Exclude<MessageInitShape<typeof FeedProbeSchema>, { $typeName: string }>;

let server: HttpUpstream;
let answer: { status?: number; body: unknown; headers?: Record<string, string> };

beforeAll(async () => {
  server = await startHttp((_request, response) => {
    const { status = 200, body, headers } = answer;
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  });
});
afterAll(() => server.close());

const probe = (init: Options = {}) =>
  feedProbe.create(create(FeedProbeSchema, { url: `${server.url}feed`, ...init }), probeContext());
const short = ({ outcome, reason }: Observation) => `${outcome} ${reason.code}`;
const parts = ({ parts: named = [] }: Observation) => named.map(({ name, outcome }) => `${name}: ${outcome}`);

const row = (name: string, status: string, rest: object = {}) => ({
  id: `id-${name}`,
  name,
  status,
  group: false,
  ...rest,
});
const statuspage = (indicator: string, components: object[] = [], incidents: object[] = []) => ({
  ...{ page: { id: 'x', name: 'X' }, status: { indicator, description: '' } },
  ...{ components, incidents, scheduled_maintenances: [] },
});
const incident = (impact: string, status = 'investigating', components: object[] = []) => ({
  name: 'It burns',
  impact,
  status,
  components,
});
const instatus = (status: string, rest: object = {}) => ({ page: { name: 'X', url: 'https://x', status }, ...rest });
const slack = (status: string, incidents: object[] = []) => ({
  status,
  date_updated: '2026-01-01',
  active_incidents: incidents,
});

describe('what a page says', () => {
  it.each<[string, unknown, string]>([
    ['Statuspage: all well', statuspage('none', [row('API', 'operational')]), 'HEALTHY OK'],
    ['Statuspage: minor', statuspage('minor'), 'DEGRADED FEED_DEGRADED'],
    ['Statuspage: critical', statuspage('critical'), 'UNHEALTHY FEED_UNHEALTHY'],
    ['Statuspage: maintenance', statuspage('maintenance'), 'UNKNOWN FEED_MAINTENANCE'],
    ['Statuspage: a word that nobody knows', statuspage('purple'), 'UNKNOWN FEED_UNKNOWN'],
    [
      'Statuspage: a component of it is worse',
      statuspage('none', [row('API', 'major_outage')]),
      'UNHEALTHY FEED_UNHEALTHY',
    ],
    ['Statuspage: in part', statuspage('none', [row('API', 'partial_outage')]), 'DEGRADED FEED_DEGRADED'],
    ['Statuspage: slow', statuspage('none', [row('API', 'degraded_performance')]), 'DEGRADED FEED_DEGRADED'],
    ['Statuspage: in other words', statuspage('none', [row('API', 'wobbly')]), 'UNKNOWN FEED_UNKNOWN'],
    ['Statuspage: in maintenance', statuspage('none', [row('API', 'under_maintenance')]), 'UNKNOWN FEED_MAINTENANCE'],
    [
      'Statuspage: in maintenance beside what is slow',
      statuspage('none', [row('A', 'under_maintenance'), row('B', 'degraded_performance')]),
      'DEGRADED FEED_DEGRADED',
    ],
    ['Statuspage: an incident beside none', statuspage('none', [], [incident('none')]), 'DEGRADED FEED_DEGRADED'],
    ['Statuspage: an incident of another impact', statuspage('none', [], [incident('odd')]), 'UNKNOWN FEED_UNKNOWN'],
    ['Statuspage: an incident that is over', statuspage('none', [], [incident('critical', 'resolved')]), 'HEALTHY OK'],
    [
      'Statuspage: a group is no service',
      statuspage('none', [row('G', 'major_outage', { group: true })]),
      'HEALTHY OK',
    ],
    ['Instatus: up', instatus('UP'), 'HEALTHY OK'],
    ['Instatus: has issues', instatus('HASISSUES'), 'DEGRADED FEED_DEGRADED'],
    [
      'Instatus: a major one',
      instatus('UP', { activeIncidents: [{ name: 'a', impact: 'MAJOROUTAGE' }] }),
      'UNHEALTHY FEED_UNHEALTHY',
    ],
    [
      'Instatus: one that is nothing',
      instatus('UP', { activeIncidents: [{ name: 'a', impact: 'OPERATIONAL' }] }),
      'DEGRADED FEED_DEGRADED',
    ],
    [
      'Instatus: in maintenance',
      instatus('UP', { activeMaintenances: [{ name: 'a', status: 'INPROGRESS' }] }),
      'UNKNOWN FEED_MAINTENANCE',
    ],
    [
      'Instatus: one that is planned',
      instatus('UP', { activeMaintenances: [{ name: 'a', status: 'NOTSTARTEDYET' }] }),
      'HEALTHY OK',
    ],
    [
      'Instatus: components',
      instatus('UP', { components: [{ id: '1', name: 'a', status: 'MINOROUTAGE' }] }),
      'DEGRADED FEED_DEGRADED',
    ],
    ['Slack: ok', slack('ok'), 'HEALTHY OK'],
    [
      'Slack: an incident',
      slack('active', [{ title: 'a', type: 'incident', status: 'active' }]),
      'DEGRADED FEED_DEGRADED',
    ],
    [
      'Slack: an outage',
      slack('active', [{ title: 'a', type: 'outage', status: 'active' }]),
      'UNHEALTHY FEED_UNHEALTHY',
    ],
    [
      'Slack: ok beside an outage',
      slack('ok', [{ title: 'a', type: 'outage', status: 'active' }]),
      'UNHEALTHY FEED_UNHEALTHY',
    ],
    ['GCP: none', [], 'HEALTHY OK'],
    ['GCP: one that is over', [{ begin: 'a', end: 'b', status_impact: 'SERVICE_OUTAGE' }], 'HEALTHY OK'],
    ['GCP: one that is not', [{ begin: 'a', status_impact: 'SERVICE_OUTAGE' }], 'UNHEALTHY FEED_UNHEALTHY'],
    ['GCP: a disruption', [{ begin: 'a', end: '', status_impact: 'SERVICE_DISRUPTION' }], 'DEGRADED FEED_DEGRADED'],
    ['something else', { hello: 'world' }, 'UNKNOWN FEED_UNKNOWN'],
    ['a list of something else', [{ hello: 'world' }], 'UNKNOWN FEED_UNKNOWN'],
    ['no JSON', '<html>', 'UNKNOWN SOURCE_FAILED'],
  ])('%s', async (_what, body, expected) => {
    answer = { body };
    expect(short(await look(probe()))).toBe(expected);
  });

  it.each<[number, string]>([
    [500, 'UNKNOWN SOURCE_FAILED'],
    [429, 'UNKNOWN SOURCE_FAILED'],
    [302, 'UNKNOWN REQUEST_REFUSED'],
    [404, 'UNKNOWN REQUEST_REFUSED'],
  ])('%d: a page that is down is no service that is down', async (status, expected) => {
    answer = { status, body: statuspage('none') };
    expect(short(await look(probe()))).toBe(expected);
  });

  it('of another format is not taken for that which is asked for', async () => {
    answer = { body: slack('ok') };
    expect(short(await look(probe({ format: Format.STATUSPAGE })))).toBe('UNKNOWN FEED_UNKNOWN');
    expect(short(await look(probe({ format: Format.SLACK })))).toBe('HEALTHY OK');
  });
});

const PAGE = statuspage(
  'none',
  [
    row('Shop', 'operational', { group: true, id: 'g' }),
    row('API', 'operational', { group_id: 'g' }),
    row('Web/CDN', 'degraded_performance', { group_id: 'g' }),
    row('Mail', 'major_outage'),
  ],
  [incident('critical', 'identified', [{ id: 'id-API', name: 'API' }])],
);

it('has a component for each of its own, with the incidents that name it', async () => {
  answer = { body: PAGE };
  expect(parts(await look(probe()))).toEqual(['Shop/API: UNHEALTHY', 'Shop/Web-CDN: DEGRADED', 'Mail: UNHEALTHY']);
});

it.each<[string, string, string[]]>([
  ['Mail', 'UNHEALTHY FEED_UNHEALTHY', []],
  ['Web/CDN', 'DEGRADED FEED_DEGRADED', []],
  ['id-API', 'UNHEALTHY FEED_UNHEALTHY', []],
  ['Shop', 'UNHEALTHY FEED_UNHEALTHY', ['Shop/API: UNHEALTHY', 'Shop/Web-CDN: DEGRADED']],
  ['Nothing', 'UNKNOWN FEED_NO_SUCH_COMPONENT', []],
])('counts %s alone where that is asked for', async (component, expected, names) => {
  answer = { body: PAGE };
  const observation = await look(probe({ component }));
  expect([short(observation), parts(observation)]).toEqual([expected, names]);
});

it('asks whether the page has changed, and keeps what it said', async () => {
  const subject = probe();
  answer = { body: PAGE, headers: { etag: '"one"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' } };
  const first = await subject.run(probeRun());
  answer = { status: 304, body: '' };
  const second = await subject.run(probeRun());
  expect([short(second), parts(second)]).toEqual([short(first), parts(first)]);
  expect(server.requests.at(-1)?.headers).toMatchObject({
    'if-none-match': '"one"',
    'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT',
  });
  answer = { status: 500, body: '' };
  expect(short(await subject.run(probeRun()))).toBe('UNKNOWN SOURCE_FAILED');
  // What is no longer known is asked for as a whole.
  answer = { status: 304, body: '' };
  expect(short(await subject.run(probeRun()))).toBe('UNKNOWN REQUEST_REFUSED');
  await subject.close();
});

it.each<[Format, string]>([
  [Format.AUTO, '/api/v2/summary.json'],
  [Format.INSTATUS, '/summary.json'],
  [Format.SLACK, '/api/v2.0.0/current'],
  [Format.GCP, '/incidents.json'],
])('of a host alone is where format %d has it', async (format, path) => {
  answer = { body: [] };
  await look(probe({ url: server.url, format }));
  expect(server.requests.at(-1)?.path).toBe(path);
});

it('reads a status page of OpenK', async () => {
  const openk = await runOpenk(`
components:
  - { id: shop, display_name: The shop, heartbeat: { period: 1h, ping_token: aaaaaaaaaaaaaaaa } }
  - { id: mail, heartbeat: { period: 1h, ping_token: bbbbbbbbbbbbbbbb } }
status_pages:
  - { id: public, title: Ours, access: PUBLIC, groups: [ { title: All, components: [ shop, mail ] } ] }
`);
  try {
    await fetch(`${openk.address}/ping/aaaaaaaaaaaaaaaa`);
    await fetch(`${openk.address}/ping/bbbbbbbbbbbbbbbb/fail`);
    const observation = await look(probe({ url: `${openk.address}/status/public/api/v2/summary.json` }));
    expect(short(observation)).toBe('UNHEALTHY FEED_UNHEALTHY');
    expect(parts(observation)).toEqual(['All/The shop: HEALTHY', 'All/mail: UNHEALTHY']);
  } finally {
    await openk.close();
  }
});
