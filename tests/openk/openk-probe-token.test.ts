// An OpenK that follows another one, which says who may ask it.
import '../support/one-realm.ts';
import { hash } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { ComponentSchema, OpenkProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { redactComponent } from '../../src/config/compile/redact.ts';
import type { Probe } from '../../src/core/probe.ts';
import { openkProbe } from '../../src/probes/openk.ts';
import { probeContext, probeRun } from '../support/probe-run.ts';
import { createPushes, type Pushes } from '../support/pushes.ts';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const TOKEN = 'openk_probe_secret';
const REFUSED = { outcome: 'UNKNOWN', reason: { code: 'REMOTE_REFUSED' } };

const configOf = (anonymous: string, allow: string, token = TOKEN) => `
auth: { anonymous: { allow: [${anonymous}] }, keys: [{ id: probe, sha256: "${hash('sha256', token)}", allow: [${allow}] }] }
components: [{ id: pay, heartbeat: { period: 1h } }]
`;

let other: RunningOpenk;
let probe: Probe;
let pushes: Pushes;
const start = async (config: string, token = TOKEN) => {
  other = await runOpenk(config);
  pushes = createPushes();
  const options = create(OpenkProbeSchema, { server: other.address, component: 'pay', token });
  probe = openkProbe.create(options, probeContext({ push: pushes.push }));
};
const look = () => probe.run(probeRun());
const report = async (status: HealthStatus) => {
  const client = connectHealthClient(other.address);
  await client.reportHealth({ component: 'pay', status });
  client.close();
};

beforeEach(() => start(configOf('REPORT', 'READ')));
afterEach(async () => {
  await probe.close();
  await other.close();
});

it('shows its token, to the question and to the stream', async () => {
  await report(HealthStatus.HEALTHY);
  expect(await look()).toMatchObject({ outcome: 'HEALTHY' });
  await report(HealthStatus.DEGRADED);
  expect(await pushes.next()).toMatchObject({ outcome: 'DEGRADED' });
});

it.each([
  ['is missing', configOf('REPORT', 'READ'), ''],
  ['is another one', configOf('REPORT', 'READ'), 'openk_probe_other'],
  ['may not read', configOf('REPORT', 'REPORT'), TOKEN],
])('is UNKNOWN where its token %s: nobody looked', async (_name, config, token) => {
  await probe.close();
  await other.close();
  await start(config, token);
  const observation = await look();
  expect(observation).toMatchObject(REFUSED);
  expect(JSON.stringify(observation)).not.toContain('openk_probe');
});

it('is UNKNOWN from when its token ends, and not where the token may do something else now', async () => {
  await report(HealthStatus.HEALTHY);
  await look();
  await other.reloadWith(configOf('REPORT', 'READ, REPORT'));
  await report(HealthStatus.DEGRADED);
  expect(await pushes.next()).toMatchObject({ outcome: 'DEGRADED' });
  await other.reloadWith(configOf('REPORT', 'READ', 'another'));
  expect(await pushes.next()).toMatchObject(REFUSED);
  expect(await look()).toMatchObject(REFUSED);
});

it('is never shown', () => {
  const kind = { case: 'openk', value: { server: 'https://openk.example.com', token: TOKEN } } as const;
  const { definition } = redactComponent(create(ComponentSchema, { id: 'a', kind }));
  expect(definition.kind.value).toMatchObject({ token: '[redacted]' });
});
