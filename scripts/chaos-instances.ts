// npm run chaos:instances [-- MINUTES [SEED [FAULT]]]: three real OpenKs on one replicated PostgreSQL, 2,000 components at 2 s, 500 watchers and a
// receiver of alerts, and for a quarter of an hour one fault after the other. Exit 1 for a violation, 2 for a wrong argument.
import { CHAOS_FAULTS, type ChaosFault, runChaos } from '../tests/support/chaos/chaos.ts';
import { clockLibrary, isApart } from '../tests/support/chaos/instances.ts';
import { postgresPrograms } from '../tests/support/postgres.ts';

const [minutes = 15, seed = 1] = process.argv.slice(2, 4).map(Number);
const only = process.argv.slice(4) as ChaosFault[];
const size = (name: string, usual: number) => Number(process.env[name] ?? usual);
if (!(minutes > 0) || !Number.isInteger(seed) || !only.every((fault) => CHAOS_FAULTS.includes(fault))) {
  console.error(`Usage: npm run chaos:instances [-- MINUTES [SEED [FAULT…]]]   faults: ${CHAOS_FAULTS.join(', ')}`);
  process.exit(2);
}
if (postgresPrograms === undefined) {
  console.error('not run: postgresql is not installed');
  process.exit(2);
}
if (clockLibrary === undefined)
  console.log('no clock is set: libfaketime is not installed, nor named by FAKETIME_LIBRARY');
if (!isApart) console.log('nobody waits for the end of a lease after a kill: `unshare --pid` is not allowed here');

console.log(`${minutes} minutes, seed ${seed}`);
const { violations, takeOvers, handOversMs, figures } = await runChaos({
  seed,
  components: size('COMPONENTS', 2_000),
  watchers: size('WATCHERS', 500),
  intervalMs: 2_000,
  perSecond: 5,
  faultMs: 30_000,
  calmMs: 20_000,
  goOn: (_, sinceMs) => sinceMs < minutes * 60_000,
  ...(only.length > 0 && { faults: only }),
  say: (line) => console.log(line),
});
for (const [name, value] of Object.entries(figures)) console.log(`${name}: ${value}`);
console.log(`take-overs, ms: ${takeOvers.map(({ fault, ms }) => `${fault} ${ms}`).join(', ')}`);
console.log(`hand-overs, ms: ${handOversMs.join(', ')}`);
for (const violation of violations.slice(0, 50)) console.log(`  ${violation}`);
console.log(`${violations.length} violations`);
process.exitCode = violations.length > 0 ? 1 : 0;
