// The short form of `npm run fuzz:port`: whatever comes to the port, OpenK lives, meets no defect, and keeps no connection.
import { expect, test } from '@jest/globals';
import { defectsOf } from '../support/defects-of.ts';
import { fuzzPort } from '../support/port-fuzz.ts';
import { spawnOpenk } from '../support/spawned-openk.ts';

test.each([1, 2])(
  'seed %d',
  async (seed) => {
    const openk = await spawnOpenk('components: [{ id: a, heartbeat: { period: 60s } }]');
    try {
      await fuzzPort({ address: openk.address, connections: 400, seed, concurrency: 16 });
      expect((await fetch(`${openk.address}/livez`)).status).toBe(200);
      expect(await defectsOf(openk.address)).toBe(0);
    } finally {
      await openk.dispose();
    }
  },
  60_000,
);
