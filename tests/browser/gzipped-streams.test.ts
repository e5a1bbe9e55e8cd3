// Streams in a real Chromium: gzipped, and each message there when it is sent.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { launchChromium, missingBrowser } from './chromium.ts';

const CONFIG = `
components:
${Array.from({ length: 500 }, (_, at) => `  - { id: job-${at}, heartbeat: { period: 24h } }`).join('\n')}
`;

interface Asked {
  readonly path: string;
  readonly headers: Record<string, string>;
  /** Each byte as a character. */
  readonly body?: string;
}
interface Read {
  readonly encoding: string | null;
  readonly text: string;
}

/** Reads until a keep-alive has come, in the page. */
async function readStream({ path, headers, body }: Asked): Promise<Read> {
  const stop = new AbortController();
  const response = await fetch(path, {
    headers,
    signal: stop.signal,
    ...(body !== undefined && { method: 'POST', body: Uint8Array.from(body, (char) => char.charCodeAt(0)) }),
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream('latin1')).getReader();
  let text = '';
  while (!/keepAlive/.test(text)) text += (await reader.read()).value ?? '';
  stop.abort();
  return { encoding: response.headers.get('content-encoding'), text };
}

const message = '{"keepAlive":"1s"}';
const enveloped = `\0\0\0\0${String.fromCharCode(message.length)}${message}`;
const METHOD = '/openk.health.v1.HealthService/WatchHealth';

(missingBrowser === undefined ? describe : describe.skip)(
  `in Chromium${missingBrowser ? `: ${missingBrowser}` : ''}`,
  () => {
    let openk: RunningOpenk;
    let browser: Browser;
    let page: Page;
    beforeAll(async () => {
      openk = await runOpenk(CONFIG);
      browser = await launchChromium();
      page = await browser.newPage();
      await page.goto(`${openk.address}/openapi.json`);
    }, 60_000);
    afterAll(async () => {
      await browser.close();
      await openk.close();
    });

    it.each<[string, Asked]>([
      ['REST', { path: '/v1/health:watch?keep_alive=1s', headers: { accept: 'text/event-stream' } }],
      ['gRPC-Web', { path: METHOD, headers: { 'content-type': 'application/grpc-web+json' }, body: enveloped }],
      ['Connect', { path: METHOD, headers: { 'content-type': 'application/connect+json' }, body: enveloped }],
    ])('a stream of %s', async (_protocol, asked) => {
      const { encoding, text } = await page.evaluate(readStream, asked);
      expect(encoding).toBe('gzip');
      expect(text).toContain('job-499');
    });
  },
);
