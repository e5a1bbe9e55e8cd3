// One visit of a browser that has nothing yet, and what it costs.
import type { Browser, CDPSession, Page } from 'playwright-core';

export interface Arrival {
  readonly firstPaintMs: number;
  readonly completeMs: number;
  /** Until it is kept up to date. */
  readonly liveMs: number;
  /** 0 where none took longer than 50 ms. */
  readonly longestTaskMs: number;
  readonly heapMb: number;
  readonly elements: number;
}

export interface Visit {
  readonly page: Page;
  readonly cdp: CDPSession;
  readonly arrival: Arrival;
  end(): Promise<void>;
}

/** What is asked of the page while it loads: when it is complete, and what kept it busy for long. */
const OBSERVE = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask', buffered: true });
`;
/** Long tasks come after the fact. */
const QUIET_MS = 1_000;
const UNTIL_MS = 60_000;

/** @param isComplete JavaScript that is true in the page once it shows all that it has @param isLive once it is kept up to date, then or later */
export async function visit(browser: Browser, url: string, isComplete: string, isLive = 'true'): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(`${OBSERVE}
    const look = () => {
      if (${isComplete}) globalThis.completeMs ??= performance.now();
      if (globalThis.completeMs && (${isLive})) globalThis.liveMs ??= performance.now();
      else setTimeout(look, 4);
    };
    look();`);
  await idle(browser);
  await page.goto(url);
  await until(page, 'globalThis.liveMs');
  await page.waitForTimeout(QUIET_MS);
  const cdp = await context.newCDPSession(page);
  // Of the processor: what else the machine does is not the page's.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  await cdp.send('HeapProfiler.collectGarbage');
  const metrics = await metricsOf(cdp);
  const [firstPaintMs, completeMs, liveMs, longestTaskMs, elements] = (await page.evaluate(`[
    performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
    completeMs,
    liveMs,
    Math.max(0, ...longTasks),
    document.querySelectorAll('*').length,
  ]`)) as [number, number, number, number, number];
  return {
    page,
    cdp,
    arrival: { firstPaintMs, completeMs, liveMs, longestTaskMs, heapMb: metrics.JSHeapUsedSize! / 1e6, elements },
    end: () => context.close(),
  };
}

/** Settles once the browser does nothing: a new window has it prepare pages of its own for half a second of the processor. */
async function idle(browser: Browser): Promise<void> {
  const cdp = await browser.newBrowserCDPSession();
  for (let quiet = 0, before = 0; quiet < 3; ) {
    const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
    const seconds = processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    quiet = seconds - before < 0.02 ? quiet + 1 : 0;
    before = seconds;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await cdp.detach();
}

/** What the expression is once it is something. Looks by itself: what Playwright brings for it evaluates, which the page's policy stops. */
export async function until(page: Page, expression: string): Promise<unknown> {
  return page.evaluate(`new Promise((resolve, reject) => {
    const endAt = performance.now() + ${UNTIL_MS};
    const look = () => {
      const value = (${expression});
      if (value) resolve(value);
      else if (performance.now() > endAt) reject(new Error('this did not come to be: ' + ${JSON.stringify(expression)}));
      else setTimeout(look, 4);
    };
    look();
  })`);
}

export async function metricsOf(cdp: CDPSession): Promise<Readonly<Record<string, number>>> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}
