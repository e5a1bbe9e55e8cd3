// Which database a URL names, without one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { StoreFault } from '../../../src/core/store.ts';
import { readTarget } from '../../../src/store/postgres/target.ts';

describe('a URL', () => {
  it.each([
    ['postgres://openk@db/openk', { host: 'db', user: 'openk', database: 'openk' }],
    ['postgresql://openk@db:5433/openk', { host: 'db', port: 5433, user: 'openk', database: 'openk' }],
    ['postgres://o%40k:p%2Fw%23@[::1]/a%20b', { host: '::1', user: 'o@k', password: 'p/w#', database: 'a b' }],
    ['postgres:///openk', { database: 'openk' }],
    ['postgres://', {}],
    [
      'postgres://openk@/openk?host=/run/pg&port=6432',
      { host: '/run/pg', port: 6432, user: 'openk', database: 'openk' },
    ],
    [
      'postgres://db/?user=u&password=p&dbname=d&application_name=a',
      { host: 'db', user: 'u', password: 'p', database: 'd' },
    ],
  ])('%s', (url, parts) => {
    const { host, port, user, password, database } = readTarget(url, {});
    expect({ host, port, user, password, database }).toEqual({
      host: undefined,
      port: undefined,
      user: undefined,
      password: undefined,
      database: undefined,
      ...parts,
    });
  });

  it.each([
    ['postgres://openk:secret@db/openk?sslmode=disable', 'postgres://openk@db/openk'],
    ['postgres://db:5433/openk?password=secret&user=me', 'postgres://me@db:5433/openk'],
    ['postgres:///openk?host=/run/pg', 'postgres:///openk?host=/run/pg'],
  ])('%s is named without its password', (url, name) => {
    expect(readTarget(url, {}).name).toBe(name);
  });

  it.each([
    ['postgres://u:secret#x@db/openk', /%23/],
    ['postgres://u:secret/x@db/openk', /URL is none|port is none/],
    ['postgres://u:secret@db:0/openk', /port is none/],
    ['postgres://u:secret@db:99999/openk', /URL is none/],
    ['postgres://u:%zzsecret@db/openk', /% that begins no escape/],
    ['postgres://u:secret@db/openk?ssl_mode=require', /none of host, port/],
    ['postgres://u:secret@db/openk?sslmode=on', /none of disable/],
    ['postgres://u:secret@db/openk?sslrootcert=/nowhere', /sslrootcert cannot be read/],
  ])('%s is refused without a word of it', (url, words) => {
    expect(() => readTarget(url, {})).toThrow(StoreFault);
    expect(() => readTarget(url, {})).toThrow(words);
    expect(() => readTarget(url, {})).toThrow(/^(?!.*secret)/);
  });
});

describe('TLS', () => {
  const tlsOf = (query: string, env: NodeJS.ProcessEnv = {}) => readTarget(`postgres://db/openk${query}`, env);

  it.each([
    ['', {}, { isVerified: false, isOptional: true }],
    ['?sslmode=require', {}, { isVerified: false, isOptional: false }],
    ['', { PGSSLMODE: 'verify-full' }, { isVerified: true, isOptional: false }],
    ['?sslmode=require', { PGSSLMODE: 'verify-full' }, { isVerified: false, isOptional: false }],
    ['?sslmode=verify-ca', {}, { isVerified: true, isOptional: false }],
  ])('%j with %j', (query, env, expected) => {
    const { tls, isTlsOptional } = tlsOf(query, env);
    expect({ isVerified: tls !== false && tls.rejectUnauthorized, isOptional: isTlsOptional }).toEqual(expected);
  });

  it.each([['?sslmode=disable'], ['?sslmode=allow'], ['?host=/run/pg&sslmode=require']])('%j is none', (query) => {
    expect(tlsOf(query).tls).toBe(false);
  });

  it('verifies with an authority that is named, also where only encryption is asked for', () => {
    const folder = mkdtempSync(join(tmpdir(), 'openk-target-'));
    try {
      writeFileSync(join(folder, 'ca.pem'), 'an authority');
      const { tls } = tlsOf('?sslmode=require', { PGSSLROOTCERT: join(folder, 'ca.pem') });
      expect(tls).toMatchObject({ ca: 'an authority', rejectUnauthorized: true });
      expect(tlsOf('?sslmode=verify-full&sslrootcert=system').tls).toMatchObject({ rejectUnauthorized: true });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
