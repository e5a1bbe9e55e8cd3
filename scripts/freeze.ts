// npm run freeze [-- SECONDS [signal | container]]: stops a real OpenK for 75 seconds unless told otherwise, by SIGSTOP or as a
// container is paused (cgroups, which root may make), and checks what it says of them afterwards. Exit 1 when something is
// not so, 2 for a wrong argument.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freezeFaults, freezeOnce } from '../tests/support/freeze/freeze-round.ts';
import { suspendByCgroup, suspendBySignal } from '../tests/support/freeze/suspend.ts';

const [secondsText = '75', by = 'signal'] = process.argv.slice(2);
const seconds = Number(secondsText);
const suspend = { signal: suspendBySignal, container: suspendByCgroup }[by];
if (!Number.isInteger(seconds) || seconds < 5 || suspend === undefined) {
  console.error('Usage: npm run freeze [-- SECONDS [signal | container]]   SECONDS is a whole number, 5 or more');
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'openk-freeze-'));
try {
  const storage = `sqlite:${join(folder, 'openk.db')}`;
  const frozenMs = seconds * 1000;
  const options = { frozenMs, staleAfterMs: frozenMs / 3, periodMs: frozenMs / 2, storage, suspend };
  const report = await freezeOnce(options);
  const faults = freezeFaults(report, options);
  const { stoppedMs, wokeMs, probe, beat, time, looksOnWaking } = report;
  console.log(JSON.stringify({ frozenMs: wokeMs - stoppedMs, probe, beat, time, looksOnWaking }, undefined, 2));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
