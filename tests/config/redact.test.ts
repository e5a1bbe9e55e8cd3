import { create, type MessageInitShape, toJsonString } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { ComponentSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { redactComponent, redactUrl } from '../../src/config/compile/redact.ts';

const SECRET = 's3cret';

describe('redactComponent', () => {
  it.each([
    ['http', { url: `https://${SECRET}@a/?t=${SECRET}`, headers: { 'X-Token': SECRET }, body: SECRET }],
    ['grpc', { target: 'a:1', metadata: { 'x-token': SECRET } }],
    ['http', { url: 'https://a/', proxy: `http://me:${SECRET}@proxy:3128` }],
    [
      'http',
      {
        url: 'https://a/',
        oauth2: { tokenUrl: `https://login/token?t=${SECRET}`, clientId: 'openk', clientSecret: SECRET },
      },
    ],
    ['tcp', { target: 'a:1', proxy: `http://${SECRET}@proxy:3128` }],
    ['promql', { server: `http://me:${SECRET}@p:9090`, query: 'up', headers: { a: SECRET } }],
    ['consul', { server: 'http://c:8500', service: 'a', token: SECRET }],
    ['alertmanager', { token: SECRET }],
    ['websocket', { url: `wss://a/?t=${SECRET}`, send: SECRET, headers: { a: SECRET } }],
    ['openk', { server: `https://openk:${SECRET}@a/` }],
  ] as const)('hides the secrets of %s', (kind, value) => {
    const component = create(ComponentSchema, { id: 'a', kind: { case: kind, value } as never });
    const before = toJsonString(ComponentSchema, component);
    const shown = toJsonString(ComponentSchema, redactComponent(component).definition);
    expect(before).toContain(SECRET);
    expect(shown).not.toContain(SECRET);
    expect(shown).toContain('[redacted]');
    expect(toJsonString(ComponentSchema, component)).toBe(before);
  });

  it.each<[string, MessageInitShape<typeof ComponentSchema>['kind'], readonly string[]]>([
    ['bytes', { case: 'tcp', value: { target: 'a:1', send: Buffer.from(SECRET), expect: 'ok' } }, ['tcp.send']],
    ['no bytes', { case: 'tcp', value: { target: 'a:1', expect: 'ok' } }, []],
    ['a text, which is replaced', { case: 'http', value: { url: 'https://a/', body: SECRET } }, []],
  ])('leaves out and names what no text can stand for: %s', (_what, kind, expected) => {
    const component = create(ComponentSchema, { id: 'a', ...(kind && { kind }) });
    const { definition, hidden } = redactComponent(component);
    const shown = toJsonString(ComponentSchema, definition);
    expect(hidden).toEqual(expected);
    // Neither the secret nor any base64 in its place.
    expect(shown).not.toContain('send');
    expect(shown).not.toContain(SECRET);
  });

  it('shows names, files, and everything else', () => {
    const component = create(ComponentSchema, {
      id: 'a',
      labels: { team: 'shop' },
      links: [{ title: 'Graphs', url: 'https://graphs/d?team=shop#top' }],
      kind: {
        case: 'http',
        value: { url: 'https://a/b', headers: { 'X-Token': SECRET }, tls: { keyFile: '/etc/key.pem' } },
      },
    });
    expect(redactComponent(component).definition).toMatchObject({
      id: 'a',
      labels: { team: 'shop' },
      links: [{ title: 'Graphs', url: 'https://graphs/d?team=shop#top' }],
      kind: {
        value: { url: 'https://a/b', headers: { 'X-Token': '[redacted]' }, body: '', tls: { keyFile: '/etc/key.pem' } },
      },
    });
  });
});

describe('redactUrl', () => {
  it.each([
    ['https://example.com/path', 'https://example.com/path'],
    ['http://example.com:8080', 'http://example.com:8080/'],
    ['https://user@example.com/', 'https://[redacted]@example.com/'],
    ['https://user:pass@[::1]:8443/', 'https://[redacted]@[::1]:8443/'],
    ['https://example.com/?a=1&b=2=3&c', 'https://example.com/?a=[redacted]&b=[redacted]&[redacted]'],
    ['https://example.com/#token', 'https://example.com/#[redacted]'],
    ['no url', '[redacted]'],
  ])('shows %s as %s', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});
