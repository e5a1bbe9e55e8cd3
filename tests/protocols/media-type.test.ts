// Every spelling of a media type that RFC 9110, section 8.3.1 has means the same.
import { expect, it } from '@jest/globals';
import { mediaTypeOf, parseMediaType } from '../../src/protocols/media-type.ts';

it.each([
  ['application/json', 'application/json'],
  ['Application/JSON', 'application/json'],
  [' application/json ', 'application/json'],
  ['application/json; charset=utf-8', 'application/json'],
  ['application/json;charset=UTF-8', 'application/json'],
  ['application/json; charset="utf-8"', 'application/json'],
  ['application/json ; charset', 'application/json'],
  ['application/json;', 'application/json'],
  ['application/json;;', 'application/json'],
  ['application/json; charset = utf8 ; ', 'application/json'],
  ['application/json; profile="a"', 'application/json'],
  ['application/grpc;charset=utf-8', 'application/grpc'],
  ['application/grpc+proto; charset=utf-8', 'application/grpc+proto'],
  ['application/json; charset=latin1', undefined],
  ['application/json; nonsense', undefined],
  ['application', undefined],
  ['application/', undefined],
  ['a b/c', undefined],
  ['', undefined],
])('%j is %j', (contentType, type) => {
  expect(parseMediaType(contentType)).toBe(type);
  expect([mediaTypeOf(contentType), mediaTypeOf(contentType)]).toEqual([type, type]);
});

it('is found in no time, however much white space there is', () => {
  // With a pattern that backtracks this takes a minute.
  expect(parseMediaType(`application/json${' '.repeat(400_000)}x`)).toBeUndefined();
  expect(parseMediaType(`application/json;${' '.repeat(400_000)}charset${' '.repeat(400_000)}`)).toBe(
    'application/json',
  );
});
