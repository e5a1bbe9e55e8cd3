// Every form in which an answer is sent has the bytes that were put in, and is made once.
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toEnvelope } from '../../src/calls/envelope.ts';

const FLAGS = fc.integer({ min: 0, max: 255 });
const BYTES = fc.uint8Array();

test('every form has the bytes that were put in', () => {
  fc.assert(
    fc.property(FLAGS, BYTES, FLAGS, BYTES, (flags, bytes, lastFlags, lastBytes) => {
      const envelope = toEnvelope(flags, bytes);
      const tail = toEnvelope(lastFlags, lastBytes);
      const both = envelope.followedBy(tail);
      expect(envelope.flags).toBe(flags);
      expect(envelope.payloadBytes).toBe(bytes.length);
      expect(Uint8Array.from(envelope.payload.bytes)).toEqual(bytes);
      expect(both.bytes).toEqual(Buffer.concat([envelope.bytes, tail.bytes]));
      expect(Buffer.from(both.text, 'latin1')).toEqual(both.bytes);
    }),
  );
});

test('a form is made once, and anew behind another tail', () => {
  const envelope = toEnvelope(0, Buffer.from('message'));
  const [tail, other] = [toEnvelope(128, Buffer.from('grpc-status: 0')), toEnvelope(2, Buffer.from('{}'))];
  expect(envelope.payload).toBe(envelope.payload);
  expect(envelope.followedBy(tail)).toBe(envelope.followedBy(tail));
  expect(envelope.followedBy(other).bytes).toEqual(Buffer.concat([envelope.bytes, other.bytes]));
});
