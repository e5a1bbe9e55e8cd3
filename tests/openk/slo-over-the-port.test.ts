// How components stand by their objectives, as callers see it: over REST, Connect, gRPC and in metrics, and only of what exists for them.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const CONFIG = `
components:
  - { id: web, heartbeat: { period: 10s }, labels: { team: shop }, slo: { objective: 99.5 } }
  - { id: vault, heartbeat: { period: 10s }, slo: { objective: 99.9 } }
  - { id: without, heartbeat: { period: 10s }, labels: { team: shop } }
auth: { anonymous: { allow: [ READ, EXPLAIN ], select: [ "team=shop" ] } }
`;

let openk: RunningOpenk;
beforeAll(async () => {
  openk = await runOpenk(CONFIG);
  await untilRead();
});
afterAll(async () => openk.close());

const get = async (path: string) => fetch(new URL(path, openk.address));
const metrics = async () => (await get('/metrics')).text();

/** History is read right after the start. */
async function untilRead(): Promise<void> {
  while (openk.engine.aggregator.slo('web') === undefined || openk.engine.aggregator.slo('vault') === undefined) {
    await new Promise(setImmediate);
  }
}

const EXPECTED = {
  objective: 99.5,
  window: '2592000s',
  good: '0s',
  bad: '0s',
  excluded: '0s',
  spent: '0s',
  budgetLeftRatio: 1,
};

it('is in GetAvailability over REST, Connect and gRPC', async () => {
  const rest = await (await get('/v1/components/web/availability')).json();
  expect(rest).toMatchObject({ availability: { component: 'web', slo: EXPECTED } });
  const connect = await fetch(new URL('/openk.health.v1.HealthService/GetAvailability', openk.address), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ component: 'web' }),
  });
  expect(await connect.json()).toMatchObject({ availability: { slo: EXPECTED } });
  const client = connectHealthClient(openk.address);
  const { availability } = await client.getAvailability({ component: 'web' });
  expect(availability?.slo).toMatchObject({ objective: 99.5, budgetLeftRatio: 1 });
  expect(availability?.slo?.burnRates.map(({ window }) => Number(window?.seconds))).toEqual([
    300, 1800, 3600, 21_600, 259_200,
  ]);
  client.close();
});

it('is in the definition, with its defaults', async () => {
  const { definition } = (await (await get('/v1/components/web')).json()) as { definition: { slo: object } };
  expect(definition.slo).toEqual({
    objective: 99.5,
    window: '2592000s',
    good: ['HEALTH_STATUS_HEALTHY', 'HEALTH_STATUS_DEGRADED'],
    exclude: ['HEALTH_STATUS_MAINTENANCE'],
    unknown: 'UNKNOWN_EXCLUDE',
  });
});

it('is not there for whom the component is not', async () => {
  expect((await get('/v1/components/vault/availability')).status).toBe(404);
  const shown = await metrics();
  expect(shown).toContain('openk_slo_objective_ratio{component="web"} 0.995');
  expect(shown).toContain('openk_slo_error_budget_remaining_ratio{component="web"} 1');
  expect(shown).toContain('openk_slo_burn_rate{component="web",window="1h"} 0');
  expect(shown).not.toContain('vault');
  expect(shown).not.toContain('openk_slo_objective_ratio{component="without"}');
});

it('is none where the component has no objective', async () => {
  const { availability } = (await (await get('/v1/components/without/availability')).json()) as {
    availability: { slo?: object };
  };
  expect(availability.slo).toBeUndefined();
});
