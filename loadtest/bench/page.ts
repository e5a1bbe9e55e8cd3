// npm run bench -- page: the dashboard in Chromium, in front of 10,000 components. What does it weigh, when is it there, and is it still
// light when a thousand components change in a second?
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchChromium, missingBrowser } from '../../tests/browser/chromium.ts';
import { type Bench, type Figure, median } from './bench.ts';
import { GATUS_IS_COMPLETE, startGatus } from './page-gatus.ts';
import { type Arrival, metricsOf, until, type Visit, visit } from './page-visit.ts';
import { COMPONENTS, idleIds, MARK, MARKS, startWorld, type World } from './page-world.ts';
import { pinToLoadCore, requirePrograms } from './pinned.ts';

const ROUNDS = 3;
const CHANGES_PER_SECOND = 1_000;
const STORM_MS = 6_000;
const IS_LIVE = `document.documentElement?.dataset.feed === 'live'`;
const IS_COMPLETE = `['begun', 'live'].includes(document.documentElement?.dataset.feed)
  && Number(document.querySelector('#list')?.getAttribute('aria-rowcount')) > ${COMPONENTS}`;
const { GATUS } = process.env;
const DIST = new URL('../../web/dist/', import.meta.url).pathname;

interface Round extends Arrival {
  readonly wireKb: number;
  readonly change50Ms: number;
  readonly change95Ms: number;
  readonly busyPercent: number;
  readonly scroll95Ms: number;
  readonly bareScroll95Ms: number;
  readonly filterMs: number;
  readonly filterDrawnMs: number;
  readonly bareFilterMs: number;
  readonly bareFilterDrawnMs: number;
  readonly lostMs: number;
  readonly backMs: number;
}

const TARGETS: Readonly<Record<keyof Round, readonly [name: string, unit: string, atMost?: number]>> = {
  wireKb: ['page with all its data, on the wire', 'KB', 250],
  firstPaintMs: ['first paint', 'ms', 250],
  completeMs: ['list complete', 'ms', 500],
  liveMs: ['stream open', 'ms'],
  longestTaskMs: ['longest task (0: none over 50 ms)', 'ms', 50],
  heapMb: ['JS heap', 'MB', 15],
  elements: ['elements', '', 1_500],
  change50Ms: [`a change is on the screen, at ${CHANGES_PER_SECOND} changes a second, p50`, 'ms'],
  change95Ms: [`a change is on the screen, at ${CHANGES_PER_SECOND} changes a second, p95`, 'ms', 100],
  busyPercent: [`main thread, at ${CHANGES_PER_SECOND} changes a second`, '%', 30],
  scroll95Ms: [`time between frames while scrolling, at ${CHANGES_PER_SECOND} changes a second, p95`, 'ms', 20],
  bareScroll95Ms: ['the same of a bare page with as many rows', 'ms'],
  filterMs: ['filter: rows laid out', 'ms', 16],
  bareFilterMs: ['the same of a bare page with as many rows', 'ms'],
  filterDrawnMs: ['filter: picture drawn', 'ms'],
  bareFilterDrawnMs: ['the same of a bare page with as many rows', 'ms'],
  lostMs: ['server killed: page greyed', 'ms', 500],
  backMs: ['server back: page live', 'ms', 1_000],
};

export const pageBench: Bench = {
  title: `the dashboard of ${COMPONENTS} components in Chromium, the server on the other core, medians of ${ROUNDS}`,
  async run() {
    requirePrograms({ taskset: 'util-linux' });
    if (missingBrowser !== undefined) throw new Error(`this bench ${missingBrowser}`);
    execFileSync('npm', ['run', '--silent', 'build:web'], { stdio: 'inherit' });
    // With all that it starts, the browser above all; servers have the other core.
    pinToLoadCore();
    const folder = await mkdtemp(join(tmpdir(), 'openk-bench-'));
    const world = await startWorld(folder, await freePort());
    try {
      const rounds: Round[] = [];
      for (let n = 0; n < ROUNDS; n++) rounds.push(await runRound(world));
      const keys = Object.keys(TARGETS) as (keyof Round)[];
      const own = [programFigure(), ...keys.map((key) => toFigure(key, rounds))];
      await world.end();
      if (GATUS !== undefined) return [...own, ...(await gatusFigures(GATUS, folder))];
      console.log('  Gatus: not run, since GATUS names no program');
      return own;
    } finally {
      await world.end();
      await rm(folder, { recursive: true });
    }
  },
};

