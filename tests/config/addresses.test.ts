import { describe, expect, it } from '@jest/globals';
import { checkListen, checkStorageUrl, parseListen } from '../../src/config/compile/addresses.ts';
import { checks } from './support.ts';

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['[::1]:0', { host: '::1', port: 0 }],
    ['localhost:65535', { host: 'localhost', port: 65535 }],
    ['my_host:80', { host: 'my_host', port: 80 }],
    ['host.internal.:80', { host: 'host.internal.', port: 80 }],
    ['[fe80::1%eth0]:80', { host: 'fe80::1%eth0', port: 80 }],
  ])('%s', async (text, address) => {
    expect(await checkListen(text, checks.checkRules)).toBeUndefined();
    expect(parseListen(text)).toEqual(address);
  });

  it.each([
    '8080',
    ':8080',
    '127.0.0.1',
    '127.0.0.1:65536',
    '::1:80',
    'http://localhost:80',
    'a b:80',
    'a_b:080',
    'a_b:99999',
    '1.2:80',
  ])('%j is none', async (text) => {
    expect(await checkListen(text, checks.checkRules)).toBe('must be HOST:PORT, for example 127.0.0.1:8080');
  });
});

describe('a storage URL', () => {
  it.each([
    'memory:',
    'sqlite:openk.db',
    'sqlite:/var/lib/openk/openk.db',
    'postgres://openk@db/openk',
    'postgresql:///openk',
  ])('%s', async (text) => {
    expect(await checkStorageUrl(text, checks.checkRules)).toBeUndefined();
  });

  it.each(['memory', 'sqlite:', 'postgres:openk', 'mysql://db/openk', 'openk.db'])('%j is none', async (text) => {
    expect(await checkStorageUrl(text, checks.checkRules)).toBe(
      'must be memory:, sqlite:PATH or postgres://USER@HOST/DATABASE',
    );
  });
});
