// The command line of what is done in seeded rounds and counts violations: [ROUNDS [SEED]]. Exit 1 for a violation, 2 for a
// wrong argument.

interface Report {
  readonly rounds: number;
  readonly violations: readonly string[];
}

interface Options<R> {
  readonly rounds: number;
  readonly seed: number;
  readonly onRound: (soFar: R) => void;
}

/** @param command as the user types it */
export async function runRounds<R extends Report>(command: string, run: (options: Options<R>) => Promise<R>) {
  const [rounds = 200, seed = 1] = process.argv.slice(2, 4).map(Number);
  if (!Number.isInteger(rounds) || !Number.isInteger(seed) || rounds < 1) {
    console.error(`Usage: ${command} [-- ROUNDS [SEED]]   both are whole numbers`);
    process.exit(2);
  }
  console.log(`${rounds} rounds, seed ${seed}`);
  const startedMs = performance.now();
  const report = await run({
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
}

function line(title: string | number, { rounds: _, violations, ...counts }: Report): string {
  const figures = { ...counts, violations: violations.length };
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  return `${String(title).padStart(6)}: ${text.join(', ')}`;
}
