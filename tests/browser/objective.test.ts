// What the details of a component on the dashboard say of its objective.
import '../support/one-realm.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { faultsOf } from './axe.ts';
import { launchChromium, missingBrowser } from './chromium.ts';
import { visit } from './page.ts';

const CONFIG = `
components:
  - { id: job, heartbeat: { period: 10s }, slo: { objective: 99.5 } }
  - { id: without, heartbeat: { period: 10s } }
`;

const describeInBrowser = missingBrowser === undefined ? describe : describe.skip;

describeInBrowser(missingBrowser === undefined ? 'an objective' : `is not tested: ${missingBrowser}`, () => {
  let openk: RunningOpenk;
  let browser: Browser;
  beforeAll(async () => {
    openk = await runOpenk(CONFIG);
    browser = await launchChromium();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await openk?.close();
  });

  const open = async (component: string) => {
    const context = await browser.newContext({ bypassCSP: true });
    const { page, until, complaints } = await visit(context, `${openk.address}/?c=${component}`);
    await until('live');
    return { page, complaints, context };
  };

  it('is in the details, with what is left of its budget, and without a fault of axe', async () => {
    const { page, complaints, context } = await open('job');
    const days = page.getByRole('region', { name: '90 days' });
    await days.getByText('Objective 99.5 % over 30 d: 100 % of the error budget left').waitFor();
    expect(await days.textContent()).toMatch(/ · 0 s of 3 h 3[56] min spent/);
    expect(await faultsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  }, 60_000);

  it('is not where there is none', async () => {
    const { page, context } = await open('without');
    const days = page.getByRole('region', { name: '90 days' });
    await days.locator('.strip').waitFor();
    expect(await days.textContent()).not.toContain('Objective');
    await context.close();
  }, 60_000);
});
