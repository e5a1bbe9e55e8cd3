// What Node has compiled is kept where the user's own files are, and survives that the server is killed.
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';

const CONFIG = 'components: [{ id: api, heartbeat: { period: 1h, grace: 1h } }]\n';
/** Without the folder that the tests share. */
const OWN = { NODE_COMPILE_CACHE: '' };

let files: TemporaryFiles;
let openk: SpawnedOpenk | undefined;
beforeEach(() => {
  files = createTemporaryFiles();
});
afterEach(async () => {
  await openk?.dispose();
  files.remove();
});

it.each([
  ['XDG_CACHE_HOME', 'home', 'home/openk'],
  ['HOME', 'home', 'home/.cache/openk'],
  ['CACHE_DIRECTORY', 'service', 'service'],
])('with %s it is there once the server has answered and is killed', async (variable, value, folder) => {
  openk = await spawnOpenk(CONFIG, { env: { ...OWN, [variable]: files.path(value) } });
  // The answer comes after what is done at the start.
  expect((await fetch(`${openk.address}/livez`)).status).toBe(200);
  openk.signal('SIGKILL');
  await openk.exited;
  expect(readdirSync(files.path(folder), { recursive: true }).length).toBeGreaterThan(10);
});

it('in a folder that cannot be written it is not kept, and that is no fault', async () => {
  files.write('file', '');
  openk = await spawnOpenk(CONFIG, { env: { ...OWN, XDG_CACHE_HOME: files.path('file') } });
  expect((await fetch(`${openk.address}/livez`)).status).toBe(200);
  expect(openk.log.filter(({ level }) => level !== 'info')).toEqual([]);
});
