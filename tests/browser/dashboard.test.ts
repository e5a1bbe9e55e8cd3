// The dashboard in a real browser against a real server: live, and honest about it when it is not.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContext } from 'playwright-core';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { connectHealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { launchChromium, missingBrowser } from './chromium.ts';
import { hasNginx, startNginx } from './nginx.ts';
import { freePort, startPrefixProxy, type Visit, visit } from './page.ts';

const TEST_MS = 60_000;
const ids = Array.from({ length: 300 }, (_, n) => `job-${n}`);
const COMPONENTS = `components:\n${ids.map((id) => `  - { id: ${id}, heartbeat: { period: 1h, grace: 10m } }`).join('\n')}\n`;

// Where there is no browser, each test is reported as skipped, and its name says why.
const describeInBrowser = missingBrowser === undefined ? describe : describe.skip;
const named = (name: string) => (missingBrowser === undefined ? name : `${name} is not tested: ${missingBrowser}`);

let browser: Browser;
let context: BrowserContext;
const ends: (() => unknown)[] = [];
beforeAll(async () => {
  // For connections of workers too, which `ignoreHTTPSErrors` is not for.
  if (missingBrowser === undefined) browser = await launchChromium(['--ignore-certificate-errors']);
}, TEST_MS);
afterAll(() => browser?.close());
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** With a store of its own: no page of another test, and no worker. */
async function newContext(): Promise<BrowserContext> {
  context = await browser.newContext();
  ends.push(() => context.close());
  return context;
}

describeInBrowser(named('the dashboard, as its server dies, freezes and comes back'), () => {
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await createCertificates();
  });

  describe.each(['HTTP/1.1', 'HTTP/2'])('over %s', (protocol) => {
    let files: ReturnType<typeof createTemporaryFiles>;
    let start: () => Promise<SpawnedOpenk>;
    let openk: SpawnedOpenk;
    let seen: Visit;

    beforeAll(async () => {
      files = createTemporaryFiles();
      files.write('cert.pem', certificates.server.cert);
      files.write('key.pem', certificates.server.key);
      const tls = `tls: { cert_file: ${files.path('cert.pem')}, key_file: ${files.path('key.pem')} }\n`;
      const listen = `127.0.0.1:${await freePort()}`;
      const storage = `sqlite:${files.path('openk.db')}`;
      start = () => spawnOpenk(COMPONENTS + (protocol === 'HTTP/2' ? tls : ''), { listen, storage });
      openk = await start();
      seen = await visit(await browser.newContext(), openk.address);
    }, TEST_MS);
    afterAll(async () => {
      await seen?.page.context().close();
      await openk?.dispose();
      files?.remove();
    });
    const report = async (component: string, message: string) => {
      const nodeOptions = { ca: certificates.ca };
      const client = createClient(HealthService, createGrpcTransport({ baseUrl: openk.address, nodeOptions }));
      await client.reportHealth({ component, status: HealthStatus.UNHEALTHY, message });
    };

    it(
      'is live, by that protocol, and shows a report',
      async () => {
        await seen.until('live');
        const used = await seen.page.evaluate(`performance.getEntriesByType('navigation')[0].nextHopProtocol`);
        expect(used).toBe(protocol === 'HTTP/2' ? 'h2' : 'http/1.1');
        await report('job-7', 'the disk is full');
        await seen.page.getByText('the disk is full').first().waitFor();
      },
      TEST_MS,
    );

    it(
      'says that the server is gone, and is live again once it is back',
      async () => {
        openk.signal('SIGKILL');
        await seen.until('lost');
        await openk.exited;
        openk = await start();
        await seen.until('live');
        await report('job-8', 'the disk is full again');
        await seen.page.getByText('the disk is full again').first().waitFor();
      },
      TEST_MS,
    );

    it(
      'says that the server is frozen, and is live when it is not any more',
      async () => {
        await seen.until('live');
        openk.signal('SIGSTOP');
        await seen.until('lost');
        openk.signal('SIGCONT');
        await seen.until('live');
      },
      TEST_MS,
    );

    it('is stopped by no policy of its own', () => {
      expect(seen.complaints.filter((text) => !/net::ERR_|Failed to load resource/.test(text))).toEqual([]);
    });
  });
});

