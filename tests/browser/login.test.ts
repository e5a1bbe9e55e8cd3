// The dashboard with a login, in a real browser at a real OpenID provider: to the login and back, live, refreshed, and out.
import '../support/one-realm.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { SESSION_COOKIE } from '../../src/auth/sessions.ts';
import { createCertificates } from '../support/certs.ts';
import {
  type IdentityProvider,
  LOGIN_CLIENT,
  PUBLIC_URL,
  startIdentityProvider,
} from '../support/identity-provider.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';
import { launchChromium, missingBrowser } from './chromium.ts';

const describeInBrowser = missingBrowser === undefined ? describe : describe.skip;

describeInBrowser(missingBrowser === undefined ? 'a login' : `a login is not tested: ${missingBrowser}`, () => {
  let provider: IdentityProvider;
  let files: TemporaryFiles;
  let openk: RunningOpenk;
  let browser: Browser;
  let context: BrowserContext;
  const { hostname } = new URL(PUBLIC_URL);

  beforeAll(async () => {
    provider = await startIdentityProvider();
    files = createTemporaryFiles();
    const { cert, key } = await (await createCertificates()).issueServer({ names: [hostname] });
    openk = await runOpenk(`
tls: { cert_file: ${files.write('cert.pem', cert)}, key_file: ${files.write('key.pem', key)} }
server: { allowed_hosts: [${hostname}] }
auth:
  oidc:
    issuer: ${provider.issuer}
    client_id: ${LOGIN_CLIENT.client_id}
    client_secret: ${LOGIN_CLIENT.client_secret}
    public_url: ${PUBLIC_URL}
    scopes: [openid, email, offline_access]
    roles: [{ when: "'sre' in claims.groups", allow: [ADMIN] }]
components: [{ id: backup, heartbeat: { period: 1h } }]
alerts:
  channels: [ { id: hook, webhook: { url: "http://127.0.0.1:9/" } } ]
  routes: [ { id: all, to: [ hook ] } ]
`);
    const { port } = new URL(openk.address);
    browser = await launchChromium([`--host-resolver-rules=MAP ${hostname}:443 127.0.0.1:${port}`]);
  }, 120_000);
  afterEach(() => context?.close());
  afterAll(async () => {
    await browser?.close();
    await openk?.close();
    files?.remove();
    await provider?.close();
  });

  const open = async (): Promise<Page> => {
    context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    await page.goto(`${PUBLIC_URL}/?q=backup`);
    return page;
  };
  const feed = (page: Page, state: string) => page.locator(`html[data-feed="${state}"]`).waitFor();
  const session = async () => (await context.cookies()).find(({ name }) => name === SESSION_COOKIE);

  it('leads to the page that was asked for, which is live', async () => {
    const page = await open();
    expect(page.url()).toBe(`${PUBLIC_URL}/?q=backup`);
    await feed(page, 'live');
    expect(await session()).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax' });
    expect(await page.evaluate('document.cookie')).toBe('');
  });

  it('lets who is logged in take care of an alert, in his name', async () => {
    const page = await open();
    await feed(page, 'live');
    await page.evaluate(async () => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
      await fetch('/v1/components/backup:report', { ...init, body: '{"status":"UNHEALTHY"}' });
    });
    await page.getByRole('button', { name: '1 alert' }).click();
    await page.getByRole('button', { name: 'Acknowledge…' }).click();
    await page.getByText(/^As oidc:alice/).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText(/^Acknowledged by oidc:alice/).waitFor();
  });

  it('is refreshed by the page, and over after the logout', async () => {
    const page = await open();
    await feed(page, 'live');
    const before = (await session())?.value;
    const refresh = () => page.evaluate(async () => (await fetch('/auth/refresh', { method: 'POST' })).status);
    expect(await refresh()).toBe(204);
    expect((await session())?.value).not.toBe(before);
    await page.goto(`${PUBLIC_URL}/auth/logout`);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByText('logged out').waitFor();
    expect(await session()).toBeUndefined();
  });
});
