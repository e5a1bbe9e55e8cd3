// kill -9 at random moments while alerts are sent: a dozen rounds here, two hundred in `npm run kill:alerts`.
import '../support/one-realm.ts';
import { expect, it } from '@jest/globals';
import { runAlertKillRounds } from '../support/kill/alert-rounds.ts';

const ROUNDS = 12;
const TIMEOUT_MS = 600_000;

it(
  'loses no alert, keeps their order, and repeats only what was not answered',
  async () => {
    const report = await runAlertKillRounds({ rounds: ROUNDS, seed: 20_263 });
    expect(report.violations).toEqual([]);
    expect(report.alerts).toBeGreaterThan(0);
    expect(report.received).toBeGreaterThan(ROUNDS);
    expect(report.rounds).toBe(ROUNDS);
  },
  TIMEOUT_MS,
);
