// npm run picture: the dashboard in front of the demo, as docs/dashboard.png. Needs Chromium.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchChromium, missingBrowser } from '../tests/browser/chromium.ts';

const ROOT = join(import.meta.dirname, '..');
const LISTEN = '127.0.0.1:18480';
const ADDRESS = `http://${LISTEN}/?c=checkout`;
/** Until each thing of the demo has been up and down. */
const HISTORY_MS = 40_000;
const START_MS = 60_000;

if (missingBrowser !== undefined) throw new Error(`this picture ${missingBrowser}`);
const demo = spawn(process.execPath, [join(ROOT, 'scripts/demo.ts')], {
  stdio: 'ignore',
  env: { ...process.env, OPENK_LISTEN: LISTEN },
});
const ended = once(demo, 'exit');
try {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, colorScheme: 'dark' });
    await answering();
    await sleep(HISTORY_MS);
    await page.goto(ADDRESS);
    await page.waitForSelector('html[data-feed=live]', { state: 'attached' });
    await page.waitForLoadState('networkidle').catch(() => {});
    await sleep(2_000);
    await page.screenshot({ path: join(ROOT, 'docs/dashboard.png') });
  } finally {
    await browser.close();
  }
} finally {
  demo.kill('SIGTERM');
  await ended;
}

async function answering(): Promise<void> {
  const deadline = AbortSignal.timeout(START_MS);
  while ((await fetch(`http://${LISTEN}/livez`).catch(() => undefined)) === undefined) {
    deadline.throwIfAborted();
    await sleep(100);
  }
}
