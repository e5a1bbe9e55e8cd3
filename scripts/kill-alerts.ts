// npm run kill:alerts [-- ROUNDS [SEED]]: kills a real OpenK with SIGKILL while it sends alerts to a receiver that answers, refuses,
// hangs, lies and cuts connections, 200 times by default: none is lost, none overtakes another, and none comes twice without need.
import { runAlertKillRounds } from '../tests/support/kill/alert-rounds.ts';
import { runRounds } from './rounds.ts';

await runRounds('npm run kill:alerts', runAlertKillRounds);
