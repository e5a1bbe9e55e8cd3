// A start that fails leaves nothing open, wherever it fails: the next one in the same process has the address and the storage.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { readConfigFile, startOpenk } from '../../src/embed.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'openk-failed-start-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** The same, but for one value that cannot be read. */
function withBroken<Value extends object>(value: Value, [name, ...rest]: readonly string[]): Value {
  if (rest.length > 0) return { ...value, [name!]: withBroken(Reflect.get(value, name!) as object, rest) };
  return Object.defineProperty({ ...value }, name!, {
    get() {
      throw new Error(`${name} is broken`);
    },
  });
}

/** Of this test alone, below the ports that a system gives away. */
const ADDRESS = '127.0.77.1:8321';

async function start(...broken: readonly string[]) {
  const path = join(directory, 'openk.yaml');
  const lines = [
    `listen: ${ADDRESS}`,
    `storage: { url: "sqlite:${join(directory, 'openk.db')}" }`,
    'components: [ { id: a, heartbeat: { period: 1m } } ]',
  ];
  await writeFile(path, lines.join('\n'));
  const result = await readConfigFile(path);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  const config = broken.length === 0 ? result.config : withBroken(result.config, broken);
  const logger = pino({ level: 'silent' });
  return startOpenk({ config, load: async () => result, logger });
}

/** In the order in which a start comes to them. */
const FAILS_AT = [
  ['limits', 'probesInFlight'],
  ['alerts', 'denyAddresses'],
  ['instance', 'advertise'],
  ['system', 'components'],
  ['limits', 'callsPerSecondPerClient'],
  ['limits', 'writeTimeoutMs'],
];

it.each(FAILS_AT)('%s.%s', async (...broken) => {
  await expect(start(...broken)).rejects.toThrow('is broken');

  const next = await start();
  await next.close();
});
