// The dashboard as people use it: by keyboard, in each of its looks, on small screens, and once its server is gone. Pictures of its
// main states are kept in the folder that SCREENSHOTS names, else in one of the system's for temporary files.
import '../support/one-realm.ts';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { faultsOf } from './axe.ts';
import { launchChromium, missingBrowser } from './chromium.ts';

const SCREENSHOTS = process.env.SCREENSHOTS || join(tmpdir(), 'openk-screenshots');
const DESK = { width: 1280, height: 800 };
const CAUSES = ['orders-db', 'payments-db', 'mail-relay', 'search-index'];
const COMPONENTS = 10_000;
const GROUPS = 3;
const NOT_WELL = 37;

const describeInBrowser = missingBrowser === undefined ? describe : describe.skip;

describeInBrowser(missingBrowser === undefined ? 'the dashboard' : `is not tested: ${missingBrowser}`, () => {
  let openk: RunningOpenk;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    openk = await runOpenk(manyComponents());
    await breakSome(openk.address);
    browser = await launchChromium();
  }, 120_000);
  afterEach(() => page?.close());
  afterAll(async () => {
    await browser?.close();
    await openk?.close();
  });

  /** @param bypassCSP for what is put into the page from outside */
  async function open(
    query: string,
    viewport: Page['viewportSize'] extends () => infer Size ? Size : never = DESK,
    bypassCSP = false,
    address = openk.address,
  ) {
    page = await browser.newPage({ viewport, bypassCSP });
    complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    await page.goto(`${address}/${query}`);
    await page.locator('html[data-feed=live]').waitFor();
  }

  const rows = () => page.locator('.rows > [role=row]');
  const names = () =>
    rows()
      .locator('.cell-name .name')
      .evaluateAll((all) => all.map((each) => each.getAttribute('title')));
  const focused = () => page.evaluate<string>(`document.activeElement.getAttribute('aria-rowindex')`);
  const picture = (name: string) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });

  it('shows the causes, the counts and twenty rows at once, and complains of nothing', async () => {
    await open('?theme=dark');
    await page.getByRole('heading', { name: `4 causes, ${NOT_WELL - 4} consequences` }).waitFor();
    expect(await page.locator('.cause').count()).toBe(4);
    expect(await page.locator('.chip.is-UNHEALTHY').textContent()).toMatch(/^37\s+Unhealthy/);
    await rows().nth(25).waitFor();
    const bottoms = await page
      .locator('.cause, .chip')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().bottom));
    expect(Math.max(...bottoms)).toBeLessThan(DESK.height / 2);
    const inView = await rows().evaluateAll(
      (all, height) => all.filter((row) => row.getBoundingClientRect().bottom <= height).length,
      DESK.height,
    );
    expect(inView).toBeGreaterThanOrEqual(20);
    expect(await page.locator('*').count()).toBeLessThanOrEqual(1_500);
    expect(await page.locator('#list').getAttribute('aria-rowcount')).toBe(String(COMPONENTS + GROUPS + 1));
    // What is not well is at the top.
    expect(await rows().first().textContent()).toContain('Unhealthy');
    await picture('dark');
    expect(complaints).toEqual([]);
  });

  it('draws all rows in parts', async () => {
    await open('?q=service-7');
    await rows().nth(20).waitFor();
    await page.evaluate(`{
      globalThis.parts = [];
      new MutationObserver((all) => parts.push(all.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0)))
        .observe(document.querySelector('.rows'), { childList: true });
    }`);
    await page.getByRole('button', { name: 'show all rows' }).click();
    const count = Number(await page.locator('#list').getAttribute('aria-rowcount')) - 1;
    expect(count).toBeGreaterThan(1_000);
    await rows()
      .nth(count - 1)
      .waitFor({ state: 'attached' });
    expect(Math.max(...(await page.evaluate<number[]>('parts')))).toBeLessThanOrEqual(100);
  });

  it.each([
    { how: 'at its top', query: '', top: 0, typed: ['service-7'] },
    { how: 'further down', query: '', top: 26_000, typed: ['service-7'] },
    { how: 'with a letter taken back', query: '?q=service-7', top: 0, typed: ['service-70', 'service-7'] },
  ])('draws at once what is seen of another search, never rows of two, $how', async ({ query, top, typed }) => {
    await open(query);
    await rows().nth(25).waitFor();
    await page.evaluate(`document.getElementById('list').scrollTop = ${top}`);
    await expectEventually(
      page,
      async () => (await rows().first().getAttribute('data-place')) === (top === 0 ? '0' : '995'),
      true,
    );
    const { pictures, seen } = await page.evaluate<{ pictures: { places: number[]; names: string[] }[]; seen: number }>(
      `new Promise(async (resolve) => {
        const list = document.getElementById('list');
        const search = document.getElementById('search');
        const seen = Math.ceil(list.clientHeight / 26);
        const pictures = [];
        const look = () => {
          const rows = [...document.querySelectorAll('.rows > *')];
          pictures.push({
            places: rows.map((row) => Number(row.dataset.place) - list.scrollTop / 26),
            names: rows.map((row) => row.querySelector('.name').title),
          });
          if (rows.length <= seen) requestAnimationFrame(look);
          else resolve({ pictures, seen });
        };
        for (const text of ${JSON.stringify(typed)}) {
          await new Promise(requestAnimationFrame);
          search.value = text;
          search.dispatchEvent(new Event('input', { bubbles: true }));
        }
        requestAnimationFrame(look);
      })`,
    );
    const [first] = pictures;
    expect(first!.places).toEqual(Array.from({ length: seen }, (_, n) => n));
    expect(pictures.flatMap(({ names }) => names).filter((name) => !name.startsWith('service-7'))).toEqual([]);
  });

  it('has the rows that are scrolled to, also of a search that is being typed', async () => {
    await open('');
    await rows().nth(25).waitFor();
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await page.locator('#search').fill('service-7');
    const seen = await page.evaluate<number>(`Math.ceil(document.getElementById('list').clientHeight / 26)`);
    expect(await rows().count()).toBe(seen);
    await page.evaluate(`document.getElementById('list').scrollTop = 26`);
    await rows().nth(seen).waitFor({ state: 'attached' });
  });

  it('goes by the theme that is chosen', async () => {
    await open('');
    await page.getByLabel('Look').selectOption('dark');
    await page.locator('html[data-theme=dark]').waitFor({ state: 'attached' });
    await page.getByLabel('Look').selectOption('wall');
    await page.locator('.wall').waitFor();
  });

  it('sorts the other way round', async () => {
    await open('');
    await rows().first().waitFor();
    const column = (name: string) => page.getByRole('columnheader', { name });
    await column('Name').getByRole('button').click();
    await expectEventually(page, async () => (await names())[0], 'mail-relay');
    await column('Name').getByRole('button').click();
    await expectEventually(page, async () => (await names())[0], 'system');
    expect(await column('Name').getAttribute('aria-sort')).toBe('descending');
    expect(page.url()).toContain('sort=-name');
    await column('Status').getByRole('button').click();
    expect(await column('Status').getAttribute('aria-sort')).toBe('descending');
  });

  it('says why: a root cause is one, and what is alike is drawn once', async () => {
    await open('?c=orders-db');
    await page.getByText('It is the root cause').waitFor();
    await page.close();
    const ids = ['a', 'b', 'c', 'd', 'e', 'weak', 'ignored'];
    const impacts: Readonly<Record<string, string>> = { weak: ', impact: DEGRADES', ignored: ', impact: IGNORED' };
    const small = await runOpenk(`
components:
${ids.map((id) => `  - { id: ${id}, heartbeat: { period: 24h } }`).join('\n')}
  - { id: all, group: { members: [ ${ids.map((id) => `{ component: ${id}${impacts[id] ?? ''} }`).join(', ')} ] } }
`);
    const client = connectHealthClient(small.address);
    for (const component of ids) await client.reportHealth({ component, status: HealthStatus.UNHEALTHY });
    client.close();
    await open('?c=all', DESK, false, small.address);
    const members = page.locator('.members');
    expect(await members.first().locator('li', { hasText: 'weak' }).textContent()).toContain('counts as degraded');
    expect(await members.first().textContent()).not.toContain('ignored');
    expect(await members.nth(1).textContent()).toBe('Unhealthyignoredignored');
    await page.getByRole('button', { name: /alike: show each/ }).click();
    await page.locator('a.node').nth(5).waitFor();
    expect(await page.locator('a.node').count()).toBe(6);
    await small.close();
  });

  it('is not live before its stream is open, and says that it cannot be opened', async () => {
    page = await browser.newPage({ viewport: DESK });
    await page.addInitScript(() => {
      class Mute {
        readonly port = { postMessage() {}, close() {} };
        onerror = () => {};
        constructor() {
          (globalThis as unknown as { worker: Mute }).worker = this;
        }
      }
      Object.assign(globalThis, { SharedWorker: Mute });
    });
    await page.goto(openk.address);
    await page.locator('html[data-feed=begun]').waitFor();
    await rows().nth(20).waitFor();
    expect(await page.locator('.freshness').textContent()).toMatch(/^as of \d\d:\d\d:\d\d · connecting$/);
    await page.evaluate('worker.onerror()');
    await page.locator('.banner', { hasText: 'the program of its stream could not be loaded' }).waitFor();
  });

  it('uses rows again for what is scrolled into view, but not the one that the keyboard is at', async () => {
    await open('');
    await rows().nth(25).waitFor();
    const mark = () => page.evaluate(`document.querySelectorAll('.rows > *').forEach((row) => (row.isOld = true))`);
    const shown = () =>
      page.evaluate<boolean[]>(`[...document.querySelectorAll('.rows > *')].map((row) => row.isOld === true)`);
    await page.evaluate(`document.getElementById('list').scrollTop = 2600`);
    await expectEventually(page, async () => (await rows().first().getAttribute('data-place')) === '95', true);
    await mark();
    await page.evaluate(`document.getElementById('list').scrollTop = 5200`);
    await expectEventually(page, async () => (await rows().first().getAttribute('data-place')) === '195', true);
    expect((await shown()).every(Boolean)).toBe(true);
    // Those who read the document instead of looking at it find them in order.
    const places = await rows().evaluateAll((all) => all.map(({ dataset }) => Number(dataset.place)));
    expect(places).toEqual(places.map((_, n) => 195 + n));

    await page.evaluate(`document.querySelector('#list [role=row][tabindex="0"]').focus()`);
    await page.keyboard.press('ArrowDown');
    await expectEventually(page, focused, '203');
    const id = await page.evaluate(`document.activeElement.querySelector('.name').title`);
    await page.evaluate(`document.getElementById('list').scrollTop = 26000`);
    await expectEventually(page, async () => (await rows().first().getAttribute('data-place')) === '995', true);
    expect(await page.evaluate(`document.activeElement.querySelector('.name').title`)).toBe(id);
  });

  it('moves what is drawn already while it scrolls, and brings rows several at a time', async () => {
    await open('');
    await rows().nth(25).waitFor();
    const cdp = await page.context().newCDPSession(page);
    const { promise, resolve } = Promise.withResolvers<number>();
    // What has to be drawn again for each step is no larger than the window.
    cdp.on('LayerTree.layerTreeDidChange', ({ layers }) => {
      const highest = Math.max(0, ...(layers ?? []).map(({ height }) => height));
      if (highest > 10 * DESK.height) resolve(highest);
    });
    await cdp.send('LayerTree.enable');
    expect(await promise).toBeGreaterThan(COMPONENTS * 26);

    await page.evaluate(`document.getElementById('list').scrollTop = 2600`);
    await expectEventually(page, async () => (await rows().first().getAttribute('data-place')) === '95', true);
    await page.evaluate(`document.getElementById('list').scrollTop += 52`);
    // Tab comes to what is seen.
    const entry = page.locator('#list [role=row][tabindex="0"]');
    await expectEventually(page, () => entry.getAttribute('data-place'), '102');
    expect(await rows().first().getAttribute('data-place')).toBe('95');
  });

  it('says what follows from a cause', async () => {
    await open('');
    await page
      .locator('.cause', { hasText: 'orders-db' })
      .getByRole('button', { name: /consequence/ })
      .click();
    expect(await page.locator('.consequences').textContent()).toContain('service-4');
  });

  it('is gone through by keyboard, and back by the browser', async () => {
    await open('?theme=light');
    await rows().first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('service-12');
    await expectEventually(page, async () => (await names())[0], 'service-12');
    await expectEventually(page, async () => new URL(page.url()).searchParams.get('q'), 'service-12');
    await page.keyboard.press('Enter');
    await page.keyboard.press('j');
    await expectEventually(page, focused, '3');
    await page.keyboard.press('k');
    await expectEventually(page, focused, '2');
    await page.keyboard.press('End');
    await expectEventually(page, focused, await page.locator('#list').getAttribute('aria-rowcount'));
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'service-12' }).waitFor();
    expect(page.url()).toContain('c=service-12');
    await page.getByRole('group', { name: 'Paths to the root causes' }).waitFor();
    await page.getByRole('toolbar', { name: 'Days' }).waitFor();
    await picture('details');
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
    await page.goBack();
    await page.getByRole('complementary', { name: 'service-12' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    expect(complaints).toEqual([]);
  });

  it('opens and closes groups of the tree by keyboard', async () => {
    await open('?view=tree');
    // The group of everything is open.
    await expectEventually(page, names, ['system', 'shop', 'rest']);
    await page.locator('[role=treegrid] [role=row][aria-expanded=true]').first().focus();
    await page.keyboard.press('ArrowLeft');
    await expectEventually(page, names, ['system']);
    await expectEventually(page, async () => JSON.stringify(new URL(page.url()).searchParams.getAll('open')), '[""]');
    await page.keyboard.press('ArrowRight');
    await expectEventually(page, names, ['system', 'shop', 'rest']);
    await expectEventually(
      page,
      async () => JSON.stringify(new URL(page.url()).searchParams.getAll('open')),
      '["system"]',
    );
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expectEventually(page, async () => (await names()).includes('orders-db'), true);
    await picture('tree');
    await page.keyboard.press('ArrowLeft');
    await expectEventually(page, names, ['system', 'shop', 'rest']);
    await page.keyboard.press('ArrowLeft');
    await expectEventually(page, focused, '2');
  });

  it('goes from day to day of the strip with arrows, and Tab leaves it', async () => {
    await open('?c=orders-db');
    const today = page.getByRole('toolbar', { name: 'Days' }).locator('[tabindex="0"]');
    await today.focus();
    const label = () => page.evaluate<string>(`document.activeElement.getAttribute('aria-label')`);
    const before = await label();
    expect(before).toMatch(/^\d+ \w+ \d{4} \(UTC\): (.* up, known |next to nothing known)/);
    await page.keyboard.press('ArrowLeft');
    expect(await label()).toMatch(/nothing known/);
    await page.keyboard.press('End');
    expect(await label()).toBe(before);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(`document.activeElement.closest('.strip')`)).toBeNull();
  });

  it('goes to a past moment, marks it, and comes back', async () => {
    await open('?c=shop');
    await page.getByLabel('As of').fill('2020-05-01T10:00');
    await page.locator('.past-mark', { hasText: 'As of 1 May 2020' }).waitFor();
    await page.locator('.past-health', { hasText: 'Unknown' }).first().waitFor();
    expect(page.url()).toContain('at=2020-05-01T');
    await picture('past');
    await page.getByRole('button', { name: 'back to live' }).click();
    await page.locator('.past-mark').waitFor({ state: 'detached' });
  });

  it('says that a part of it could not be loaded, and has it once the page is loaded again', async () => {
    await open('');
    await page.route('**/assets/beside-*.js', (route) => route.abort());
    await rows().first().click();
    await page.getByText('could not be loaded').waitFor();
    await page.unroute('**/assets/beside-*.js');
    await page.getByRole('button', { name: 'load the page again' }).click();
    await page.getByRole('complementary').waitFor();
  });

  it('says that nothing matches', async () => {
    await open('?q=nothing-like-this');
    await page.getByText('Nothing matches').waitFor();
    await picture('nothing');
  });

  it.each([
    { title: 'the list', query: '' },
    { title: 'the details', query: '?c=shop' },
    { title: 'the wall', query: '?theme=wall' },
  ])('has no horizontal scroll at 320 px: $title', async ({ title, query }) => {
    await open(query, { width: 320, height: 640 });
    await page.locator('.cause, .wall li').first().waitFor();
    expect(await page.evaluate(`document.documentElement.scrollWidth`)).toBeLessThanOrEqual(320);
    await picture(`320 ${title}`);
  });

  it.each([
    { title: 'dark', query: '?theme=dark' },
    { title: 'light', query: '?theme=light' },
    { title: 'wall', query: '?theme=wall' },
    { title: 'tree', query: '?theme=light&view=tree&open=system' },
    { title: 'details dark', query: '?theme=dark&c=shop' },
    { title: 'details light', query: '?theme=light&c=service-12' },
    { title: 'past', query: '?theme=dark&c=shop&at=2020-05-01T10:00:00.000Z' },
    { title: 'phone', query: '?theme=light', viewport: { width: 390, height: 844 } },
  ])(
    'has no fault that axe finds: $title',
    async ({ title, query, viewport = DESK }) => {
      await open(query, viewport, true);
      await page.locator('.cause, .wall-causes li').first().waitFor();
      if (query.includes('c=')) await page.locator('.strip, .past-health').first().waitFor();
      await picture(`axe ${title}`);
      expect(await faultsOf(page)).toEqual([]);
    },
    60_000,
  );

  // The last: nothing comes after it.
  it('has reasons by their codes for those who may not read the words', async () => {
    const components =
      'components: [ { id: job, heartbeat: { period: 1h } }, { id: other, heartbeat: { period: 1h } } ]';
    const readable = await runOpenk(`auth: { anonymous: { allow: [ READ, REPORT ] } }\n${components}`);
    try {
      const client = connectHealthClient(readable.address);
      await client.reportHealth({ component: 'job', status: HealthStatus.UNHEALTHY, message: 'the disk of db-7' });
      client.close();
      await open('', DESK, false, readable.address);
      const reasons = page.locator('.rows .cell-reason');
      await reasons.filter({ hasText: 'NEVER_REPORTED' }).waitFor();
      expect((await reasons.allTextContents()).sort()).toEqual(['MEMBERS_UNHEALTHY', 'NEVER_REPORTED', 'REPORTED']);
      expect(await page.locator('.cause .message').allTextContents()).toEqual(['REPORTED']);
      await open('?theme=wall', DESK, false, readable.address);
      expect(await page.locator('.wall-causes .message').allTextContents()).toEqual(['REPORTED']);
      expect(complaints).toEqual([]);
    } finally {
      await readable.close();
    }
  });

  it('is grey once the server is gone, says so, and has no fault then', async () => {
    await open('?theme=dark', DESK, true);
    await rows().first().waitFor();
    await openk.close();
    await page.locator('html[data-feed=lost]').waitFor();
    const banner = page.locator('.banner');
    expect(await banner.textContent()).toMatch(/^As of \d\d:\d\d:\d\d, not live: .+; (next try in \d+ s|trying now)/);
    expect(await page.evaluate(`getComputedStyle(document.querySelector('.page')).filter`)).toContain('grayscale(1)');
    expect(await page.title()).toBe('not live · OpenK');
    await picture('lost');
    expect(await faultsOf(page)).toEqual([]);
  }, 60_000);
});

