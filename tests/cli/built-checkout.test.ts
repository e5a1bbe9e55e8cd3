// Which of the two `openk` runs in a checkout: the sources, or what was built of them.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';

const BIN = new URL('../../bin/openk.js', import.meta.url).pathname;
const BUILT = 'dist/openk/main.js';

let files: TemporaryFiles;
beforeEach(() => {
  files = createTemporaryFiles();
  for (const [path, text] of [
    ['package.json', '{ "type": "module" }'],
    ['package-lock.json', '{}'],
    ['src/main.ts', "console.log('sources')"],
    ['src/core/graph.ts', ''],
    ['src/core/order.ts', ''],
    ['gen/config_pb.ts', ''],
    ['web/src/page.ts', ''],
    ['web/gen/health_pb.ts', ''],
    ['web/index.html', ''],
    ['web/vite.config.ts', ''],
    ['web/dist/index.html', ''],
    ['scripts/package/vite.config.ts', ''],
  ] as const) {
    write(path, text);
  }
  mkdirSync(files.path('bin'));
  copyFileSync(BIN, files.path('bin/openk.js'));
});
afterEach(() => files.remove());

function write(path: string, text: string): void {
  mkdirSync(dirname(files.path(path)), { recursive: true });
  writeFileSync(files.path(path), text);
}

/** Dated between the last change and whatever changes afterwards, however coarse the clock of the file system is. */
function build(): void {
  const lastMs = Math.max(...changes());
  do write(BUILT, "console.log('built')");
  while (statSync(files.path(BUILT)).ctimeMs <= lastMs);
  const builtS = (lastMs + statSync(files.path(BUILT)).ctimeMs) / 2 / 1000;
  utimesSync(files.path(BUILT), builtS, builtS);
}

function changes(): number[] {
  const folder = files.path('.');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(folder, name)).ctimeMs);
}

async function run(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [files.path('bin/openk.js')]);
  return stdout.trim();
}

it('the sources where nothing was built', async () => {
  expect(await run()).toBe('sources');
});

it('what was built, while nothing has changed since', async () => {
  build();
  expect(await run()).toBe('built');
});

it('what was built, though the page that the sources serve was built again', async () => {
  build();
  write('web/dist/index.html', 'again');
  expect(await run()).toBe('built');
});

it('what was built, in the package, where there are no sources', async () => {
  build();
  for (const folder of ['src', 'gen', 'web', 'scripts']) rmSync(files.path(folder), { recursive: true });
  expect(await run()).toBe('built');
});

it.each([
  ['src/core/graph.ts', 'changed'],
  ['src/core/new.ts', 'added'],
  ['gen/config_pb.ts', 'changed'],
  ['web/src/page.ts', 'changed'],
  ['web/gen/alerts_pb.ts', 'added'],
  ['web/index.html', 'changed'],
  ['web/vite.config.ts', 'changed'],
  ['scripts/package/vite.config.ts', 'changed'],
  ['package-lock.json', 'changed'],
])('the sources once %s is %s', async (path) => {
  build();
  write(path, '{ "private": true }');
  expect(await run()).toBe('sources');
});

it('the sources once a file is deleted', async () => {
  build();
  rmSync(files.path('src/core/order.ts'));
  expect(await run()).toBe('sources');
});

it('the sources once a file has another one in its place, whatever its date', async () => {
  build();
  write('src/core/graph.ts', 'export {};');
  utimesSync(files.path('src/core/graph.ts'), 0, 0);
  expect(await run()).toBe('sources');
});
