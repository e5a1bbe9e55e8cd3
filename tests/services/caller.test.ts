import { expect, it } from '@jest/globals';
import { createAnonymous } from '../../src/auth/principal.ts';
import { clientOf, contextOfCaller } from '../../src/services/caller.ts';

const NOBODY = { ok: true, principal: createAnonymous({ allow: [] }) } as const;

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, ''],
])('%s counts as %s', (address, client) => {
  expect(clientOf(contextOfCaller(address, NOBODY))).toBe(client);
});
