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
  expect(String(await (await first).text())).toBe('scrape 1\nend\n');
  const second = await isOpen();
  const late = scrape();
  second.finish();
  const answers = await Promise.all(others);
  expect(String(await answers[0]?.text())).toBe('scrape 2\nend\n');
  expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
  const zipped = answers.map((answer) => answer.gzipped());
  expect(new Set(zipped).size).toBe(1);
  expect(String(gunzipSync(zipped[0]!))).toBe('scrape 2\nend\n');
  (await isOpen()).finish();
  expect(String(await (await late).text())).toBe('scrape 3\nend\n');
  expect(begun()).toBe(3);
});

it('fails for those who share what fails, and goes on', async () => {
  const { scrape, isOpen } = createWorld();
  const failed = [scrape(), scrape()];
  (await isOpen()).fail();
  for (const one of failed) await expect(one).rejects.toThrow('broken');
  const next = scrape();
  (await isOpen()).finish();
  expect(String(await (await next).text())).toBe('scrape 2\nend\n');
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
  for await (const piece of (await made.text()) as AsyncIterable<Buffer>) pieces.push(piece);
  expect(Buffer.concat(pieces).toString()).toBe(slice.repeat(3));
  expect(made.length).toBe(1_800_000);
  const again = ((await made.text()) as Readable).iterator();
  expect((await again.next()).value).toBe(pieces[0]);
  await again.return?.();
});

it('writes and compresses anew what is another text than before, and nothing else', async () => {
  let written = 0;
  const lasting = (text: string) => ({
    toString() {
      written += 1;
      return text;
    },
  });
  let slices: (string | { toString(): string })[] = ['head\n', lasting('a\n'.repeat(1_000)), lasting('b\n'), 'now 1\n'];
  const scrape = createSharedScrape(
    async function* () {
      yield* slices;
    },
    () => 0,
  );
  const look = async () => {
    const made = await scrape();
    const text = String(gunzipSync(made.gzipped()));
    expect(text).toBe(slices.join(''));
    expect(made.length).toBe(Buffer.byteLength(text));
    expect(String(await made.text())).toBe(text);
    written -= slices.filter((slice) => typeof slice !== 'string').length;
    const by = written;
    written = 0;
    return by;
  };
  expect(await look()).toBe(2);
  slices = [...slices.slice(0, 3), 'now 2, ä\n'];
  expect(await look()).toBe(0);
  slices = ['head\n', slices[1]!, lasting('c\n'), ''];
  expect(await look()).toBe(1);
});
