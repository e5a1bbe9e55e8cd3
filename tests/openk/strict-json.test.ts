// A report that cannot be understood is no report: `HEALTHY` is what one without a status means.
import '../support/one-realm.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { envelope } from '../support/envelope.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const CONFIG = 'components: [ { id: job, heartbeat: { period: 1h } } ]';
const REPORT = '/openk.health.v1.HealthService/ReportHealth';

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let openk: RunningOpenk;
  beforeAll(async () => {
    openk = await runOpenk(`${CONFIG}\nserver: { pipeline: ${pipeline} }`);
  });
  afterAll(() => openk.close());

  const status = async () => {
    const answer = await fetch(`${openk.address}/v1/components/job/health`);
    return ((await answer.json()) as { health: { status: string } }).health.status;
  };

  it.each([
    ['a status that there is not', '{"component":"job","status":"UNHEALTHY"}', 'status'],
    ['a key that there is not', '{"component":"job","state":"HEALTH_STATUS_UNHEALTHY"}', 'state'],
    ['a key that is named like the body of REST', '{"component":"job","body":1}', 'body'],
    ['a field by both of its names', '{"component":"job","runId":"a","run_id":"b"}', 'run_id'],
    ['a duration without its form', '{"component":"job","duration":"5m"}', 'duration'],
  ])('%s is refused, and changes nothing', async (_what, body, field) => {
    const plain = await fetch(openk.address + REPORT, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(plain.status).toBe(400);
    const { message, details } = (await plain.json()) as { message: string; details: { debug: object }[] };
    expect(message).toMatch(/^the request is not valid: /);
    expect(details[0]?.debug).toMatchObject({ reason: 'INVALID_REQUEST' });
    expect(details[1]?.debug).toMatchObject({ fieldViolations: [{ field }] });
    const web = await fetch(openk.address + REPORT, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web+json' },
      body: envelope(Buffer.from(body)),
    });
    expect(await web.text()).toContain('grpc-status: 3\r\n');
    expect(await status()).toBe('HEALTH_STATUS_UNKNOWN');
  });

  const A_DURATION = 'must be a duration in seconds such as 1.5s';
  const A_TIME = 'must be a time such as 2026-01-31T12:00:00Z';
  const A_STATUS =
    /^is not a value of HealthStatus: (one of HEALTH_STATUS_UNSPECIFIED, HEALTH_STATUS_HEALTHY|did you mean)/;
  const SHORT_DURATION = 'must be a duration such as 1.5s, 30s, 5m or 24h';

  it.each<[method: string, body: string, field: string, connect: string | RegExp, rest?: string]>([
    ...['1', '{}', '[]', 'true', '"5x"'].map((value): [string, string, string, string, string] => [
      'ReportHealth',
      `{"component":"job","duration":${value}}`,
      'duration',
      A_DURATION,
      SHORT_DURATION,
    ]),
    ...['true', '{}', '[]', '1.5', '"healthy"'].map((value): [string, string, string, RegExp] => [
      'ReportHealth',
      `{"component":"job","status":${value}}`,
      'status',
      A_STATUS,
    ]),
    ...['1', '{}', '[]', 'false', '"now"'].map((value): [string, string, string, string] => [
      'GetHealth',
      `{"at":${value}}`,
      'at',
      A_TIME,
    ]),
    ['ListComponents', '{"status":["HEALTH_STATUS_HEALTHY",true]}', 'status[1]', A_STATUS],
    ['ListComponents', '{"status":[null]}', 'status[0]', 'must not be null'],
    ['ListComponents', '{"status":{}}', 'status', 'must be a list'],
    ['ListComponents', '{"label":["a",1]}', 'label[1]', 'must be a string'],
    ['ListComponents', '{"pageSize":"many"}', 'page_size', 'must be a whole number in decimal'],
    ['GetAvailability', '{"component":"job","includeMembers":{}}', 'include_members', 'must be true or false'],
  ])('%s %s: %s is told what it must be', async (method, body, field, connect, rest = undefined) => {
    const post = async (path: string) => {
      const answer = await fetch(openk.address + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      return [answer.status, (await answer.json()) as { message: string; details: { debug: object }[] }] as const;
    };
    const [status, { message, details }] = await post(`/openk.health.v1.HealthService/${method}`);
    expect(status).toBe(400);
    const description = typeof connect === 'string' ? connect : expect.stringMatching(connect);
    expect(details[1]?.debug).toMatchObject({ fieldViolations: [{ field, description }] });
    expect(message).toContain(`the request is not valid: ${field}: `);
    const path = { ReportHealth: '/v1/components/job:report', ListComponents: '/v1/components:list' }[method];
    if (path === undefined) return;
    const byRest = await post(path);
    expect(byRest[0]).toBe(400);
    expect(byRest[1].details[1]).toMatchObject({ fieldViolations: [{ field, description: rest ?? description }] });
  });

  it('Connect takes no short form, and REST does', async () => {
    const body = JSON.stringify({ component: 'job', status: 'HEALTHY', duration: '1m30s' });
    const post = (path: string) =>
      fetch(openk.address + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect((await post(REPORT)).status).toBe(400);
    expect((await post('/v1/components/job:report')).status).toBe(200);
    for (const query of [
      'components?status=HEALTHY&status=HEALTH_STATUS_UNKNOWN',
      'components/job/availability?window=24h&step=1h&include_members=1&unknown=UPTIME',
    ]) {
      const answer = await fetch(`${openk.address}/v1/${query}`);
      expect([query, answer.status]).toEqual([query, 200]);
    }
  });
});
