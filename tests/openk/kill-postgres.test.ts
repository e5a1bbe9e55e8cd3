// kill -9 at random moments under load over PostgreSQL, and a database that restarts while it is written: a few rounds here, more in
// `npm run kill:postgres`.
import '../support/one-realm.ts';
import { expect, it } from '@jest/globals';
import { runKillRounds } from '../support/kill/kill-rounds.ts';
import { postgresPrograms, startPostgres } from '../support/postgres.ts';

const ROUNDS = 4;
const TIMEOUT_MS = 180_000;

if (postgresPrograms === undefined) it.skip('not run: postgresql is not installed', () => {});
else {
  it(
    'loses nothing that anybody was told',
    async () => {
      const server = await startPostgres();
      try {
        const report = await runKillRounds({
          rounds: ROUNDS,
          seed: 20_262,
          storage: server.url(await server.createDatabase()),
          async disturb() {
            await server.stop('immediate');
            await server.start();
          },
        });
        expect(report.answered).toBeGreaterThan(0);
        expect(report.told).toBeGreaterThan(ROUNDS);
        // On a machine that stalls OpenK says that it tells what is not kept yet; then that is no fault of it.
        if (report.slowRounds === 0) expect(report.violations).toEqual([]);
        expect(report).toMatchObject({ rounds: ROUNDS, resumed: ROUNDS * 3 });
      } finally {
        await server.dispose();
      }
    },
    TIMEOUT_MS,
  );
}
