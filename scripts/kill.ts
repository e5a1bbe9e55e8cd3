// npm run kill [-- ROUNDS [SEED]]: kills a real OpenK under load with SIGKILL, 200 times unless told otherwise, and checks
// after each restart that nothing is gone which anybody was told. Exit 1 when something is, 2 for a wrong argument.
import { runKillRounds } from '../tests/support/kill/kill-rounds.ts';

const [rounds = 200, seed = 1] = process.argv.slice(2).map(Number);
if (!Number.isInteger(rounds) || !Number.isInteger(seed) || rounds < 1) {
  console.error('Usage: npm run kill [-- ROUNDS [SEED]]   both are whole numbers');
  process.exit(2);
}

console.log(`${rounds} rounds, seed ${seed}`);
const startedMs = performance.now();
const report = await runKillRounds({
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

function line(
  title: string | number,
  { told, sent, answered, transitions, resumed, slowRounds, violations }: typeof report,
) {
  const figures = { told, sent, answered, transitions, resumed, slowRounds, violations: violations.length };
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  return `${String(title).padStart(6)}: ${text.join(', ')}`;
}
