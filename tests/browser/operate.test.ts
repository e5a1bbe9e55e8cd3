// What people do from the dashboard: alerts are acknowledged, kept quiet, and components taken out of service. Who may not is told
// what it takes, and has no button for it.
import '../support/one-realm.ts';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { faultsOf } from './axe.ts';
import { launchChromium, missingBrowser } from './chromium.ts';

const SCREENSHOTS = process.env.SCREENSHOTS || join(tmpdir(), 'openk-screenshots');
const CONFIG = `
components:
  - { id: job, display_name: "Nightly job", heartbeat: { period: 24h } }
  - { id: other, heartbeat: { period: 24h } }
alerts:
  channels: [ { id: hook, webhook: { url: "http://127.0.0.1:9/" } } ]
  routes: [ { id: all, to: [ hook ] } ]
`;
const describeInBrowser = missingBrowser === undefined ? describe : describe.skip;

describeInBrowser(missingBrowser === undefined ? 'from the dashboard' : `is not tested: ${missingBrowser}`, () => {
  let browser: Browser;
  let openk: RunningOpenk;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await launchChromium();
  }, 60_000);
  beforeEach(async () => {
    openk = await runOpenk(CONFIG);
    const client = connectHealthClient(openk.address);
    await client.reportHealth({ component: 'job', status: HealthStatus.UNHEALTHY, message: 'the disk is full' });
    client.close();
  });
  afterEach(async () => {
    await page?.context().close();
    await openk?.close();
  });
  afterAll(() => browser?.close());

  async function open(query = '', headers: Readonly<Record<string, string>> = {}) {
    const viewport = { width: 1280, height: 800 };
    // For axe, which is put into the page from outside.
    const context = await browser.newContext({ viewport, bypassCSP: true, extraHTTPHeaders: { ...headers } });
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    await page.goto(`${openk.address}/${query}`);
    await page.locator('html[data-feed=live]').waitFor();
  }
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
  const region = (name: string) => page.getByRole('region', { name });
  const dialog = () => page.getByRole('dialog');
  const picture = (name: string) => page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });

  it('an alert is acknowledged by keyboard, without a login on the loopback', async () => {
    await open();
    await button('1 alert').focus();
    await page.keyboard.press('Enter');
    const list = page.getByRole('complementary', { name: 'Alerts' });
    await list.getByText('the disk is full').waitFor();
    expect(await list.locator('.alert').first().textContent()).toMatch(
      /Unhealthy.*Nightly job.*Open.*critical.*route all/,
    );
    await button('Acknowledge…').focus();
    await page.keyboard.press('Enter');
    await dialog().getByText('As anonymous').waitFor();
    await page.keyboard.type('I am on it');
    await picture('acknowledge');
    await page.keyboard.press('Enter');
    await list.getByText(/^Acknowledged by anonymous .* ago: I am on it/).waitFor();
    await button('1 alert, 1 acknowledged').waitFor();
    // Where the keyboard was.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Take over…');
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('what is beside the list says by itself that an alert came, was taken by somebody else, and is over', async () => {
    await open('?alerts');
    await page.locator('.alert', { hasText: 'Nightly job' }).waitFor();
    const client = connectHealthClient(openk.address);
    await client.reportHealth({ component: 'other', status: HealthStatus.UNHEALTHY, message: 'no answer' });
    const other = page.locator('.alert', { hasText: 'no answer' });
    await other.waitFor();
    const { alerts } = (await (await fetch(`${openk.address}/v1/alerts?component=other`)).json()) as {
      alerts: { id: string }[];
    };
    await fetch(`${openk.address}/v1/alerts/${alerts[0]!.id}:acknowledge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"note":"from a shell"}',
    });
    await other.getByText('from a shell').waitFor();
    await client.reportHealth({ component: 'other', status: HealthStatus.HEALTHY });
    await other.waitFor({ state: 'detached' });
    client.close();
  });

  it('a silence takes a reason and an end, says what the server says of it, and is ended', async () => {
    await open('?alerts');
    await page.locator('.alert').getByRole('button', { name: 'Silence…' }).click();
    const selector = dialog().getByLabel('What');
    expect(await selector.inputValue()).toBe('id=job');
    await dialog().getByRole('button', { name: 'Silence' }).click();
    // Without a reason the browser keeps it.
    expect(await page.evaluate(`document.querySelector('dialog :invalid[name=reason]') !== null`)).toBe(true);
    await dialog().getByLabel('Reason').fill('known');
    await dialog().getByText('Takes 1 component of 3 now').waitFor();
    await selector.fill('id=*');
    await dialog().getByText('Takes 3 components of 3 now').waitFor();
    await selector.fill('not a selector');
    await dialog().getByText('This is no selector yet').waitFor();
    await dialog().getByRole('button', { name: 'Silence' }).click();
    await dialog().getByRole('alert').getByText('is no selector').waitFor();
    await dialog().getByLabel('Until').fill('2020-01-01T10:00');
    await selector.fill('id=job');
    await dialog().getByRole('button', { name: 'Silence' }).click();
    await dialog().getByRole('alert').getByText('must be in the future').waitFor();
    await dialog().getByRole('button', { name: '4 h' }).click();
    await picture('silence');
    await dialog().getByRole('button', { name: 'Silence' }).click();
    const silences = region('Silences');
    await silences.getByText('id=job').waitFor();
    expect(await silences.locator('.alert').textContent()).toMatch(/until .*known.*anonymous/);
    expect((await suspensions('silences'))[0]).toMatchObject({ selector: 'id=job', reason: 'known' });

    await silences.getByRole('button', { name: 'End…' }).click();
    await dialog().getByRole('button', { name: 'End it' }).click();
    await silences.getByText('Nothing is silenced.').waitFor();
    expect((await suspensions('silences'))[0]).toMatchObject({ endedBy: 'anonymous' });
    expect(complaints.filter((text) => !text.includes('400 (Bad Request)'))).toEqual([]);
  });

  it('a component is taken out of service, and back', async () => {
    await open('?c=other');
    await button('Take out of service…').click();
    expect(await dialog().getByLabel('What').inputValue()).toBe('id=other');
    await dialog().getByLabel('Reason').fill('new disks');
    await dialog().getByRole('button', { name: 'Take out of service' }).click();
    await page.getByText('In maintenance: new disks').waitFor();
    await button('what is silenced and out of service').click();
    await region('Maintenance').getByText('new disks').waitFor();
    await picture('alerts');
    await region('Maintenance').getByRole('button', { name: 'End…' }).click();
    await dialog().getByRole('button', { name: 'End it' }).click();
    await region('Maintenance').getByText('Nothing is taken out of service').waitFor();
    expect(complaints).toEqual([]);
  });

  it('nobody without OPERATE has a button, and everybody is told what it takes', async () => {
    const key = 'viewer-key-of-the-test-000000000000000000000';
    const sha256 = await sha256Of(key);
    await openk.reloadWith(`${CONFIG}
auth: { anonymous: { allow: [READ] }, keys: [ { id: viewer, sha256: "${sha256}", allow: [READ] } ] }
`);
    for (const query of ['?alerts', '?c=job']) {
      await open(query);
      await page.getByText(/takes the scope OPERATE, which takes a login here/).waitFor();
      await page.getByText('route all').waitFor();
      expect(await page.getByRole('button', { name: /Acknowledge|Silence|Take out|End/ }).count()).toBe(0);
      await page.context().close();
    }
    await open('?alerts', { authorization: `Bearer ${key}` });
    await page.getByText(/takes the scope OPERATE, which key:viewer does not have/).waitFor();
  });

  it('who may not any more is told so in the words of the server', async () => {
    await open('?c=job');
    await button('Acknowledge…').click();
    await openk.reloadWith(`${CONFIG}\nauth: { anonymous: { allow: [READ] } }`);
    await dialog().getByRole('button', { name: 'Acknowledge' }).click();
    await dialog().getByRole('alert').getByText('this takes the scope OPERATE').waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
  });

  it.each(['dark', 'light'])(
    'it has no fault that axe finds: %s',
    async (theme) => {
      await open(`?theme=${theme}&alerts`);
      await page.locator('.alert').waitFor();
      await region('Silences').getByText('Nothing').waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await region('Maintenance').getByRole('button').click();
      expect(await faultsOf(page)).toEqual([]);
      await dialog().getByLabel('What').fill('id=job');
      await dialog().getByLabel('Reason').fill('x');
      await dialog().getByLabel('Until').fill('2020-01-01T10:00');
      await dialog().getByRole('button', { name: 'Take out of service' }).click();
      await dialog().getByRole('alert').waitFor();
      await picture(`maintenance ${theme}`);
      expect(await faultsOf(page)).toEqual([]);
    },
    60_000,
  );

  async function suspensions(what: 'silences' | 'maintenance'): Promise<readonly object[]> {
    const answer = (await (await fetch(`${openk.address}/v1/${what}`)).json()) as Record<string, readonly object[]>;
    return answer[what]!;
  }
});

async function sha256Of(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('hex');
}
