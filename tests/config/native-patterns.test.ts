import { readFileSync } from 'node:fs';
import { RE2JS } from '@bufbuild/re2';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NATIVE_PATTERNS } from '../../src/config/compile/validate.ts';

const PROTO = readFileSync(new URL('../../proto/openk/config/v1/config.proto', import.meta.url), 'utf8');
const PARTS = [
  'a',
  'Z',
  '9',
  '.',
  '_',
  '-',
  ':',
  '/',
  '//',
  '[',
  ']',
  '?',
  '#',
  '@',
  '%',
  ' ',
  '\t',
  '\n',
  '\v',
  '\f',
  '\r',
  '\u00a0',
  '\u2028',
];
const WORDS = [
  'http',
  'HTTPS',
  'http\u017f',
  'http\u212a',
  'http://',
  'a:80',
  '[::1]:1',
  ':0',
  ':99999',
  'ä',
  '😀',
  'a'.repeat(126),
];

it.each([...NATIVE_PATTERNS])('matches what RE2 matches, %s', (pattern, native) => {
  // In a .proto a backslash of CEL's text is four.
  expect(PROTO).toContain(`'${pattern.replaceAll('\\', '\\'.repeat(4))}'`);
  const re2 = RE2JS.compile(pattern);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PARTS, ...WORDS), { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      expect(native.test(text)).toBe(re2.test(text));
    }),
    { numRuns: 2000 },
  );
});
