// npm run kill:instances [-- ROUNDS [SEED]]: three real OpenKs on one real PostgreSQL, of which the one that decides is killed, stopped or frozen
// until another one decides, or the database is restarted as after a crash, 200 times by default: nothing that was answered is lost, no
// transition and no alert is there twice, and watchers that go from one to another miss nothing.
import { runInstanceRounds } from '../tests/support/kill/instance-rounds.ts';
import { startPostgres } from '../tests/support/postgres.ts';
import { runRounds } from './rounds.ts';

const server = await startPostgres();
try {
  await runRounds('npm run kill:instances', (options) => runInstanceRounds({ ...options, server }));
} finally {
  await server.dispose();
}
