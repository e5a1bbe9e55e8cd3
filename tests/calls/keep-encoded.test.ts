// What is kept with a frozen message, and what is not.
import { create, type Message } from '@bufbuild/protobuf';
import { expect, it } from '@jest/globals';
import { keepEncoded } from '../../src/calls/keep-encoded.ts';
import { NestedSchema } from '../gen/openk/test/v1/rest_pb.ts';

function countingEncoder() {
  const encoded: Message[] = [];
  const encode = keepEncoded((message) => encoded.push(message));
  return { encode, encoded };
}

it('encodes a frozen message once', () => {
  const { encode, encoded } = countingEncoder();
  const message = Object.freeze(create(NestedSchema, { name: 'a' }));
  expect(encode(message)).toBe(encode(message));
  expect(encoded).toEqual([message]);
});

it('encodes any other each time, since it may have changed', () => {
  const { encode, encoded } = countingEncoder();
  const message = create(NestedSchema, { name: 'a' });
  expect(encode(message)).not.toBe(encode(message));
  expect(encoded.length).toBe(2);
});

it('tells frozen messages apart that say the same', () => {
  const { encode } = countingEncoder();
  const [one, other] = ['a', 'a'].map((name) => Object.freeze(create(NestedSchema, { name })));
  expect(encode(one!)).not.toBe(encode(other!));
});
