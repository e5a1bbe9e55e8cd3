// A process with few descriptors and many targets that never answer: the port goes on answering.
import { afterAll, expect, it } from '@jest/globals';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';
import { startTcp, type Upstream } from '../support/upstreams/tcp.ts';

const COMPONENTS = 300;
const FEWER = 'the limit of open files (ulimit -n) leaves room for fewer probe runs than limits.probes_in_flight';
let silent: Upstream | undefined;
let openk: SpawnedOpenk | undefined;

afterAll(async () => {
  await openk?.dispose();
  await silent?.close();
});

it('probes leave descriptors to the port', async () => {
  const target = await startTcp();
  silent = target;
  // Hosts of their own, so that no bound on one host holds them back.
  const components = Array.from(
    { length: COMPONENTS },
    (_, n) =>
      `  - { id: c${n}, http: { url: "http://h${n}.localhost:${target.port}/" }, interval: 1s, timeout: 900ms }`,
  );
  openk = await spawnOpenk(`components:\n${components.join('\n')}\n`, { descriptors: 200 });
  expect(await openk.logged(FEWER)).toMatchObject({ configured: 512, probesInFlight: expect.any(Number) });
  // Once that many have connected, all that may be in flight are, and others have come after them.
  await target.acceptedAtLeast(COMPONENTS);
  for (let request = 0; request < 20; request++) {
    const answer = await fetch(`${openk.address}/livez`, { headers: { connection: 'close' } });
    expect(answer.status).toBe(200);
  }
  const answer = await fetch(`${openk.address}/v1/components?page_size=1000`);
  const { components: seen } = (await answer.json()) as { components: { health?: { reason?: { code?: string } } }[] };
  expect(seen.filter(({ health }) => health?.reason?.code === 'OUT_OF_RESOURCES')).toEqual([]);
}, 60_000);
