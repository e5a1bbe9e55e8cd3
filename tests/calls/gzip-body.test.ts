import { randomBytes } from 'node:crypto';
import { constants, gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Body } from '../../src/calls/envelope.ts';
import { GzipBody } from '../../src/calls/gzip-body.ts';

/** Stored, deflated at once, and deflated in a thread; some that can be deflated, some that cannot. */
const bodies = fc
  .tuple(fc.constantFrom(0, 1, 5, 1_023, 1_024, 20_000, 32_769, 100_000), fc.boolean())
  .map(([length, isRandom]) => new Body(isRandom ? randomBytes(length) : Buffer.alloc(length, 'a message ')));

/** What a reader has who has received so much, and no more. */
const readSoFar = (received: readonly Buffer[]) =>
  gunzipSync(Buffer.concat(received), { finishFlush: constants.Z_SYNC_FLUSH });

describe('the body of a stream as gzip', () => {
  it('has each message as soon as it is sent, and is whole at its end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(bodies, { maxLength: 5 }), fc.option(bodies), async (messages, last) => {
        const gzip = new GzipBody();
        const received: Buffer[] = [];
        const sent: Buffer[] = [];
        for (const message of messages) {
          received.push(await gzip.add(message));
          sent.push(message.bytes);
          if (Buffer.concat(sent).length > 0) expect(readSoFar(received).equals(Buffer.concat(sent))).toBe(true);
        }
        received.push(gzip.end(last ?? undefined));
        if (last !== null) sent.push(last.bytes);
        // It looks at the checksum and the length.
        expect(gunzipSync(Buffer.concat(received)).equals(Buffer.concat(sent))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  // Not all readers hand out what they have: Go's waits for such a block, and its HTTP client asks for gzip by itself.
  it.each([1, 1_023, 1_024, 40_000])('has an empty block behind each message, of %d bytes too', async (length) => {
    const sent = await new GzipBody().add(new Body(randomBytes(length)));
    expect(sent.subarray(-4).toString('hex')).toBe('0000ffff');
  });

  it('has everything where more is deflated at once than there are threads for', async () => {
    const messages = Array.from({ length: 12 }, () => new Body(Buffer.alloc(200_000, randomBytes(100))));
    const gzips = messages.map(() => new GzipBody());
    const sent = messages.map((message, at) => gzips[at]!.add(message));
    expect(sent.filter((each) => Buffer.isBuffer(each))).toHaveLength(8);
    for (const [at, bytes] of (await Promise.all(sent)).entries()) {
      const whole = Buffer.concat([bytes, gzips[at]!.end(undefined)]);
      expect(gunzipSync(whole).equals(messages[at]!.bytes)).toBe(true);
    }
  });

  it.each([100, 5_000, 200_000])('deflates %d bytes once for all who are sent them', async (length) => {
    const first = new Body(Buffer.from('first'));
    const message = new Body(Buffer.alloc(length, 'a message '));
    const made: Buffer[] = [];
    for (let reader = 0; reader < 2; reader++) {
      const gzip = new GzipBody();
      await gzip.add(first);
      made.push(await gzip.add(message));
    }
    expect(made[0]).toBe(made[1]);
    if (length > 1_024) expect(made[0]!.length).toBeLessThan(length / 10);
  });
});
