import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseForeignJson } from '../../src/core/foreign-json.ts';

it('is what JSON.parse makes of it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      expect(parseForeignJson(text)).toEqual(JSON.parse(text));
    }),
  );
});

const nested = (levels: number, [open, close]: readonly [string, string], inside: string) =>
  open.repeat(levels) + inside + close.repeat(levels);

it.each<[string, readonly [string, string]]>([
  ['lists', ['[', ']']],
  ['objects', ['{"a":', '}']],
  ['objects with quotes in their keys', ['{"\\"[":', '}']],
])('%s are taken to a depth of 100', (_name, brackets) => {
  const text = nested(100, brackets, '1');
  expect(parseForeignJson(text)).toEqual(JSON.parse(text));
  expect(() => parseForeignJson(nested(101, brackets, '1'))).toThrow(RangeError);
});

it.each([
  ['brackets side by side', `[${'[],'.repeat(1_000)}{}]`],
  ['brackets in a text', JSON.stringify('['.repeat(1_000))],
  ['brackets in a text behind quotes and backslashes', JSON.stringify(`\\"[{\\\\${'"['.repeat(1_000)}`)],
])('%s are no depth', (_name, text) => {
  expect(parseForeignJson(text)).toEqual(JSON.parse(text));
});

it.each(['', '{', '[1', '"', '"\\', '{"a":1}}', '<html>', 'nothing'])('%j is no JSON', (text) => {
  expect(() => parseForeignJson(text)).toThrow(SyntaxError);
});

it('what is nested very deep is not read at all', () => {
  expect(() => parseForeignJson('['.repeat(200))).toThrow(RangeError);
});
