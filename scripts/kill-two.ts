// npm run kill:two [-- ROUNDS [SEED]]: two real OpenKs on one file, started, stopped and killed in every order, 200 times
// unless told otherwise. Exit 1 when two had the file, one came to it too late, or something is gone; 2 for a wrong argument.
import { runTwoRounds, type TwoReport } from '../tests/support/kill/two-rounds.ts';

const [rounds = 200, seed = 1] = process.argv.slice(2).map(Number);
if (!Number.isInteger(rounds) || !Number.isInteger(seed) || rounds < 1) {
  console.error('Usage: npm run kill:two [-- ROUNDS [SEED]]   both are whole numbers');
  process.exit(2);
}

console.log(`${rounds} rounds, seed ${seed}`);
const startedMs = performance.now();
const report = await runTwoRounds({
  rounds,
  seed,
  onRound(soFar) {
    if (soFar.rounds % 10 === 0 || soFar.violations.length > 0) console.log(line(soFar.rounds, soFar));
  },
});
console.log(line('in all', report));
for (const violation of report.violations) console.log(`  ${violation}`);
console.log(`${Math.round((performance.now() - startedMs) / 1000)} s`);
if (report.violations.length > 0) process.exitCode = 1;

function line(title: string | number, { answered, transitions, longestHandoverMs, violations }: TwoReport) {
  const figures = { answered, transitions, longestHandoverMs, violations: violations.length };
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  return `${String(title).padStart(6)}: ${text.join(', ')}`;
}