/** What is asked of both pages. */
async function gatusFigures(program: string, folder: string): Promise<Figure[]> {
  const gatus = await startGatus(program, folder, await freePort());
  try {
    const rounds: (Arrival & { readonly wireKb: number })[] = [];
    for (let n = 0; n < ROUNDS; n++) {
      const wireKb = await measureWire(gatus, GATUS_IS_COMPLETE, 'true');
      const browser = await launchChromium();
      const seen = await visit(browser, `${gatus.address}/`, GATUS_IS_COMPLETE);
      await browser.close();
      rounds.push({ ...seen.arrival, wireKb });
    }
    const keys = ['wireKb', 'firstPaintMs', 'completeMs', 'longestTaskMs', 'heapMb', 'elements'] as const;
    return keys.map((key) => toFigure(key, rounds, `Gatus, one result for each of ${COMPONENTS} endpoints: `));
  } finally {
    await gatus.end();
  }
}

async function runRound(world: World): Promise<Round> {
  const wireKb = await measureWire(world, IS_COMPLETE, IS_LIVE);
  const browser = await launchChromium();
  try {
    const seen = await visit(browser, `${world.address}/`, IS_COMPLETE, IS_LIVE);
    const filter = await measureFilter(seen.page);
    const bareFilter = await withBarePage(seen.page, measureFilter);
    const storm = await measureStorm(world, seen);
    const loss = await measureLoss(world, seen);
    await seen.end();
    return {
      ...seen.arrival,
      wireKb,
      filterMs: filter.laidOutMs,
      filterDrawnMs: filter.drawnMs,
      bareFilterMs: bareFilter.laidOutMs,
      bareFilterDrawnMs: bareFilter.drawnMs,
      ...storm,
      ...loss,
    };
  } finally {
    await browser.close();
  }
}

