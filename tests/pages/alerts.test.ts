// Alerts of an Alertmanager over the port, as recorded ones, odd ones, and of a real one where it is there.
import { afterEach, expect, it } from '@jest/globals';
import { readWebhook } from '../../src/pages/alertmanager/webhook.ts';
import { findAlertmanager, startAlertmanager } from '../support/alertmanager.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { FIRING, RESOLVED, TRUNCATED, WATCHDOG } from './alert-payloads.ts';

const TOKEN = 'token-of-alertmanager';
const CONFIG = `
auth: { anonymous: { allow: [READ] }, keys: [ { id: all, sha256: "${'0'.repeat(64)}", allow: [REPORT] } ] }
components:
  - { id: shop, alertmanager: { token: ${TOKEN}, match: [ team=shop ] } }
  - { id: other, alertmanager: { token: ${TOKEN}, match: [ team=other ] } }
`;

let openk: RunningOpenk | undefined;
const files = createTemporaryFiles();
afterEach(async () => {
  await openk?.close();
  openk = undefined;
});
const start = async (storageUrl = 'memory:') => {
  openk = await runOpenk(CONFIG, {}, '127.0.0.1', { storageUrl });
  return openk;
};
async function post(body: unknown, { path = `/alertmanager/${TOKEN}`, method = 'POST' } = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${openk!.address}${path}`, {
    method,
    headers: { 'content-type': 'application/json', connection: 'close' },
    ...(method === 'POST' && { body: text }),
  });
  return [response.status, await response.text()];
}
const status = (id: string) => openk!.engine.aggregator.health(id)?.status;
async function until(holds: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => {
    if (holds()) resolve();
  };
  const end = openk!.engine.aggregator.subscribe(undefined, look, true);
  look();
  await promise;
  end();
}
const both = (shop: string, other: string) => until(() => status('shop') === shop && status('other') === other);
const looked = () => until(() => openk!.engine.aggregator.health('shop')?.reason.code === 'ALERTS_UNHEARD');

it('make components what they say, and stay over a restart', async () => {
  const storageUrl = `sqlite:${files.path('openk.db')}`;
  await start(storageUrl);
  await looked();
  expect(await post(WATCHDOG)).toEqual([200, 'OK\n']);
  await both('HEALTHY', 'HEALTHY');
  expect(await post(FIRING)).toEqual([200, 'OK\n']);
  await both('UNHEALTHY', 'HEALTHY');
  expect(openk!.engine.aggregator.health('shop')!.reason).toEqual({
    code: 'ALERT_FIRING',
    message: 'the alert HighErrorRate fires',
    evidence: '1: HighErrorRate, errors of web-1 are above 5 %',
  });
  await openk!.close();

  await start(storageUrl);
  await both('UNHEALTHY', 'HEALTHY');
  await post(RESOLVED);
  await both('HEALTHY', 'HEALTHY');
  expect(JSON.stringify(openk!.log)).not.toContain(TOKEN);
});

it('that cannot be taken are refused in words, and what they say is not known', async () => {
  await start();
  await looked();
  await post(WATCHDOG);
  await both('HEALTHY', 'HEALTHY');
  expect(await post(FIRING, { path: '/alertmanager/nobody-knows-this-one' })).toEqual([404, 'not found\n']);
  expect((await post('', { method: 'GET' }))[0]).toBe(405);
  await both('HEALTHY', 'HEALTHY');
  expect(await post('{')).toEqual([400, 'the body is no JSON, or nested too deep\n']);
  await both('UNKNOWN', 'UNKNOWN');
  expect(await post('x'.repeat(2 * 2 ** 20 + 1))).toEqual([413, 'the body is larger than 2 MiB: set max_alerts\n']);
  expect(await post({ ...FIRING, alerts: [{ status: 'odd', labels: {} }] })).toEqual([
    400,
    'the body alerts[0].status must be firing or resolved\n',
  ]);
});

it('are read by their status, not by their ends', () => {
  expect(readWebhook(RESOLVED)).toMatchObject({ firing: [], missing: 0 });
  const [alert] = FIRING.alerts;
  for (const endsAt of ['2020-01-01T00:00:00Z', undefined, 'never']) {
    expect(readWebhook({ ...FIRING, alerts: [{ ...alert, endsAt }] })).toMatchObject({
      firing: [{ labels: alert!.labels }],
    });
  }
  expect(readWebhook(TRUNCATED)).toEqual({
    key: '{}:{alertname="HighErrorRate"}',
    labels: { alertname: 'HighErrorRate' },
    firing: TRUNCATED.alerts.map(({ fingerprint, labels, annotations: { summary } }) => ({
      fingerprint,
      labels,
      summary,
    })),
    missing: 1,
  });
});

it.each([
  [[], 'must be a JSON object'],
  [null, 'must be a JSON object'],
  [{}, 'groupKey must be a text'],
  [{ ...FIRING, groupKey: '' }, 'groupKey must be a text'],
  [{ ...FIRING, alerts: {} }, 'alerts must be a list'],
  [{ ...FIRING, truncatedAlerts: '1' }, 'truncatedAlerts must be a number'],
  [{ ...FIRING, truncatedAlerts: -1 }, 'truncatedAlerts must be a number'],
  [{ ...FIRING, alerts: [1] }, 'alerts[0].status must be firing or resolved'],
  [{ ...FIRING, alerts: [{ status: 'firing', labels: { a: 1 } }] }, 'alerts[0].labels must be a map of texts'],
])('%#: an odd one', (body, fault) => {
  expect(readWebhook(body)).toBe(fault);
});

it('count where they are more, or larger, than is kept', () => {
  const alert = { status: 'firing', labels: { a: 'b' } };
  const many = readWebhook({ ...FIRING, alerts: Array.from({ length: 1003 }, () => alert) });
  expect(many).toMatchObject({ missing: 3, firing: { length: 1000 } });
  const large = readWebhook({ ...FIRING, alerts: [{ ...alert, labels: { a: 'x'.repeat(1025) } }] });
  expect(large).toMatchObject({ missing: 1, firing: [] });
  expect(readWebhook({ ...FIRING, alerts: [alert] })).toMatchObject({
    firing: [{ fingerprint: '[["a","b"]]', summary: '' }],
  });
});

const program = findAlertmanager();
const where = program === undefined ? ' (skipped: no Alertmanager)' : '';
(program === undefined ? it.skip : it)(`come from a real Alertmanager${where}`, async () => {
  const { address } = await start();
  await looked();
  const alertmanager = await startAlertmanager(program!, `${address}/alertmanager/${TOKEN}`, ['alertname']);
  try {
    const alert = { labels: FIRING.alerts[0]!.labels, annotations: FIRING.alerts[0]!.annotations };
    await alertmanager.send([{ labels: { alertname: 'Watchdog', severity: 'none' } }]);
    await both('HEALTHY', 'HEALTHY');
    await alertmanager.send([alert]);
    await both('UNHEALTHY', 'HEALTHY');
    await alertmanager.send([{ ...alert, endsAt: new Date(Date.now() - 1000).toISOString() }]);
    await both('HEALTHY', 'HEALTHY');
  } finally {
    await alertmanager.close();
  }
});
