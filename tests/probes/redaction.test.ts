import { expect, it } from '@jest/globals';
import { createRedaction } from '../../src/probes/redaction.ts';

it.each([
  ['AUTH hunter2\r\n', '-ERR AUTH hunter2 is wrong', '-ERR … is wrong'],
  ['AUTH hunter2\r\n', '-ERR invalid password HUNTER2', '-ERR invalid password …'],
  ['{"user":"me","password":"hunter2"}', 'no user me with "hunter2"', 'no … me with "…"'],
  ['AUTH hunter2\r\n', '-ERR AUTH hunt', '-ERR … …'],
  ['AUTH hunter2\r\n', '-ERR hunt', '-ERR …'],
  ['PING\r\n', '-LOADING Redis is loading the dataset in memory', '-LOADING Redis is loading the dataset in memory'],
  ['a c\r\n', 'a banner', 'a banner'],
  ['', '220 mail ESMTP', '220 mail ESMTP'],
  ['p.s+w(rd', 'p.s+w(rd, psswrd', '…, psswrd'],
])('after %j, %j is shown as %j', (sent, came, shown) => {
  expect(createRedaction(Buffer.from(sent))(Buffer.from(came))).toBe(shown);
});

it('shows bytes that are no UTF-8 by one character each', () => {
  expect(createRedaction(Buffer.from([0xd2, 0xd3, 0xd4]))(Buffer.from([0xc3, 0xd2, 0xd3, 0xd4]))).toBe('Ã…');
});