/** 4 causes; what depends on them and 1 group make 37 that are not well. */
function manyComponents(): string {
  const heartbeat = 'heartbeat: { period: 24h, grace: 1h }';
  const services = Array.from({ length: COMPONENTS - CAUSES.length }, (_, n) => {
    const depends = n < NOT_WELL - 5 ? `, depends_on: [${CAUSES[n % 4]}]` : '';
    return `  - { id: service-${n}, labels: { team: team-${n % 7} }, ${heartbeat}${depends} }`;
  });
  const member = (id: string) => `{ component: ${id} }`;
  return `
components:
${CAUSES.map((id) => `  - { id: ${id}, ${heartbeat} }`).join('\n')}
${services.join('\n')}
  - { id: shop, group: { members: [ ${[...CAUSES, 'service-12'].map(member).join(', ')} ] } }
  - { id: rest, group: { rule: { quorum: { healthy: 1 } }, members: [ ${services.map((_, n) => member(`service-${n}`)).join(', ')} ] } }
root: { rule: { best: {} } }
`;
}

async function breakSome(address: string): Promise<void> {
  const client = connectHealthClient(address);
  const services = Array.from({ length: NOT_WELL - 5 }, (_, n) => `service-${n}`);
  for (const component of [...CAUSES, ...services]) {
    await client.reportHealth({
      component,
      status: HealthStatus.UNHEALTHY,
      message: `${component} refuses connections`,
    });
  }
  client.close();
}

async function expectEventually<Value>(page: Page, read: () => Promise<Value>, expected: Value): Promise<void> {
  const deadline = performance.now() + 10_000;
  let seen = await read();
  while (JSON.stringify(seen) !== JSON.stringify(expected) && performance.now() < deadline) {
    await page.evaluate('new Promise(requestAnimationFrame)');
    seen = await read();
  }
  expect(seen).toEqual(expected);
}
