import { describe, expect, it } from '@jest/globals';
import { authorityOf, readDnsName, readHostPort } from '../../src/probes/host-port.ts';

describe('HOST:PORT', () => {
  it.each([
    ['db:5432', 'db', 'db:5432'],
    ['DB.Internal:1', 'db.internal', 'db.internal:1'],
    ['my_db:5432', 'my_db', 'my_db:5432'],
    ['_x._tcp.a-b-.c:80', '_x._tcp.a-b-.c', '_x._tcp.a-b-.c:80'],
    ['db.internal.:5432', 'db.internal.', 'db.internal.:5432'],
    ['münchen.example:80', 'xn--mnchen-3ya.example', 'xn--mnchen-3ya.example:80'],
    ['BÜCHER.example.:80', 'xn--bcher-kva.example.', 'xn--bcher-kva.example.:80'],
    ['日本語。jp:80', 'xn--wgv71a119e.jp', 'xn--wgv71a119e.jp:80'],
    ['xn--mnchen-3ya.example:80', 'xn--mnchen-3ya.example', 'xn--mnchen-3ya.example:80'],
    ['10.0.0.1:65535', '10.0.0.1', '10.0.0.1:65535'],
    ['3com.example:80', '3com.example', '3com.example:80'],
    ['[::1]:80', '::1', '[::1]:80'],
    ['[2001:DB8::A]:80', '2001:db8::a', '[2001:db8::a]:80'],
    ['[::ffff:10.0.0.1]:80', '::ffff:10.0.0.1', '[::ffff:10.0.0.1]:80'],
    ['[fe80::1%eth0]:80', 'fe80::1%eth0', '[fe80::1]:80'],
    ['[FE80::1%25Eth0]:80', 'fe80::1%Eth0', '[fe80::1]:80'],
    ['[fe80::1%25]:80', 'fe80::1%25', '[fe80::1]:80'],
  ])('%s', (text, host, authority) => {
    const address = readHostPort(text);
    expect(address).toEqual({ host, port: Number(/\d+$/.exec(text)?.[0]) });
    expect(authorityOf(address!)).toBe(authority);
  });

  it.each([
    '',
    'db',
    ':80',
    'db:',
    'db:0',
    'db:080',
    'db:65536',
    'db:http',
    'db:80:90',
    'tcp://db:80',
    'db:80/',
    'me@db:80',
    'a b:80',
    ' db:80',
    'db:80\n',
    'a..b:80',
    '.:80',
    `${'a'.repeat(64)}:80`,
    `${'a.'.repeat(127)}a:80`,
    '::1:80',
    '[::1]',
    '[db]:80',
    '[::1%]:80',
    '[::1%a b]:80',
    '127.1:80',
    '256.0.0.1:80',
    '1.2.3.4.:80',
    '0x7f.1:80',
    '0x7f000001:80',
    'ex%41mple:80',
    'a\u0000b:80',
    '\u200b:80',
  ])('%j is none', (text) => {
    expect(readHostPort(text)).toBeUndefined();
  });
});

describe('a name to resolve', () => {
  it.each([
    ['example.com', 'example.com'],
    ['example.com.', 'example.com.'],
    ['_sip._tcp.example.com', '_sip._tcp.example.com'],
    ['0/25.2.0.192.in-addr.arpa', '0/25.2.0.192.in-addr.arpa'],
    ['*.example.com', '*.example.com'],
    ['münchen.example', 'xn--mnchen-3ya.example'],
    ['.', '.'],
  ])('%s', (text, name) => {
    expect(readDnsName(text)).toBe(name);
  });

  it.each(['', 'a..b', '.a', 'a b', `${'a'.repeat(64)}.b`, `${'a.'.repeat(127)}a`])('%j is none', (text) => {
    expect(readDnsName(text)).toBeUndefined();
  });
});
