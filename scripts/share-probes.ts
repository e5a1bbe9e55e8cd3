// npm run simulate:sharing [-- COMPONENTS [INSTANCES]]: how evenly instances share the probes of so many components (1,000,000 of 50, unless it is
// said), what moves when one of them is lost, and what that costs who decides.
import { chooseByHash } from '../src/core/rendezvous.ts';

const [components = 1_000_000, instances = 50] = process.argv.slice(2).map(Number);
if (!(components > 0 && instances > 1)) {
  console.error('Usage: npm run simulate:sharing [-- COMPONENTS [INSTANCES]]');
  process.exit(2);
}
const all = Array.from({ length: instances }, (_, at) => `openk-${at}`);
const ids = Array.from({ length: components }, (_, at) => `team-${at % 997}.service-${at}`);
const share = (among: readonly string[]) => {
  const startedCpu = process.cpuUsage();
  const chosen = ids.map((id) => chooseByHash(id, among)!);
  const { user, system } = process.cpuUsage(startedCpu);
  return { chosen, micros: (user + system) / components };
};
const countOf = (chosen: readonly string[]) =>
  [...Map.groupBy(chosen, (one) => one).values()].map(({ length }) => length);
const spread = (counts: readonly number[]) => {
  const mean = components / counts.length;
  return `${Math.min(...counts)} to ${Math.max(...counts)} each, ${((Math.max(...counts) / mean - 1) * 100).toFixed(1)} % above the mean at the most`;
};

const before = share(all);
const [lost] = all;
const after = share(all.slice(1));
const moved = before.chosen.filter((one, at) => one !== after.chosen[at]);
console.log(`${components.toLocaleString('en')} components over ${instances}: ${spread(countOf(before.chosen))}`);
console.log(
  `one is lost: ${moved.length.toLocaleString('en')} move, ${moved.filter((one) => one !== lost).length} of others; then ${spread(countOf(after.chosen))}`,
);
console.log(`${before.micros.toFixed(2)} µs of CPU to choose for one component`);
