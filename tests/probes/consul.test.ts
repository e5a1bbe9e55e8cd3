import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ConsulProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../../src/core/observation.ts';
import { consulProbe } from '../../src/probes/consul.ts';
import { look, probeContext } from '../support/probe-run.ts';
import { type HttpUpstream, startHttp } from '../support/upstreams/http.ts';

type Options = Exclude<MessageInitShape<typeof ConsulProbeSchema>, { $typeName: string }>;

let server: HttpUpstream;
let answer: { status: number; body: string };

beforeAll(async () => {
  server = await startHttp((_request, response) => void response.writeHead(answer.status).end(answer.body));
});
afterAll(() => server.close());

const probe = (init: Options = {}) =>
  consulProbe.create(create(ConsulProbeSchema, { server: server.url, service: 'web shop', ...init }), probeContext());
const short = ({ outcome, reason }: Observation) => `${outcome} ${reason.code}`;
const check = (Status: string, CheckID = 'service:web', Name = 'Web') => ({ CheckID, Name, Status });
const node = (Status = 'passing') => check(Status, 'serfHealth', 'Serf');
let count = 0;
const instance = (...Checks: object[]) => ({ Node: { Node: `n${++count}` }, Service: { ID: `web-${count}` }, Checks });
const maintenance = (id: string) => instance(check('critical', id, 'Maintenance'), node());

it.each<[string, unknown, string]>([
  ['one that passes', [instance(node(), check('passing'))], 'HEALTHY OK'],
  ['one without checks', [instance()], 'HEALTHY OK'],
  ['one that warns', [instance(node(), check('warning'))], 'DEGRADED CONSUL_DEGRADED'],
  ['one that fails', [instance(node(), check('critical'))], 'UNHEALTHY CONSUL_UNHEALTHY'],
  ['one whose node fails', [instance(node('critical'), check('passing'))], 'UNHEALTHY CONSUL_UNHEALTHY'],
  ['one of two that fails', [instance(check('critical')), instance(check('passing'))], 'DEGRADED CONSUL_DEGRADED'],
  ['two that fail', [instance(check('critical')), instance(check('critical'))], 'UNHEALTHY CONSUL_UNHEALTHY'],
  ['one in another state', [instance(check('odd'))], 'UNKNOWN FEED_UNKNOWN'],
  [
    'one in another state beside one that fails',
    [instance(check('odd')), instance(check('critical'))],
    'UNKNOWN FEED_UNKNOWN',
  ],
  [
    'one in another state beside both',
    [instance(check('odd')), instance(check('critical')), instance(check('passing'))],
    'DEGRADED CONSUL_DEGRADED',
  ],
  ['one in maintenance', [maintenance('_service_maintenance:web-1')], 'UNKNOWN CONSUL_MAINTENANCE'],
  ['one on a node in maintenance', [maintenance('_node_maintenance')], 'UNKNOWN CONSUL_MAINTENANCE'],
  [
    'one in maintenance beside one that passes',
    [maintenance('_node_maintenance'), instance(check('passing'))],
    'HEALTHY OK',
  ],
  ['none', [], 'UNKNOWN CONSUL_NO_INSTANCES'],
  ['something else', {}, 'UNKNOWN SOURCE_FAILED'],
])('%s', async (_what, rows, expected) => {
  answer = { status: 200, body: JSON.stringify(rows) };
  expect(short(await look(probe()))).toBe(expected);
});

it.each([
  [403, 'UNKNOWN REQUEST_REFUSED'],
  [500, 'UNKNOWN SOURCE_FAILED'],
])('%d says nothing about the service', async (status, expected) => {
  answer = { status, body: 'ACL not found: a-token' };
  const observation = await look(probe({ token: 'a-token' }));
  expect(short(observation)).toBe(expected);
  expect(JSON.stringify(observation)).not.toContain('a-token');
});

it('names its instances by node and service, and asks as it is configured', async () => {
  count = 0;
  const rows = [
    instance(node(), check('critical', 'c', 'Port 80')),
    instance(node()),
    maintenance('_node_maintenance'),
  ];
  answer = { status: 200, body: JSON.stringify(rows) };
  const observation = await look(
    probe({ server: `${server.url}consul/`, tag: 'v 1', datacenter: 'dc2', token: 'a-token' }),
  );
  expect(observation.reason.evidence).toBe('n1/web-1: Port 80');
  expect(observation.parts?.map(({ name, outcome, reason }) => [name, outcome, reason.evidence])).toEqual([
    ['n1/web-1', 'UNHEALTHY', 'Port 80'],
    ['n2/web-2', 'HEALTHY', undefined],
    ['n3/web-3', 'UNKNOWN', undefined],
  ]);
  expect(server.requests.at(-1)).toMatchObject({
    path: '/consul/v1/health/service/web%20shop?tag=v+1&dc=dc2',
    headers: { 'x-consul-token': 'a-token' },
  });
});

it('refuses a token that no header can have', () => {
  const options = create(ConsulProbeSchema, { server: 'http://consul:8500', service: 'a', token: 'a b' });
  expect(consulProbe.check(options)).toEqual([{ path: ['token'], message: 'must be printable ASCII without blanks' }]);
});
