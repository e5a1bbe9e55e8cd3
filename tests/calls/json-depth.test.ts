import { expect, it } from '@jest/globals';
import { isTooDeep } from '../../src/calls/json-depth.ts';

const pad = `"${'x'.repeat(5_000)}"`;
const nested = (levels: number, open = '[', close = ']') => `${open.repeat(levels)}${pad}${close.repeat(levels)}`;

it.each([
  ['100 levels', nested(100), false],
  ['101 levels', nested(101), true],
  ['101 levels of objects', nested(101, '{"a":', '}'), true],
  ['101 levels of both', nested(51, '[{"a":', '}]'), true],
  ['half a million that never close', '['.repeat(500_000), true],
  ['many that stand beside each other', `[${new Array(5_000).fill('[]').join(',')}]`, false],
  ['brackets in a string', JSON.stringify('['.repeat(5_000)), false],
  ['brackets behind an escaped quote', `"\\"${'['.repeat(5_000)}"`, false],
  ['brackets behind an escaped backslash', `["\\\\",${'['.repeat(5_000)}`, true],
  ['a string without an end', `"${'['.repeat(5_000)}`, false],
  ['an escape at the end', `${' '.repeat(5_000)}"\\`, false],
  ['less than could harm', '['.repeat(4_096), false],
])('%s: %s', (_what, json, isDeep) => {
  expect(isTooDeep(Buffer.from(json))).toBe(isDeep);
});
