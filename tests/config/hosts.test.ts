// What is taken for a host, an address or a URL, at every place of the configuration that has one.
import { describe, expect, it } from '@jest/globals';
import { faultsOf, parseValid } from './support.ts';

const component = (kind: string) => `components:\n  - id: a\n    ${kind}\n`;

const HOST_PORT = {
  taken: [
    'db:1',
    'DB.internal:1',
    'my_db:5432',
    'db.:1',
    'münchen.example:80',
    '10.0.0.1:1',
    '[::1]:1',
    '[fe80::1%eth0]:1',
  ],
  refused: ['db', 'db:0', 'db:65536', ':1', '::1:1', 'tcp://db:1', 'a b:1', 'a..b:1', '[db]:1', '127.1:1', 'me@db:1'],
};
const URLS = {
  taken: [
    'http://h',
    'HTTP://h/',
    'Https://h/',
    'http://my_db:1/',
    'http://h./',
    'http://münchen.example/',
    'http://[::1]:1/',
    'http://10.0.0.1/',
  ],
  refused: [
    'h',
    'ftp://h/',
    'http:/h',
    'http://',
    'http://h:99999/',
    'http://a b/',
    ' http://h/',
    'http://[::1',
    '//h/',
  ],
};
const PATHS = ['http://h/a[1]', 'http://h/?q={x}|y', 'http://h/ä', 'http://h/a b'];

const PLACES: readonly [string, (text: string) => string, { taken: readonly string[]; refused: readonly string[] }][] =
  [
    ['grpc.target', (text) => component(`grpc: { target: ${JSON.stringify(text)} }`), HOST_PORT],
    ['tcp.target', (text) => component(`tcp: { target: ${JSON.stringify(text)} }`), HOST_PORT],
    ['tls.target', (text) => component(`tls: { target: ${JSON.stringify(text)} }`), HOST_PORT],
    [
      'http.url',
      (text) => component(`http: { url: ${JSON.stringify(text)} }`),
      { ...URLS, taken: [...URLS.taken, ...PATHS, 'http://me:secret@h/'] },
    ],
    [
      'openk.server',
      (text) => component(`openk: { server: ${JSON.stringify(text)} }`),
      { taken: [...URLS.taken, 'http://h/a[1]'], refused: [...URLS.refused, 'http://me:secret@h/', 'http://h/?a'] },
    ],
    [
      'dns.name',
      (text) => component(`dns: { name: ${JSON.stringify(text)} }`),
      {
        taken: [
          'example.com',
          'example.com.',
          '_sip._tcp.example.com',
          'münchen.example',
          '10.0.0.1',
          '::1',
          '*.a',
          '0/25.a',
          'a\\.b.c',
        ],
        refused: ['https://a/b', 'a:53', 'me@a', 'a[1]', 'a..b', 'a b', `${'a'.repeat(64)}.b`],
      },
    ],
    [
      'dns.resolver',
      (text) => component(`dns: { name: a, resolver: ${JSON.stringify(text)} }`),
      {
        taken: ['10.0.0.1', '10.0.0.1:5353', '::1', '[::1]:53'],
        refused: ['ns.example', 'ns.example:53', '10.0.0.1:99999', '::1:53x'],
      },
    ],
    [
      'listen',
      (text) => `listen: ${JSON.stringify(text)}\ncomponents: []\n`,
      {
        taken: ['127.0.0.1:0', '[::1]:80', 'localhost:80', 'my_host:80', 'host.:80', '[fe80::1%eth0]:80'],
        refused: ['80', ':80', '127.0.0.1', '::1:80', 'http://h:80', 'a b:80', 'h:65536'],
      },
    ],
    [
      'cors.allowed_origins',
      (text) => `cors: { allowed_origins: [ ${JSON.stringify(text)} ] }\ncomponents: []\n`,
      {
        taken: [
          '*',
          'https://h',
          'HTTPS://H.example',
          'http://my_host:80',
          'https://münchen.example',
          'http://[::1]:80',
        ],
        refused: ['h', 'https://h/', 'https://me@h', 'ftp://h', 'https://a b'],
      },
    ],
  ];

describe.each(PLACES)('%s', (_place, file, { taken, refused }) => {
  it.each(taken)('takes %j', (text) => {
    expect(faultsOf(file(text))).toEqual([]);
  });

  it.each(refused)('refuses %j, by one fault', (text) => {
    expect(faultsOf(file(text))).toHaveLength(1);
  });
});

it('tls is for https:// in any case', () => {
  expect(faultsOf(component('http: { url: "HTTP://h/", tls: {} }'))).toHaveLength(1);
  expect(faultsOf(component('openk: { server: "HTTP://h/", tls: {} }'))).toHaveLength(1);
  expect(faultsOf(component('openk: { server: "HTTPS://h/", tls: {} }'))).toEqual([]);
});

it('origins are compared as browsers write them', () => {
  const text =
    'cors: { allowed_origins: [ "HTTPS://Status.Example:443", "https://münchen.example", "*" ] }\ncomponents: []\n';
  expect(parseValid(text).corsOrigins).toEqual(['https://status.example', 'https://xn--mnchen-3ya.example', '*']);
});
