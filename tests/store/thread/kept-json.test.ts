import { expect, it } from '@jest/globals';
import { StoreFault } from '../../../src/core/store.ts';
import { parseKept } from '../../../src/store/thread/kept-json.ts';

it('gives what was kept', () => {
  expect(parseKept('{"id":"a"}')).toEqual({ id: 'a' });
  expect(parseKept('["a"]')).toEqual(['a']);
});

it.each(['', '{"id":"secret"', '{"id"|"secret"}', 'null', '7', '"secret"'])(
  'says that %j is damage, and nothing of it',
  (text) => {
    expect(() => parseKept(text)).toThrow(StoreFault);
    expect(() => parseKept(text)).toThrow(/^storage: it is damaged(?!.*secret)/);
  },
);
