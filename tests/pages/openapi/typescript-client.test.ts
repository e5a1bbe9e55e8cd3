// What openapi-typescript makes of the document compiles, and a client that is written with it is answered by a running OpenK.
import '../../support/one-realm.ts';
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RunningOpenk, runOpenk } from '../../support/running-openk.ts';

const run = promisify(execFile);
const BIN = join(import.meta.dirname, '../../../node_modules/.bin');
const MAX_MS = 60_000;
const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noUnusedLocals'];
const AS_HERE = ['--noEmit', '--allowImportingTsExtensions', '--module', 'nodenext', '--target', 'esnext'];

let openk: RunningOpenk;
let folder: string;
let client: string;

beforeAll(async () => {
  openk = await runOpenk('components: [ { id: job, labels: { team: payments }, heartbeat: { period: 1h } } ]');
  folder = await mkdtemp(join(tmpdir(), 'openk-client-'));
  client = join(folder, 'client.ts');
  await copyFile(join(import.meta.dirname, 'typescript-client/client.ts'), client);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const document = join(folder, 'openapi.json');
  await writeFile(document, await (await fetch(`${openk.address}/openapi.json`)).text());
  await run(join(BIN, 'openapi-typescript'), [document, '-o', join(folder, 'openapi.ts')], { timeout: MAX_MS });
}, MAX_MS);
afterAll(async () => {
  await openk.close();
  await rm(folder, { recursive: true });
});

it(
  'compiles, strictly',
  async () => {
    const types = ['--types', 'node', '--typeRoots', join(BIN, '../@types')];
    const args = [...STRICT, ...AS_HERE, ...types, client];
    // From elsewhere, so that the project's own tsconfig.json has no say.
    const compiled = await run(join(BIN, 'tsc'), args, { cwd: folder, timeout: MAX_MS }).catch((error) => error);
    expect(compiled).toMatchObject({ stdout: '' });
  },
  MAX_MS,
);

it(
  'is answered',
  async () => {
    const { stdout } = await run(process.execPath, [client, openk.address], { timeout: MAX_MS });
    expect(JSON.parse(stdout)).toEqual({
      id: 'job',
      status: 'HEALTH_STATUS_HEALTHY',
      listedUpTo: expect.stringMatching(/^\d+$/),
      watched: expect.arrayContaining(['job']),
      watchedUpTo: expect.stringMatching(/^\d+$/),
    });
  },
  MAX_MS,
);
