import { expect, it } from '@jest/globals';
import type { HealthReader } from '../../src/engine/health-ports.ts';
import { membersBelow } from '../../src/services/members-below.ts';

const readerOf = (members: (id: string) => readonly string[]) => ({ memberIds: members }) as HealthReader;

it('tells each member once, in order, however many groups it is in', () => {
  const groups: Readonly<Record<string, readonly string[]>> = { all: ['b', 'a', 'web'], a: ['web', 'db'], b: ['db'] };
  expect(
    membersBelow(
      readerOf((id) => groups[id] ?? []),
      'all',
    ),
  ).toEqual(['a', 'b', 'db', 'web']);
  expect(
    membersBelow(
      readerOf((id) => groups[id] ?? []),
      'db',
    ),
  ).toEqual([]);
});

it('goes as deep as there are groups', () => {
  const depth = 100_000;
  const reader = readerOf((id) => (Number(id) < depth ? [String(Number(id) + 1)] : []));
  expect(membersBelow(reader, '0')).toHaveLength(depth);
});
