// Three OpenKs on one database, of which the one that decides is stopped, killed, and frozen until another one decides: a round of each
// here, more, with restarts of the database and by chance, in `npm run kill:instances`.
import '../support/one-realm.ts';
import { expect, it } from '@jest/globals';
import { runInstanceRounds } from '../support/kill/instance-rounds.ts';
import { runSharedProbeRounds } from '../support/kill/shared-probe-rounds.ts';
import { postgresPrograms, startPostgres } from '../support/postgres.ts';

const TIMEOUT_MS = 180_000;

if (postgresPrograms === undefined) it.skip('not run: postgresql is not installed', () => {});
else {
  it(
    'another one decides, and nothing is lost, or there twice, or out of order',
    async () => {
      const server = await startPostgres();
      try {
        const report = await runInstanceRounds({ rounds: 3, seed: 64, server, faults: ['stop', 'kill', 'freeze'] });
        expect(report.violations).toEqual([]);
        expect(report).toMatchObject({ rounds: 3 });
        expect(report.resumed).toBeGreaterThan(0);
        expect(report.messages).toBeGreaterThan(0);
      } finally {
        await server.dispose();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'they share the probes: each component is probed once in each period, by one of them, whoever ends',
    async () => {
      const server = await startPostgres();
      try {
        const faults = ['kill the one that decides'] as const;
        const report = await runSharedProbeRounds({ rounds: 1, seed: 78, server, faults, components: 30 });
        expect(report.violations).toEqual([]);
        expect(report.periods).toBeGreaterThan(0);
      } finally {
        await server.dispose();
      }
    },
    TIMEOUT_MS,
  );
}
