// A status page in a real browser: whole without a script, and live by one.
import '../support/one-realm.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { launchChromium, missingBrowser } from './chromium.ts';

const CONFIG = `
components:
  - { id: shop, display_name: The shop, heartbeat: { period: 1h } }
  - { id: mail, display_name: Mail, heartbeat: { period: 1h } }
status_pages:
  - { id: public, title: Acme, access: PUBLIC, groups: [ { title: All, components: [ shop, mail ] } ] }
`;

const describeInBrowser = missingBrowser === undefined ? describe : describe.skip;

describeInBrowser(
  missingBrowser === undefined ? 'a status page' : `a status page is not tested: ${missingBrowser}`,
  () => {
    let browser: Browser;
    let openk: RunningOpenk;
    let context: BrowserContext;

    beforeAll(async () => {
      browser = await launchChromium();
    }, 120_000);
    afterEach(async () => {
      await context?.close();
      await openk?.close();
    });
    afterAll(() => browser?.close());

    const report = async (component: string, status: 'HEALTHY' | 'UNHEALTHY') => {
      const client = connectHealthClient(openk.address);
      await client.reportHealth({ component, status: status === 'HEALTHY' ? 1 : 3 });
      client.close();
    };
    const open = async (
      options: Parameters<Browser['newContext']>[0] = {},
      shop: 'HEALTHY' | 'UNHEALTHY' = 'HEALTHY',
    ): Promise<Page> => {
      openk = await runOpenk(CONFIG);
      await report('shop', shop);
      await report('mail', 'HEALTHY');
      context = await browser.newContext(options);
      const page = await context.newPage();
      // Its time is the test's: nothing here waits for it.
      await page.clock.install();
      await page.goto(`${openk.address}/status/public`);
      return page;
    };
    /** Its questions take a moment of the real time, too. */
    const runUntil = async (page: Page, selector: string) => {
      while ((await page.locator(selector).count()) === 0) await page.clock.runFor(1_000);
    };
    const sentence = (page: Page, text: string) => page.locator('.now', { hasText: text }).waitFor();

    it('shows what has changed, keeps what is open, and says it once', async () => {
      const page = await open();
      await sentence(page, 'All systems are operational');
      // Days with downtime are there after a day with some.
      await page.route('**/status/public', async (route) => {
        const response = await route.fetch();
        const html = (await response.text()).replaceAll('</li>', '<details><summary>Days</summary>One</details></li>');
        await route.fulfill({ response, body: html });
      });
      await page.reload();
      await page.locator('li', { hasText: 'Mail' }).locator('summary').click();
      await report('shop', 'UNHEALTHY');
      await page.clock.runFor(15_000);
      await sentence(page, 'Some systems are down');
      expect(await page.locator('[role=status]').textContent()).toBe('Some systems are down');
      expect(await page.locator('li:has(details[open]) h3').allTextContents()).toEqual(['Mail']);
      await page.locator('li', { hasText: 'The shop' }).locator('.state.down').waitFor();
    });

    it('is greyed, with the time that it is of, once no answer comes, and live again by itself', async () => {
      const page = await open();
      await sentence(page, 'All systems are operational');
      await page.route('**/status/public', (route) => route.abort());
      await runUntil(page, 'body.stale');
      expect(await page.locator('.now time').getAttribute('datetime')).toMatch(/^20\d\d-/);
      await page.unroute('**/status/public');
      await runUntil(page, 'body:not(.stale)');
    });

    it('is greyed while what answers has kept it for long, or is no status page', async () => {
      const page = await open();
      await sentence(page, 'All systems are operational');
      const later = (ms: number) => new Date(Date.now() + ms).toUTCString();
      const answers: readonly [stale: boolean, headers: Readonly<Record<string, string>>, body?: string][] = [
        [true, { date: later(200_000) }],
        [false, { date: later(100_000) }],
        [true, { date: later(0), age: '200' }],
        [false, { date: later(0), age: '100' }],
        [false, {}, 'Log in'],
        [true, {}, 'Log in'],
        [false, {}],
      ];
      for (const [isStale, headers, body] of answers) {
        const answered = page.waitForEvent('requestfinished');
        await page.route('**/status/public', async (route) => {
          // The whole page, whatever the browser has.
          const response = await route.fetch({ headers: {} });
          await route.fulfill({
            response,
            headers: { ...response.headers(), ...headers },
            ...(body !== undefined && { body }),
          });
        });
        await page.clock.runFor(10_000);
        await answered;
        await page.locator(isStale ? 'body.stale' : 'body:not(.stale)').waitFor();
        await page.unroute('**/status/public');
      }
    });

    it('is greyed when it is seen again after a long time, until an answer comes', async () => {
      const page = await open();
      await sentence(page, 'All systems are operational');
      const turn = (state: string) =>
        page.evaluate(`
          Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        `);
      await turn('hidden');
      await page.clock.runFor(3_600_000);
      const asked = Promise.withResolvers<() => void>();
      await page.route('**/status/public', (route) => asked.resolve(() => void route.continue()));
      await turn('visible');
      const answer = await asked.promise;
      await page.locator('body.stale').waitFor();
      answer();
      await page.locator('body:not(.stale)').waitFor();
    });

    it('keeps text that is marked, until it is true no more', async () => {
      const page = await open();
      await sentence(page, 'All systems are operational');
      const mark = () => page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))");
      const marked = () => page.evaluate('getSelection().toString()');
      await mark();
      const asked = page.waitForResponse('**/status/public');
      await page.clock.runFor(10_000);
      await (await asked).finished();
      expect(await marked()).toBe('Acme');
      await report('shop', 'UNHEALTHY');
      await page.clock.runFor(10_000);
      await sentence(page, 'Some systems are down');
      expect(await marked()).toBe('');
    });

    it('is whole without a script', async () => {
      const page = await open({ javaScriptEnabled: false });
      await sentence(page, 'All systems are operational');
      expect(await page.locator('li[id] .state').allTextContents()).toEqual(['Operational', 'Operational']);
    });

    it.each([
      ['light', 1000],
      ['dark', 1000],
      ['light', 320],
      ['dark', 320],
    ] as const)('has no fault that axe finds, %s, %i pixels wide', async (colorScheme, width) => {
      const page = await open({ colorScheme, viewport: { width, height: 700 }, bypassCSP: true }, 'UNHEALTHY');
      await sentence(page, 'Some systems are down');
      await page.addScriptTag({ content: axe.source });
      const faults = await page.evaluate(
        'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))',
      );
      expect(faults).toEqual([]);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow).toBe(0);
    });
  },
);
