import type { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { createSharedScrape } from '../../src/pages/shared-scrape.ts';

/** Scrapes that end when the test says so. */
function createWorld() {
  const open: { readonly finish: () => void; readonly fail: () => void }[] = [];
  let begun = 0;
  const scrape = createSharedScrape(
    async function* () {
      begun += 1;
      const number = begun;
      yield `scrape ${number}\n`;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      open.push({ finish: resolve, fail: () => reject(new Error('broken')) });
      await promise;
      yield 'end\n';
    },
    () => 0,
  );
  const isOpen = async () => {
    while (open.length === 0) await new Promise(setImmediate);
    return open.shift()!;
  };
  return { scrape, isOpen, begun: () => begun };
}

it('gives everybody a scrape that began after they asked, the same bytes to all who wait', async () => {
  const { scrape, isOpen, begun } = createWorld();
  const first = scrape();
  const running = await isOpen();
  const others = Array.from({ length: 1_000 }, () => scrape());
  running.finish();
  expect(String((await first).text())).toBe('scrape 1\nend\n');
  const second = await isOpen();
  const late = scrape();
  second.finish();
  const answers = await Promise.all(others);
  expect(String(answers[0]?.text())).toBe('scrape 2\nend\n');
  expect(new Set(answers.map((answer) => answer.text())).size).toBe(1);
  const zipped = await Promise.all(answers.map((answer) => answer.gzipped()));
  expect(new Set(zipped).size).toBe(1);
  expect(String(gunzipSync(zipped[0]!))).toBe('scrape 2\nend\n');
  (await isOpen()).finish();
  expect(String((await late).text())).toBe('scrape 3\nend\n');
  expect(begun()).toBe(3);
});

it('fails for those who share what fails, and goes on', async () => {
  const { scrape, isOpen } = createWorld();
  const failed = [scrape(), scrape()];
  (await isOpen()).fail();
  for (const one of failed) await expect(one).rejects.toThrow('broken');
  const next = scrape();
  (await isOpen()).finish();
  expect(String((await next).text())).toBe('scrape 2\nend\n');
});

it('leaves half of the time to others', async () => {
  let nowMs = 0;
  const times: number[] = [];
  const scrape = createSharedScrape(
    async function* () {
      times.push(performance.now());
      nowMs += 60;
      yield 'x';
    },
    () => nowMs,
  );
  await scrape();
  await scrape();
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(55);
});

it('gives a large one as a stream over what all share, with its length', async () => {
  const slice = 'ä'.repeat(300_000);
  const scrape = createSharedScrape(
    async function* () {
      for (let n = 0; n < 3; n++) yield slice;
    },
    () => 0,
  );
  const made = await scrape();
  const pieces: Buffer[] = [];
  for await (const piece of made.text() as AsyncIterable<Buffer>) pieces.push(piece);
  expect(Buffer.concat(pieces).toString()).toBe(slice.repeat(3));
  expect(made.length).toBe(1_800_000);
  const again = (made.text() as Readable).iterator();
  expect((await again.next()).value).toBe(pieces[0]);
  await again.return?.();
});
