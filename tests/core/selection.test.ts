import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseSelection } from '../../src/core/selection.ts';

const LABELS = { team: 'payments', tier: 'gold', 'acme.com/zone': '' };

it.each<[string[], boolean]>([
  [[], false],
  [['team=payments'], true],
  [['team==payments'], true],
  [['team=shop'], false],
  [['team=shop', 'tier=gold'], true],
  [['team!=shop'], true],
  [['owner!=shop'], true],
  [['team'], true],
  [['owner'], false],
  [['acme.com/zone='], true],
  [['team=payments,tier=gold'], true],
  [['team=payments, tier=gold'], true],
  [['team=payments,tier=silver'], false],
  [['team=payments,tier=silver', 'id=web-1'], true],
  [['id=web-1'], true],
  [['id==web-1'], true],
  [['id=web-2'], false],
  [['id!=web-2'], true],
  [['id!=web-*'], false],
  [['id=web-*'], true],
  [['id=*'], true],
  [['id=*-1'], true],
  [['id=*e*-*1'], true],
  [['id=*web-1*'], true],
  [['id=web-1*1'], false],
  [['id=WEB-1'], false],
  [['id=web*', 'id=nothing'], true],
  [['id=web*,team=shop'], false],
])('%j takes web-1 of payments: %s', (selectors, takes) => {
  expect(parseSelection(selectors)?.takes('web-1', LABELS)).toBe(takes);
});

it.each(['', ',', 'team=payments,', '=payments', 'id', 'id=', 'id!=', 'id=a b', 'id=a,id', 'te am', 'id=-a'])(
  '%j is no selector',
  (selector) => {
    expect(parseSelection([selector])).toBeUndefined();
    expect(parseSelection(['team=payments', selector])).toBeUndefined();
  },
);

it('an id meets a pattern when a regular expression says so', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(text, pattern, (id, glob) => {
      fc.pre(/^[a-z*]/.test(glob));
      const asRegExp = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
      expect(parseSelection([`id=${glob}`])?.takes(id, {})).toBe(asRegExp.test(id));
    }),
    { numRuns: 2_000 },
  );
});

it('has the same key for the same selectors in any order', () => {
  const key = (...selectors: string[]) => parseSelection(selectors)?.key;
  expect(key('a=1', 'b=2')).toBe(key('b=2', 'a=1', 'b=2'));
  expect(key('a=1', 'b=2')).not.toBe(key('a=1,b=2'));
});
