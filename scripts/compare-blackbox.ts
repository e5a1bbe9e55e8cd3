// `npm run compare:blackbox`: what OpenK's probes and blackbox_exporter say of the same targets, as a table. Ends with 1 where
// they differ and no standard decides, or where one says other than the table has it; with 2 where there is no blackbox_exporter.
import { BEHAVIOURS } from '../tests/support/blackbox/behaviours.ts';
import { findBlackbox } from '../tests/support/blackbox/blackbox-exporter.ts';
import { compareWithBlackbox, faultOf } from '../tests/support/blackbox/compare.ts';

const program = findBlackbox();
if (program === undefined) {
  console.error(`blackbox_exporter is not here. Put it on the PATH, or its path into BLACKBOX_EXPORTER; on Debian:
  apt-get install --no-install-recommends prometheus-blackbox-exporter`);
  process.exit(2);
}
const compared = await compareWithBlackbox(program, BEHAVIOURS);
console.log(`${'kind'.padEnd(6)}${'target'.padEnd(58)}${'OpenK'.padEnd(32)}blackbox`);
for (const { behaviour, openkSays, blackboxSays, reason } of compared) {
  const said = `${openkSays} ${reason}`.padEnd(32);
  console.log(`${behaviour.kind.padEnd(6)}${behaviour.name.padEnd(58)}${said}${blackboxSays}`);
  if (openkSays !== blackboxSays) console.log(`      ${behaviour.because ?? 'nothing decides'}`);
}
const faults = compared.map(faultOf).filter((fault) => fault !== undefined);
for (const fault of faults) console.error(fault);
console.log(
  `${compared.length} targets, ${compared.filter((one) => one.openkSays !== one.blackboxSays).length} differences, ${faults.length} faults`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
