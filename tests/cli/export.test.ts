// `openk export page` against a running OpenK: what it writes works from a plain file server of nobody.
import '../support/one-realm.ts';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { runTestCli } from './test-cli.ts';

const CONFIG = `
components: [ { id: shop-api, display_name: Checkout, heartbeat: { period: 1h } } ]
status_pages: [ { id: public, title: Acme, access: PUBLIC, groups: [ { title: Shop, components: [ shop-api ] } ] } ]
`;

let openk: RunningOpenk;
let folder: string;
beforeAll(async () => {
  openk = await runOpenk(CONFIG);
  folder = mkdtempSync(join(tmpdir(), 'openk-export-'));
});
afterAll(async () => {
  await openk.close();
  rmSync(folder, { recursive: true });
});

const run = (...args: readonly string[]) => runTestCli(['export', 'page', ...args, '--server', openk.address]);

it('writes a page whose links are all there, and that says as of when it is', async () => {
  const site = join(folder, 'deep/site');
  const { exitCode, stdout } = await run('public', '--to', site);
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/site: 9 files, as of .* UTC\n$/)]);
  const html = readFileSync(join(site, 'index.html'), 'utf8');
  expect(html).toContain('<h3>Checkout</h3>');
  expect(html).toMatch(/as of <time datetime="\d{4}-/);
  const links = [...html.matchAll(/href="([^"#]+)"/g)].map(([, href = '']) => href).filter((href) => href !== 'data:,');
  expect(links).toContain('feed.atom');
  for (const link of links) expect([link, existsSync(resolve(site, link))]).toEqual([link, true]);
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' });
  expect(files.filter((name) => name.endsWith('.part'))).toEqual([]);
  const texts = files.filter((name) => /\.\w+$/.test(name)).map((name) => readFileSync(join(site, name), 'utf8'));
  expect(texts).toHaveLength(9);
  expect(texts.join()).not.toContain('shop-api');
  // The same as the port says it.
  const asked = await (await fetch(`${openk.address}/status/public/api/v2/components.json`)).text();
  expect(readFileSync(join(site, 'api/v2/components.json'), 'utf8')).toBe(asked);
  expect((await run('public', '--to', site)).exitCode).toBe(0);
});

it.each([
  [['none'], 4, /there is no status page "none"/],
  [['public', '--timeout', 'x'], 3, /--timeout/],
  [['public'], 1, /cannot write .*file/],
])('%j ends with %d', async (args, code, message) => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const { exitCode, stderr } = await run(...args, '--to', file);
  expect([exitCode, stderr]).toEqual([code, expect.stringMatching(message)]);
});

it('leaves no half of a file that it cannot write', async () => {
  const site = join(folder, 'half');
  mkdirSync(join(site, 'index.html'), { recursive: true });
  const { exitCode, stderr } = await run('public', '--to', site);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('cannot write')]);
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' });
  expect(files.filter((name) => name.endsWith('.part'))).toEqual([]);
});
