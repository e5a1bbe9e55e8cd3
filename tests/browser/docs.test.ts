// `/docs` in a real browser: that it shows the API, asks nobody else for anything, and is stopped by no policy of ours.
import '../support/one-realm.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openapiDocument } from '../../src/pages/openapi/openapi-document.ts';
import { type OpenapiDocument, operationsOf } from '../pages/openapi/document.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { launchChromium, missingBrowser } from './chromium.ts';
import { startPrefixProxy } from './page.ts';

interface Visit {
  readonly page: Page;
  /** URLs of all requests, answered or not. */
  readonly requests: readonly string[];
  /** What the console says at the levels of warnings and errors, exceptions, and requests that failed. */
  readonly complaints: readonly string[];
}

const SHOWN_WITHIN_MS = 60_000;

// Where there is no browser, each test is reported as skipped, and its name says why.
const describeInBrowser = missingBrowser === undefined ? describe : describe.skip;

describeInBrowser(missingBrowser === undefined ? '/docs' : `/docs is not tested: ${missingBrowser}`, () => {
  let openk: RunningOpenk;
  let browser: Browser;
  let visit: Visit;

  beforeAll(async () => {
    openk = await runOpenk('components: [ { id: example-job, heartbeat: { period: 1h, grace: 10m } } ]');
    browser = await launchChromium();
    visit = await openDocs(browser, openk.address);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await openk?.close();
  });

  it.each(operationsOf(openapiDocument as OpenapiDocument))(
    'shows $httpMethod $path',
    async ({ summary }) => {
      const shown = visit.page.getByText(summary).first();
      await shown.waitFor({ state: 'visible', timeout: SHOWN_WITHIN_MS });
    },
    SHOWN_WITHIN_MS,
  );

  it('shows what a call looks like', async () => {
    const [first] = operationsOf(openapiDocument as OpenapiDocument);
    const example = visit.page.getByText(`curl '${openk.address}${first!.path}`).first();
    await example.waitFor({ state: 'visible', timeout: SHOWN_WITHIN_MS });
  });

  it('asks this port alone', () => {
    const others = visit.requests.filter(
      (url) => !/^(?:data|blob):/.test(url) && new URL(url).origin !== openk.address,
    );
    expect(others).toEqual([]);
    expect(visit.requests).toContain(`${openk.address}/openapi.json`);
  });

  it('asks below the path that a proxy has put before it', async () => {
    const proxy = await startPrefixProxy('/health', openk.address);
    const { page, requests } = await openDocs(browser, `${proxy.address}/health`);
    const [first] = operationsOf(openapiDocument as OpenapiDocument);
    const example = page.getByText(`curl '${proxy.address}/health${first!.path}`).first();
    await example.waitFor({ state: 'visible', timeout: SHOWN_WITHIN_MS });
    expect(requests.filter((url) => url.startsWith(proxy.address) && !url.includes('/health/docs'))).toEqual([
      `${proxy.address}/health/openapi.json`,
    ]);
    await page.close();
    await proxy.close();
  });

  it('complains of nothing: no error, no warning, nothing that the policy stopped', () => {
    expect(visit.complaints).toEqual([]);
  });
});

async function openDocs(browser: Browser, address: string): Promise<Visit> {
  const page = await browser.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(`${address}/docs`, { waitUntil: 'networkidle', timeout: SHOWN_WITHIN_MS });
  return { page, requests, complaints };
}
