import { expect, it } from '@jest/globals';
import { inColumns } from '../../src/cli/columns.ts';

it('are as wide as the widest of very many rows', () => {
  const rows = Array.from({ length: 200_000 }, (_, at) => [`service-${at}`, 'UP']);
  const lines = inColumns(['COMPONENT', 'STATUS'], rows, { width: 80, color: false });
  expect([lines.length, lines[0], lines[1], lines.at(-1)]).toEqual([
    200_001,
    'COMPONENT       STATUS',
    'service-0       UP',
    'service-199999  UP',
  ]);
});