describeInBrowser(named('the dashboard'), () => {
  let openk: RunningOpenk;
  beforeAll(async () => {
    openk = await runOpenk(COMPONENTS);
  });
  afterAll(() => openk?.close());
  const report = async (component: string, message: string) => {
    const client = connectHealthClient(openk.address);
    await client.reportHealth({ component, status: HealthStatus.UNHEALTHY, message });
    client.close();
  };

  it(
    'is live in twenty tabs over the six connections of HTTP/1.1',
    async () => {
      await newContext();
      const tabs: Visit[] = [];
      for (let n = 0; n < 20; n++) tabs.push(await visit(context, openk.address));
      await Promise.all(tabs.map((tab) => tab.until('live')));
      await report('job-20', 'seen by twenty');
      await Promise.all(
        tabs.map(({ page }) => page.getByText('seen by twenty').first().waitFor({ state: 'attached' })),
      );
    },
    2 * TEST_MS,
  );

  it(
    'is live without shared workers, by the worker of one tab, and by that of another when it closes',
    async () => {
      await newContext();
      await context.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'));
      const first = await visit(context, openk.address);
      if (first.page.workers().length === 0) await first.page.waitForEvent('worker');
      const second = await visit(context, openk.address);
      await first.until('live');
      await second.until('live');
      expect([first.page.workers().length, second.page.workers().length]).toEqual([1, 0]);
      const taken = second.page.waitForEvent('worker');
      await first.page.close();
      await taken;
      await report('job-21', 'seen by the other');
      await second.page.getByText('seen by the other').first().waitFor({ state: 'attached' });
      await second.until('live');
    },
    TEST_MS,
  );

  it(
    'is live below the path of a proxy, and goes on after a cut with less than a kilobyte',
    async () => {
      await newContext();
      const proxy = await startPrefixProxy('/health', openk.address);
      ends.push(() => proxy.close());
      const { page, until } = await visit(context, `${proxy.address}/health/`);
      await until('live');
      await report('job-23', 'seen through the proxy');
      await page.getByText('seen through the proxy').first().waitFor({ state: 'attached' });
      // Compressed, the whole state is this small; the stream goes on behind it, and behind the cut.
      expect(proxy.received('/dashboard.json')).toBeGreaterThan(512);
      const before = proxy.received('/WatchHealth');
      const lost = until('lost');
      proxy.cut();
      await lost;
      await until('live');
      expect(proxy.received('/WatchHealth') - before).toBeLessThan(1_024);
    },
    TEST_MS,
  );

  it(
    'goes on after a start of the server with less than a kilobyte, where the components are the same',
    async () => {
      await newContext();
      const files = createTemporaryFiles();
      ends.push(() => files.remove());
      const listen = `127.0.0.1:${await freePort()}`;
      const start = () => spawnOpenk(COMPONENTS, { listen, storage: `sqlite:${files.path('openk.db')}` });
      const before = await start();
      ends.push(() => before.dispose());
      const proxy = await startPrefixProxy('/health', before.address);
      ends.push(() => proxy.close());
      const { until } = await visit(context, `${proxy.address}/health/`);
      await until('live');
      const received = () => proxy.received('/WatchHealth') + proxy.received('/WatchAlerts');
      const atFirst = received();
      before.signal('SIGKILL');
      await until('lost');
      await before.exited;
      const after = await start();
      ends.push(() => after.dispose());
      await until('live');
      expect(received() - atFirst).toBeGreaterThan(0);
      expect(received() - atFirst).toBeLessThan(1_024);
    },
    TEST_MS,
  );

  const itBehindNginx = hasNginx ? it : it.skip;
  itBehindNginx(
    `is live behind nginx with its defaults${hasNginx ? '' : ': not run, nginx is not on the PATH'}`,
    async () => {
      await newContext();
      const nginx = await startNginx(openk.address);
      ends.push(() => nginx.close());
      const { page, until } = await visit(context, nginx.address);
      await until('live');
      await report('job-22', 'seen through nginx');
      await page.getByText('seen through nginx').first().waitFor({ state: 'attached' });
    },
    TEST_MS,
  );

  it(
    'is kept from pages of strangers: none reads it, and none shows it in a frame',
    async () => {
      await newContext();
      const strange = createServer((_request, response) =>
        response.setHeader('content-type', 'text/html').end(`<iframe src="${openk.address}"></iframe>`),
      ).listen(0, '127.0.0.1');
      await once(strange, 'listening');
      ends.push(() => strange.close());
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${(strange.address() as AddressInfo).port}`);
      const read = await page.evaluate(async (address) => {
        const watch = {
          method: 'POST',
          headers: { 'content-type': 'application/grpc-web+proto' },
          body: new Uint8Array(5),
        };
        const asked = [fetch(address), fetch(`${address}/openk.health.v1.HealthService/WatchHealth`, watch)];
        return (await Promise.allSettled(asked)).map(({ status }) => status);
      }, openk.address);
      expect(read).toEqual(['rejected', 'rejected']);
      const frame = page.frames().find((each) => each !== page.mainFrame());
      expect(await frame?.locator('#page').count()).toBe(0);
    },
    TEST_MS,
  );
});
