// `auth` in the file: what it becomes, and what is wrong with it.
import { expect, it } from '@jest/globals';
import { faultsOf, parseValid } from './support.ts';

const SHA = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const key = (more: string) => `components: []\nauth:\n  keys:\n    - { id: ci, sha256: ${SHA}, ${more} }\n`;

it('is left out: nobody has said who may do what', () => {
  expect(parseValid('components: []').auth).toBeUndefined();
});

it('is there and empty: callers without a credential may do nothing', () => {
  expect(parseValid('components: []\nauth: {}').auth).toMatchObject({ anonymous: { allow: [] }, keys: [] });
});

it('has keys with their scopes, selections and ends', () => {
  const { auth } = parseValid(key('allow: [READ, SCOPE_REPORT], select: ["team=a"], expires: 2027-06-01'));
  expect(auth?.keys).toMatchObject([
    { id: 'ci', sha256: SHA, allow: ['READ', 'REPORT'], expiresAtMs: Date.UTC(2027, 5, 1) },
  ]);
  expect(auth?.keys[0]?.selection?.takes('web', { team: 'a' })).toBe(true);
});

it.each([
  ['2027-06-01T12:30:00+02:00', Date.UTC(2027, 5, 1, 10, 30)],
  ['"2027-06-01"', Date.UTC(2027, 5, 1)],
  ['2028-02-29', Date.UTC(2028, 1, 29)],
])('a key that expires at %s', (expires, ms) => {
  expect(parseValid(key(`allow: [READ], expires: ${expires}`)).auth?.keys[0]?.expiresAtMs).toBe(ms);
});

const SELECTOR =
  'is not a selector: write team=payments, team!=payments, team for any value, id=NAME or id=nightly-*, and commas between what must hold together';

it.each([
  [key('allow: []'), 'auth.keys[0].allow: must have at least 1 entry'],
  [key('allow: [WRITE]'), /auth\.keys\[0\]\.allow\[0\]: must be one of STATUS_PAGES, READ/],
  [key('allow: [READ, READ]'), /auth\.keys\[0\]\.allow/],
  [key('allow: [READ], select: ["te am"]'), `auth.keys[0].select[0]: ${SELECTOR}`],
  [key('allow: [READ], select: ["a=1", "id"]'), `auth.keys[0].select[1]: ${SELECTOR}`],
  [key('allow: [READ], expires: 2027-02-29'), /expires: must be a day that there is/],
  [key('allow: [READ], expires: soon'), /expires: must be a time such as/],
  [key('allow: [READ]').replace(SHA, 'abc'), /sha256: must be the SHA-256 of the key, 64 hexadecimal digits/],
  [key('allow: [READ]').replace('id: ci', 'id: "a b"'), /auth\.keys\[0\]\.id: must be a letter or digit/],
  [
    `${key('allow: [READ]')}    - { id: ci, sha256: ${SHA.replace('b', 'c')}, allow: [READ] }\n`,
    /keys\[1\]\.id: is the id of another key too/,
  ],
  [
    `${key('allow: [READ]')}    - { id: b, sha256: ${SHA.toUpperCase()}, allow: [READ] }\n`,
    /keys\[1\]\.sha256: is the same key as another one/,
  ],
  ['components: []\nauth: { anonymous: { allow: [READ], select: ["="] } }', `auth.anonymous.select[0]: ${SELECTOR}`],
  ['components:\n  - { id: a, heartbeat: { period: 1h, ping_token: short } }', /ping_token: must be 16 to 128 letters/],
  [
    'components:\n  - { id: a, heartbeat: { period: 1h, ping_token: abcdefghijklmnop } }\n  - { id: b, heartbeat: { period: 1h, ping_token: abcdefghijklmnop } }',
    /components\[1\]\.heartbeat\.ping_token: is the token of another component too/,
  ],
])('%s has a fault', (text, message) => {
  expect(faultsOf(text)).toEqual([expect.stringMatching(typeof message === 'string' ? literally(message) : message)]);
});

function literally(text: string): RegExp {
  return new RegExp(RegExp.escape(text));
}

it('no fault says a secret', () => {
  const text = key(`allow: [READ]`).replace(SHA, 'not-a-hash-but-a-key');
  expect(faultsOf(text).join()).not.toContain('not-a-hash');
});