/** Of a browser that has nothing, until the list is complete: bytes of the connections, headers and all. */
async function measureWire(
  { address }: { readonly address: string },
  isComplete: string,
  isLive: string,
): Promise<number> {
  let bytes = 0;
  const { port: target } = new URL(address);
  const proxy = createServer((socket) => {
    const server = connect(Number(target), '127.0.0.1');
    server.on('data', ({ length }) => {
      bytes += length;
    });
    socket.pipe(server).pipe(socket);
    socket.on('error', () => server.destroy());
    server.on('error', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const browser = await launchChromium();
  const seen = await visit(browser, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/`, isComplete, isLive);
  await seen.end();
  await browser.close();
  proxy.close();
  return bytes / 1e3;
}

/**
 * What one more letter in the search costs, the worst of some: until its rows are laid out, and until the picture of them is handed over to be
 * put on the screen. It is typed as a frame begins: none of it is waiting for one.
 */
async function measureFilter(page: Visit['page']): Promise<{ readonly laidOutMs: number; readonly drawnMs: number }> {
  const times = (await page.evaluate(`(async () => {
    const list = document.querySelector('#list');
    const search = document.querySelector('#search');
    const times = [];
    for (const text of ['s', 'se', 'serv', 'service-7', 'service-77', '']) {
      times.push(await new Promise((resolve) => requestAnimationFrame(async () => {
        const before = list.getAttribute('aria-rowcount');
        const beganAt = performance.now();
        search.value = text;
        search.dispatchEvent(new Event('input', { bubbles: true }));
        for (let n = 0; n < 20 && list.getAttribute('aria-rowcount') === before; n++) await null;
        document.body.getBoundingClientRect();
        const laidOutMs = performance.now() - beganAt;
        const afterFrame = new MessageChannel();
        afterFrame.port1.onmessage = () => resolve({ laidOutMs, drawnMs: performance.now() - beganAt });
        afterFrame.port2.postMessage(0);
      })));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return times;
  })()`)) as { laidOutMs: number; drawnMs: number }[];
  return {
    laidOutMs: Math.max(...times.map(({ laidOutMs }) => laidOutMs)),
    drawnMs: Math.max(...times.map(({ drawnMs }) => drawnMs)),
  };
}

async function measureStorm(world: World, { page, cdp }: Visit) {
  let isOver = false;
  let count = 0;
  const beganAt = performance.now();
  const load = (async () => {
    while (!isOver) {
      const due = Math.floor(((performance.now() - beganAt) / 1_000) * CHANGES_PER_SECOND);
      const calls: Promise<void>[] = [];
      for (; count < due; count++) {
        // Each of them is well for one report and unwell for the next.
        const turn = Math.floor(count / 500);
        calls.push(world.report(idleIds[count % 500]!, turn % 2 === 0 ? 'UNHEALTHY' : 'HEALTHY', 'load'));
      }
      await Promise.all(calls);
      await sleep(5);
    }
  })();
  await sleep(1_000);
  const before = await metricsOf(cdp);
  const since = performance.now();
  const changes = await measureChanges(world, page);
  const after = await metricsOf(cdp);
  const busyPercent = ((after.TaskDuration! - before.TaskDuration!) * 100_000) / (performance.now() - since);
  const scroll95Ms = await measureScroll(page);
  const bareScroll95Ms = await withBarePage(page, measureScroll);
  isOver = true;
  await load;
  const turns = Math.ceil(count / 500);
  if (count < ((performance.now() - beganAt) / 1_000) * CHANGES_PER_SECOND * 0.9)
    throw new Error(`only ${count} changes were reported in ${turns} turns: the machine is too busy`);
  // All are well again: what a later round reports first would otherwise be no change.
  const marks = Array.from({ length: MARKS }, (_, n) => MARK + n);
  for (const id of [...idleIds.slice(0, 500), ...marks]) await world.report(id, 'HEALTHY', '');
  return { ...changes, busyPercent, scroll95Ms, bareScroll95Ms };
}

/** From the report to the frame that shows it. */
async function measureChanges(world: World, page: Visit['page']) {
  await page.fill('#search', MARK);
  await until(page, `document.querySelector('#list').getAttribute('aria-rowcount') === '${MARKS + 1}'`);
  await page.evaluate(`{
    globalThis.shown = [];
    const seen = new Map();
    new MutationObserver(() => {
      const now = performance.timeOrigin + performance.now();
      for (const row of document.querySelectorAll('#list [data-place]')) {
        const id = /${MARK}\\d+/.exec(row.textContent)?.[0];
        const status = /is-(\\w+)/.exec(row.className)?.[1];
        if (seen.get(id) === status) continue;
        seen.set(id, status);
        requestAnimationFrame((at) => shown.push([id, status, Math.max(now, performance.timeOrigin + at)]));
      }
    }).observe(document.querySelector('#list'), { subtree: true, childList: true, attributes: true });
  }`);
  const sent: [id: string, status: string, at: number][] = [];
  const endAt = performance.now() + STORM_MS;
  for (let n = 0; performance.now() < endAt; n++) {
    const id = MARK + (n % MARKS);
    const status = Math.floor(n / MARKS) % 2 === 0 ? 'UNHEALTHY' : 'HEALTHY';
    sent.push([id, status, performance.timeOrigin + performance.now()]);
    await world.report(id, status);
    await sleep(37);
  }
  await sleep(500);
  const shown = (await page.evaluate('shown')) as typeof sent;
  const times = sent.map(([id, status, at]) => {
    const [, , shownAt = Number.POSITIVE_INFINITY] =
      shown.find((each) => each[0] === id && each[1] === status && each[2] > at) ?? [];
    return shownAt - at;
  });
  await page.fill('#search', '');
  return { change50Ms: quantile(times, 0.5), change95Ms: quantile(times, 0.95) };
}

async function measureScroll(page: Visit['page']): Promise<number> {
  const frames = (await page.evaluate(`new Promise((resolve) => {
    const list = document.querySelector('#list');
    const times = [];
    const step = (at) => {
      times.push(at);
      list.scrollTop += 90;
      if (times.length < 180) requestAnimationFrame(step);
      else resolve(times);
    };
    requestAnimationFrame(step);
  })`)) as number[];
  return quantile(
    frames.slice(1).map((at, n) => at - frames[n]!),
    0.95,
  );
}

/** What the browser needs by itself: a list as long, of a page that does nothing but write what is typed into as many rows. */
async function withBarePage<Measured>(
  page: Visit['page'],
  measure: (bare: Visit['page']) => Promise<Measured>,
): Promise<Measured> {
  const bare = await page.context().newPage();
  const rows = Array.from({ length: COMPONENTS / 250 }, (_, n) => `<div class="row">service-${n} is healthy</div>`);
  await bare.setContent(`<style>
    #list { height: 600px; overflow: auto } #rows { position: relative; height: ${COMPONENTS * 26}px }
    .row { position: sticky; top: 0; height: 26px; border-bottom: 1px solid }
  </style><input id="search"><div id="list" aria-rowcount="0"><div id="rows">${rows.join('')}</div></div>`);
  await bare.evaluate(`document.querySelector('#search').addEventListener('input', ({ target }) => {
    const list = document.querySelector('#list');
    list.setAttribute('aria-rowcount', Number(list.getAttribute('aria-rowcount')) + 1);
    document.querySelectorAll('.row').forEach((row, n) => (row.textContent = target.value + n + ' is healthy'));
  })`);
  const measured = await measure(bare);
  await bare.close();
  return measured;
}

async function measureLoss(world: World, { page }: Visit) {
  await page.evaluate(`{
    globalThis.states = [];
    new MutationObserver(() => states.push([document.documentElement.dataset.feed, Date.now()]))
      .observe(document.documentElement, { attributeFilter: ['data-feed'] });
  }`);
  const at = async (state: string, after: number) =>
    Number(await until(page, `states.find(([name, at]) => name === '${state}' && at >= ${after})?.[1]`));
  const killedAt = Date.now();
  await world.kill();
  const lostAt = await at('lost', killedAt);
  await world.restart();
  const backAt = Date.now();
  return { lostMs: lostAt - killedAt, backMs: (await at('live', backAt - 1_000)) - backAt };
}

/** All that is loaded before the first chart, as it is sent to a browser. */
function programFigure(): Figure {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8');
  const names = readdirSync(join(DIST, 'assets')).filter((name) => name.endsWith('.br'));
  const first = names.filter((name) => html.includes(name.slice(0, -3)) || name.startsWith('worker-'));
  const bytes = first.map((name) => statSync(join(DIST, 'assets', name)).size).reduce((sum, size) => sum + size, 0);
  return { name: 'program, without what is loaded on demand, brotli', value: bytes / 1e3, unit: 'KB', atMost: 60 };
}

/** @param of whose it is, where it is a peer's: without a target */
function toFigure<Key extends keyof Round>(key: Key, all: readonly Pick<Round, Key>[], of = ''): Figure {
  const [name, unit, atMost] = TARGETS[key];
  const rounds = all.map((round) => Math.round(round[key] * 10) / 10);
  return { name: of + name, value: median(rounds), unit, rounds, ...(of === '' && atMost !== undefined && { atMost }) };
}

function quantile(values: readonly number[], q: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * q)] ?? Number.NaN;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
