// npm run kill:two [-- ROUNDS [SEED]]: two real OpenKs on one file, started, stopped and killed in every order, 200 times
// by default. A violation is that two had the file, one came to it too late, or something is gone.
import { runTwoRounds } from '../tests/support/kill/two-rounds.ts';
import { runRounds } from './rounds.ts';

await runRounds('npm run kill:two', runTwoRounds);
