// npm run kill [-- ROUNDS [SEED]]: kills a real OpenK under load with SIGKILL, 200 times by default, and checks
// after each restart that nothing is gone that was published or answered.
import { runKillRounds } from '../tests/support/kill/kill-rounds.ts';
import { runRounds } from './rounds.ts';

await runRounds('npm run kill', runKillRounds);
