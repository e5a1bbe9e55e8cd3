// The rules of config.proto, broken one by one in a file: each says what to write instead.
import { expect, it } from '@jest/globals';
import { faultsOf } from './support.ts';

const probe = (rest: string) => `components: [{ id: a, ${rest} }]`;
const http = (rest: string) => probe(`http: { url: "http://a/", ${rest} }`);
const many = (count: number, entry: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => entry(n)).join(', ');

it.each<[string, string, string]>([
  ['a number from and to', 'limits: { connections: 0 }', 'limits.connections: must be from 1 to 1000000'],
  ['a number up to', http('follow_redirects: 99'), 'components[0].http.follow_redirects: must be at most 20'],
  ['a rate', 'limits: { reports_per_second: 0 }', 'limits.reports_per_second: must be above 0 and at most 100000'],
  ['a share', 'limits: { max_removed_share: 1.5 }', 'limits.max_removed_share: must be from 0 to 1'],
  [
    'a duration from and to',
    probe('interval: 1ms, tcp: { target: "a:1" }'),
    'components[0].interval: must be from 100ms to 24h',
  ],
  ['a duration above', 'drain_timeout: 0s', 'drain_timeout: must be above 0s and at most 1h'],
  [
    'a count of members',
    probe('group: { rule: { quorum: { healthy: 0 } }, members: [b] }'),
    'components[0].group.rule.quorum.healthy: must be at least 1',
  ],
  ['no members', probe('group: { members: [] }'), 'components[0].group.members: must have at least 1 entry'],
  [
    'an entry twice',
    probe('tcp: { target: "a:1" }, depends_on: [b, b]'),
    'components[0].depends_on: has the same entry twice: take one of them out',
  ],
  [
    'a network twice',
    'probes: { deny_addresses: ["::1", "::1"] }',
    'probes.deny_addresses: has the same entry twice: take one of them out',
  ],
  [
    'a proxy protocol that nobody speaks',
    'server: { proxy_protocol: true }',
    'server: proxy_protocol needs trusted_proxies: the addresses from which connections begin with a header of the PROXY protocol',
  ],
  [
    'an empty expression',
    http('expect: [""]'),
    'components[0].http.expect[0]: must not be empty: write a text, or take it out',
  ],
  [
    'a long name',
    probe(`dns: { name: "${'a'.repeat(254)}" }`),
    'components[0].dns.name: must be at most 253 characters',
  ],
  [
    'too many labels',
    probe(`tcp: { target: "a:1" }, labels: { ${many(65, (n) => `l${n}: x`)} }`),
    'components[0].labels: must have at most 64 entries',
  ],
  [
    'a name of two lines',
    probe('tcp: { target: "a:1" }, display_name: "a\\nb"'),
    'components[0].display_name: must be at most 128 characters, without line breaks and other control characters',
  ],
  ...['ftp://a/', 'javascript://a/', 'https://me:secret@a/', 'https://', 'https://a/ b'].map(
    (url): [string, string, string] => [
      `no link: ${url}`,
      probe(`tcp: { target: "a:1" }, links: [{ title: a, url: "${url}" }]`),
      'components[0].links[0].url: must be an http:// or https:// URL without user and password',
    ],
  ),
  [
    'a file that other instances are asked with',
    'instance: { advertise: "https://a:1", tls: { ca_file: /nowhere/ca.pem } }',
    'instance.tls.ca_file: does not exist',
  ],
  [
    'no URL',
    'auth: { jwt: { issuer: example, audience: a, roles: [{ when: "true", allow: [READ] }] } }',
    'auth.jwt.issuer: must be a URL such as https://example.com/path',
  ],
  [
    'a key beside former names',
    'server: { zzzz: 1 }',
    "server.zzzz: unknown key 'zzzz'; known here: pipeline, reflection, allowed_hosts, trusted_proxies, proxy_protocol",
  ],
  ['nothing where something is required', probe('tcp: { expect: a }'), 'components[0].tcp.target: is required'],
])('%s', (_what, text, expected) => {
  const faults = faultsOf(text).map((fault) => fault.replace(/^openk\.yaml:\d+:\d+: /, ''));
  expect(faults).toContain(expected);
  for (const fault of faults)
    expect(fault).not.toMatch(/in list|greater than|less than|item\(s\)|regex|unique items|map must/);
});
