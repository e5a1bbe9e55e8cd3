// Two processes on one file in every order: each order once here, two hundred rounds in `npm run kill:two`.
import '../support/one-realm.ts';
import { expect, it } from '@jest/globals';
import { runTwoRounds } from '../support/kill/two-rounds.ts';

const ROUNDS = 7;
const TIMEOUT_MS = 240_000;

it(
  'one has the file at a time, the other soon after, and nothing that was answered is lost',
  async () => {
    const report = await runTwoRounds({ rounds: ROUNDS, seed: 20_261 });
    expect(report.violations).toEqual([]);
    expect(report).toMatchObject({ rounds: ROUNDS });
    expect(report.answered).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
