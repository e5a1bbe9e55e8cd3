// npm run kill:postgres [-- ROUNDS [SEED]]: kills a real OpenK over a real PostgreSQL under load with SIGKILL, 200 times by default, restarts
// the database as after a crash in every second round, and checks after each restart that nothing is gone that was published or answered.
import { runKillRounds } from '../tests/support/kill/kill-rounds.ts';
import { startPostgres } from '../tests/support/postgres.ts';
import { runRounds } from './rounds.ts';

const server = await startPostgres();
try {
  const storage = server.url(await server.createDatabase());
  const disturb = async () => {
    await server.stop('immediate');
    await server.start();
  };
  await runRounds('npm run kill:postgres', (options) => runKillRounds({ ...options, storage, disturb }));
} finally {
  await server.dispose();
}
