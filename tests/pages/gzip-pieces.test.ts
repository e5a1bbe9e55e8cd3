// Pieces that were compressed by themselves are one body in gzip, with the checksum of all of it.
import { gunzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compressPiece, gzipOf } from '../../src/pages/gzip-pieces.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.tuple(fc.string({ minLength: 1 }), fc.nat({ max: 5_000 })).map(([word, times]) => word.repeat(times)),
);

it('is what its pieces say, one after the other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 6 }), async (texts) => {
      const pieces = await Promise.all(texts.map(compressPiece));
      const plain = texts.map((one) => Buffer.from(one));
      // The checksum and the length are those that gunzip asks for.
      expect(gunzipSync(gzipOf(pieces)).equals(Buffer.concat(plain))).toBe(true);
      const twice = gzipOf([...pieces, ...pieces.toReversed()]);
      expect(gunzipSync(twice).equals(Buffer.concat([...plain, ...plain.toReversed()]))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

it('takes no more memory for hundreds of texts than for some', async () => {
  const text = 'openk_component_status{component="a",status="HEALTHY"} 1\n'.repeat(4_000);
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 100; count++) await compressPiece(text);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * text.length);
});
