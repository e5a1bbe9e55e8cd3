// What is remembered of what callers ask again and again.
import '../support/one-realm.ts';
import { create } from '@bufbuild/protobuf';
import { AnySchema, StructSchema, ValueSchema } from '@bufbuild/protobuf/wkt';
import { expect, it } from '@jest/globals';
import { freezeMessage, Repeated } from '../../src/calls/repeated.ts';

it('remembers so many, and then begins anew', () => {
  const known = new Repeated<number>(2);
  for (const [value, key] of ['a', 'b'].entries()) known.set(key, value);
  expect([known.get('a'), known.get('b')]).toEqual([0, 1]);
  known.set('c', 2);
  expect([known.get('a'), known.get('b'), known.get('c')]).toEqual([undefined, undefined, 2]);
});

it('remembers nothing of a long text', () => {
  const known = new Repeated<number>();
  known.set('x'.repeat(256), 1);
  known.set('x'.repeat(257), 2);
  expect([known.get('x'.repeat(256)), known.get('x'.repeat(257))]).toEqual([1, undefined]);
});

it('freezes a message with all that it holds, but none with bytes', () => {
  const fields = { a: create(ValueSchema, { kind: { case: 'numberValue', value: 1 } }) };
  const message = create(StructSchema, { fields });
  expect(freezeMessage(message)).toBe(true);
  expect([message, message.fields, message.fields.a, message.fields.a?.kind].every(Object.isFrozen)).toBe(true);
  const withBytes = create(AnySchema, { value: Uint8Array.of(1) });
  expect(freezeMessage(withBytes)).toBe(false);
  expect(Object.isFrozen(withBytes)).toBe(false);
});
