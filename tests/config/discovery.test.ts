// `discovery` in a file: what it brings by itself, and what is wrong with it, with the place where that stands.
import { describe, expect, it } from '@jest/globals';
import { faultsOf, parseValid } from './support.ts';

const source = (more: string, id = 'shop') =>
  `discovery:\n  - id: ${id}\n    file_sd: { files: [ "t/*.json" ] }\n${more}\n`;

it('brings the group of what each source gives, and how the source is', () => {
  const { system, sources } = parseValid(
    `${source('    display_name: Shop\n    labels: { team: x }')}components:\n  - { id: top, group: { members: [ { component: shop } ] } }`,
    {},
    '/etc/openk/openk.yaml',
  );
  const byId = new Map(system.components.map((definition) => [definition.id, definition]));
  expect([...byId.keys()].sort()).toEqual(['discovery.shop', 'shop', 'system', 'top']);
  expect(byId.get('shop')).toMatchObject({
    displayName: 'Shop',
    labels: { team: 'x' },
    subject: { type: 'group', members: [] },
  });
  expect(byId.get('system')!.subject).toMatchObject({
    members: [{ component: 'top' }, { component: 'discovery.shop' }],
  });
  expect(sources[0]).toMatchObject({ id: 'shop', keepForMs: 300_000, limit: 1000 });
  expect(sources[0]!.options.kind.value).toMatchObject({ files: ['/etc/openk/t/*.json'] });
});

it('is the same source whatever is made of what it gives', () => {
  const fingerprint = (text: string) => parseValid(text).sources[0]!.fingerprint;
  const plain = fingerprint(source(''));
  expect(fingerprint(source('    limit: 5\n    keep_for: 1s\n    keep: "true"\n    template: { interval: 1s }'))).toBe(
    plain,
  );
  expect(fingerprint(source('').replace('t/', 'u/'))).not.toBe(plain);
});

describe('the fault of', () => {
  it.each([
    [
      'a template',
      source('    template: { http: { url: "http://{{adress}}/" } }'),
      '4: discovery[0].template.http.url: has an expression in {{ }} that does not compile: it names what there is not; there are address, host, port, name, labels',
    ],
    [
      'what a template makes',
      source('    template: { http: { url: "ftp://{{address}}/" } }'),
      '4: discovery[0].template.http.url: must be an http:// or https:// URL',
    ],
    [
      'a file for TLS',
      'discovery:\n  - id: shop\n    http_sd: { url: "https://a/", tls: { ca_file: /nowhere/ca.pem } }\n',
      '3: discovery[0].http_sd.tls.ca_file: does not exist',
    ],
    [
      'an expectation in it',
      source('    template: { http: { url: "http://{{address}}/", expect: [ "statuz == 1" ] } }'),
      /^4: discovery\[0\]\.template\.http\.expect\[0\]: does not compile/,
    ],
    [
      'what it depends on',
      source('    template: { depends_on: [ databse ] }\ncomponents: [ { id: database, tcp: { target: "db:1" } } ]'),
      "4: discovery[0].template.depends_on[0]: there is no component 'databse', did you mean 'database'?",
    ],
    [
      'a cycle through it',
      source(
        '    template: { depends_on: [ top ] }\ncomponents: [ { id: top, group: { members: [ { component: shop } ] } } ]',
      ),
      /makes a cycle: /,
    ],
    [
      'a group in it',
      source('    template: { group: { members: [ { component: x } ] } }'),
      '4: discovery[0].template.group: cannot be in a template',
    ],
    [
      'its condition',
      source('    keep: "name"'),
      '4: discovery[0].keep: is never true: it has no truth value, write a comparison',
    ],
    [
      'the id of a component',
      source('components: [ { id: shop, tcp: { target: "db:1" } } ]'),
      "2: discovery[0].id: 'shop' is defined already",
    ],
    [
      'an id within that of another',
      `${source('')}${source('', 'shop.eu').replace('discovery:\n', '')}`,
      "5: discovery[1].id: begins as the ids of what 'shop' gives do: choose another",
    ],
    ['a pattern', source('').replace('t/*', '*/t'), /^3: discovery\[0\]\.file_sd\.files\[0\]: must end in/],
    [
      'a URL',
      'discovery: [ { id: a, http_sd: { url: "http://u:%zz@h/" } } ]',
      '1: discovery[0].http_sd.url: has credentials with a broken percent-encoding',
    ],
    [
      'a name that is a URL',
      'discovery: [ { id: a, dns_srv: { name: "http://shop.example.com" } } ]',
      '1: discovery[0].dns_srv.name: must be a domain name alone, without scheme and port',
    ],
    [
      'a Consul that does not speak HTTP',
      'discovery: [ { id: a, consul: { server: "ftp://consul" } } ]',
      '1: discovery[0].consul.server: is neither HOST:PORT nor an http:// or https:// URL',
    ],
    [
      'a token with the line break of its file',
      'discovery: [ { id: a, consul: { token: "secret\\n" } } ]',
      '1: discovery[0].consul.token: must be printable ASCII without blanks',
    ],
    [
      'such a token for Kubernetes',
      'discovery: [ { id: a, kubernetes: { api_server: "https://k", token: "secret\\n", from: [ SERVICE ] } } ]',
      '1: discovery[0].kubernetes.token: must be printable ASCII without blanks',
    ],
    [
      'the name of a header whose value only a target can say',
      source('    template: { http: { url: "http://{{address}}/", headers: { "X Y": "{{labels.y}}" } } }'),
      '4: discovery[0].template.http.headers["X Y"]: must be a header name: letters, digits and dashes',
    ],
    ['no kind', 'discovery: [ { id: a } ]', /^1: discovery\[0\]: needs exactly one of file_sd, http_sd/],
  ])('%s stands where it is', (_what, text, fault) => {
    const faults = faultsOf(text).map((line) => line.replace(/^openk\.yaml:(\d+):\d+/, '$1'));
    expect(faults).toEqual([typeof fault === 'string' ? fault : expect.stringMatching(fault)]);
  });
});

it('lists what is wrong with a source and with its template at once', () => {
  const faults = faultsOf(
    'discovery: [ { id: a, http_sd: { url: "ftp://h/" }, keep: "nam", template: { tcp: { target: "{{address" } } },' +
      ' { id: b, http_sd: { url: "http://u:%zz@h/" }, template: { tcp: { target: "{{host}}" } } },' +
      ' { id: c, template: { http: { url: "ftp://{{address}}/" } } } ]',
  );
  expect(faults.map((line) => line.replace(/^\S+ (\S+):.*/, '$1')).sort()).toEqual([
    'discovery[0].http_sd.url',
    'discovery[0].keep',
    'discovery[0].template.tcp.target',
    'discovery[1].http_sd.url',
    'discovery[1].template.tcp.target',
    'discovery[2]',
    'discovery[2].template.http.url',
  ]);
});

it('leaves open what only a target can say', () => {
  const template = '    template: { grpc: { target: "{{labels.__grpc}}" }, labels: { a: "{{labels.b}}" } }';
  expect(faultsOf(source(template))).toEqual([]);
});

it('takes a rule that asks for more members than there are now', () => {
  expect(faultsOf(source('    rule: { quorum: { healthy: 3 } }'))).toEqual([]);
});
