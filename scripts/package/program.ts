// OpenK inside of another program. scripts/package.ts runs it where the package is installed, and has it checked.
import { readConfigFile, startOpenk } from 'openk';
import { pino } from 'pino';

const load = (signal?: AbortSignal) => readConfigFile('openk.yaml', process.env, signal);
const result = await load();
if (!result.ok) throw new Error(JSON.stringify(result.faults));
// Declarations that cannot be resolved would be `any`, which takes this.
// @ts-expect-error
const port: string = result.config.listen.port;

const config = { ...result.config, listen: { ...result.config.listen, port: 0 } };
const openk = await startOpenk({ config, load, logger: pino({ level: 'silent' }) });
const reported = await fetch(`${openk.address}/v1/components/nightly-backup:report`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"status":"HEALTHY"}',
});
if (port !== undefined && reported.ok) console.log('HEALTHY in one process');
await openk.close();
