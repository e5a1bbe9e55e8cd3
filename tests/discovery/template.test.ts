// From targets to components: ids, texts that are filled in, and what labels say where the template does not.
import { create, toJson } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ComponentSchema, DiscoverySourceSchema, HttpProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { componentIdOf } from '../../src/discovery/component-id.ts';
import { checkTemplate, compileTemplate } from '../../src/discovery/template.ts';
import { compileText, valuesOf } from '../../src/discovery/text-template.ts';

describe('the id of a target', () => {
  it.each([
    ['web', 's.web'],
    ['10.0.0.7:8080', 's.10.0.0.7_8080'],
    ['web.example.com:443', 's.web.example.com_443'],
    ['web_443', 's.web_443-15fca234c9'],
    ['https://web/x', 's.https-web-x-0eda1dd451'],
    ['Zürich', 's.Z-rich-4251685e06'],
    ['★', 's.26c57b0854'],
    ['-a', 's.a-c274891790'],
  ])('%s is %s', (name, id) => {
    expect(componentIdOf('s', name)).toBe(id);
  });

  it('is legal, and that of no other name', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...'a0:_-.'), minLength: 1, maxLength: 8 }),
    );
    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(componentIdOf('shop', a)).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
        expect(componentIdOf('shop', a) === componentIdOf('shop', b)).toBe(a === b);
      }),
    );
  });
});

describe('a text', () => {
  const values = valuesOf({
    name: 'n',
    address: '[::1]:80',
    labels: { a: 'x', path: '/a b?c=1', evil: 'x@evil.com/' },
  });
  const render = (text: string, isUrl = false) => {
    const compiled = compileText(text, isUrl);
    return typeof compiled === 'string' ? compiled : compiled.render(values);
  };
  it.each([
    ['plain', 'plain'],
    ['{{address}} {{ host }} {{port}} {{name}}', '[::1]:80 ::1 80 n'],
    ['{{labels.a}}{{labels["a"]}}', 'xx'],
    ["{{has(labels.b) ? labels.b : '}}'}}", '}}'],
    ["{{ {'k': {'j': 'v'}}.k.j }}", 'v'],
    ['{{size(labels)}}{{1 < 2}}{{1.5}}', '3true1.5'],
    ["{{'{{'}}labels.a}}", '{{labels.a}}'],
  ])('%s becomes %s', (text, made) => {
    expect(render(text)).toBe(made);
  });

  it.each([
    ['{{labels.b}}', /ask for it by has/],
    ['{{labels}}', /gives no text/],
  ])('%s has no value', (text, fault) => {
    expect(() => render(text)).toThrow(fault);
  });

  it.each([
    ['{{address', 'has a {{ without its }}'],
    ['{{adress}}', /names what there is not; there are address, host, port, name, labels/],
    ['{{}}', /does not compile/],
  ])('%s cannot be used', (text, fault) => {
    expect(render(text)).toEqual(typeof fault === 'string' ? fault : expect.stringMatching(fault));
  });

  it('that is a URL leads to no other host than it says', () => {
    expect(render('http://{{address}}{{labels.path}}', true)).toBe('http://[::1]:80/a%20b?c=1');
    expect(render('http://fixed/{{labels.evil}}', true)).toBe('http://fixed/x@evil.com/');
    expect(() => render('http://fixed{{labels.evil}}', true)).toThrow(/no host has/);
    expect(render('http://fixed{{labels.path}}', true)).toBe('http://fixed/a%20b?c=1');
  });
});

const http = (url: string) => ({ case: 'http', value: create(HttpProbeSchema, { url }) }) as const;
const fill = (labels: Record<string, string>, address = 'web:8080', template = create(ComponentSchema)) =>
  toJson(ComponentSchema, compileTemplate({ template, keep: '' }).fill({ name: 'n', address, labels }, 's').component);

describe('without a template', () => {
  it.each([
    [{}, { tcp: { target: 'web:8080' } }],
    [{ __openk_path: '/up' }, { http: { url: 'http://web:8080/up' } }],
    [{ __openk_scheme: 'https', __openk_port: '8443' }, { http: { url: 'https://web:8443/' } }],
    [{ __openk_probe: 'grpc', __openk_service: 'acme.Shop' }, { grpc: { target: 'web:8080', service: 'acme.Shop' } }],
    [
      { __openk_probe: 'TLS', team: 'x' },
      { tls: { target: 'web:8080' }, labels: { team: 'x' } },
    ],
    [
      { __openk_interval: '10s', __openk_timeout: '500ms', __meta: 'y' },
      { tcp: { target: 'web:8080' }, interval: '10s', timeout: '0.500s' },
    ],
  ])('%j says %j', (labels, component) => {
    expect(fill(labels)).toEqual(component);
  });

  it.each([
    [{ __openk_probe: 'icmp!' }, /none of http/],
    [{ __openk_path: 'up' }, /does not begin with/],
    [{ __openk_interval: 'soon' }, /no duration/],
    [{ __openk_port: 'http' }, /no number/],
    [{ __openk_scheme: 'ftp' }, /neither http nor https/],
  ])('%j is a fault', (labels, fault) => {
    expect(() => fill(labels as never)).toThrow(fault);
  });
});

it('labels of the template count before those of the target', () => {
  const template = create(ComponentSchema, {
    kind: http('http://{{address}}/'),
    labels: { team: 'ours', at: '{{host}}' },
  });
  expect(fill({ team: 'theirs', zone: 'a' }, 'web:80', template)).toEqual({
    http: { url: 'http://web:80/' },
    labels: { team: 'ours', at: 'web', zone: 'a' },
  });
});

it('keep passes over what it does not hold for, and what has not what it asks', () => {
  const { takes } = compileTemplate({ keep: "labels.env == 'prod'" });
  const envs = [{ env: 'prod' }, { env: 'test' }, {}];
  expect(envs.map((labels) => takes({ name: 'n', address: 'a', labels }))).toEqual([true, false, false]);
});

it('names what cannot be in a template, with its place', () => {
  const source = create(DiscoverySourceSchema, {
    id: 's',
    keep: '1',
    kind: { case: 'fileSd', value: {} },
    template: {
      kind: { case: 'http', value: { url: 'http://{{adress}}', headers: { a: '{{' } } },
      slo: { objective: 99 },
      dependsOn: ['{{name}}'],
    },
  });
  expect(checkTemplate(source).map(({ path, message }) => `${path.join('.')} ${message.slice(0, 30)}`)).toEqual([
    'keep is never true: it has no truth',
    'template.slo cannot be in a template',
    'template.depends_on.0 names a component of the file:',
    'template.http.url has an expression in {{ }} tha',
    'template.http.headers.a has a {{ without its }}',
  ]);
});
