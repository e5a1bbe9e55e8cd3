import { checkProbe } from './src/probes/registry.ts';
import { parseConfig } from './src/config/parse-config.ts';
import { createRuleCheck } from './src/config/validate.ts';
import { formatFault } from './src/config/fault.ts';
import { readFileSync } from 'node:fs';
const checkRules = createRuleCheck();
const opts = { env: {HOST:'db.internal',PORT:'5432',THRESHOLD:'4',TRICK:'web, interval: 1s }',EMPTY:''}, checkProbe, checkRules };
for (const f of process.argv.slice(2)) {
const r = parseConfig(readFileSync(f,'utf8'), f, opts);
if (r.ok) console.log(f,'ok'); else for (const x of r.faults) console.log(formatFault(x));
}
