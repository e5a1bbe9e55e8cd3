// npm run kill:instances [-- ROUNDS [SEED [probes]]]: three real OpenKs on one real PostgreSQL, of which the one that decides is killed,
// stopped or frozen until another one decides, or the database is restarted as after a crash, 200 times by default: nothing that was
// answered is lost, no transition and no alert is there twice, and watchers that go from one to another miss nothing. With `probes` they
// share the probes, and any of them may be killed, stopped or frozen: each component is probed once in each period, by one of them.
import { runInstanceRounds } from '../tests/support/kill/instance-rounds.ts';
import { runSharedProbeRounds } from '../tests/support/kill/shared-probe-rounds.ts';
import { startPostgres } from '../tests/support/postgres.ts';
import { runRounds } from './rounds.ts';

const sharesProbes = process.argv[4] === 'probes';
const server = await startPostgres();
try {
  if (sharesProbes) {
    await runRounds('npm run kill:instances', async ({ onRound, ...options }) => {
      const { longestMs, ...report } = await runSharedProbeRounds({
        ...options,
        server,
        onRound: ({ longestMs: _, ...soFar }) => onRound(soFar),
      });
      for (const [fault, ms] of Object.entries(longestMs)) console.log(`  ${fault}: nobody asked for ${ms} ms at most`);
      return report;
    });
  } else await runRounds('npm run kill:instances', (options) => runInstanceRounds({ ...options, server }));
} finally {
  await server.dispose();
}
