// The page counts what a selector takes before the server is asked to: it must read selectors as the server does.
import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseSelection } from '../../src/core/selection.ts';
import { readSelector } from '../../web/src/model/selector.ts';

const LABELS = { team: 'payments', tier: 'gold', 'acme.com/zone': '' };
const word = fc.constantFrom('team', 'tier', 'acme.com/zone', 'owner', 'id', 'te am', '-a', '');
const value = fc.constantFrom('payments', 'gold', 'web-1', 'web*', '*-1', '*', '*.*', 'a b', '');
const requirement = fc.tuple(word, fc.constantFrom('', '=', '==', '!=', '!'), value, fc.constantFrom('', ' '));
const selector = fc
  .array(requirement, { minLength: 1, maxLength: 3 })
  .map((all) => all.map(([key, operator, of, space]) => `${space}${key}${operator}${of}${space}`).join(','));

it('a selector takes in the page what it takes in the server', () => {
  fc.assert(
    fc.property(selector, fc.constantFrom('web-1', 'web', 'a.b'), (text, id) => {
      expect(readSelector(text)?.({ id, labels: LABELS })).toBe(parseSelection([text])?.takes(id, LABELS));
    }),
    { numRuns: 3_000 },
  );
});
