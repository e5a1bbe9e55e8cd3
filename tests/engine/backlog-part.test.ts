import { expect, it } from '@jest/globals';
import { emptyPart, fold } from '../../src/engine/backlog-part.ts';

it('an alert that is over in two parts, as one that is forgotten later, is over once where they become one', () => {
  const [first, next] = [emptyPart(1), emptyPart(2)];
  for (const id of ['forgotten', 'first']) first.ended.set(id, undefined);
  for (const id of ['forgotten', 'next']) next.ended.set(id, undefined);

  const doubled = fold(first, next);

  expect(doubled).toBe(1);
  expect([...next.ended.keys()]).toEqual(['forgotten', 'first', 'next']);
});
