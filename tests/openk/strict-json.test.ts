// A report that cannot be understood is no report: `HEALTHY` is what one without a status means.
import '../support/one-realm.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { envelope } from '../support/envelope.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const CONFIG = 'components: [ { id: job, heartbeat: { period: 1h } } ]';
const REPORT = '/openk.health.v1.HealthService/ReportHealth';

describe.each([true, false])('lean lanes: %s', (leanLanes) => {
  let openk: RunningOpenk;
  beforeAll(async () => {
    openk = await runOpenk(`${CONFIG}\nserver: { lean_lanes: ${leanLanes} }`);
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
});
