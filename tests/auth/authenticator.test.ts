import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type AuthenticatorSettings, createAuthenticator } from '../../src/auth/authenticator.ts';
import { type Identity, isInstance, type Principal } from '../../src/auth/principal.ts';
import { parseSelection } from '../../src/core/selection.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const keyOf = (secret: string, more: Partial<AuthenticatorSettings['keys'][number]> = {}) => ({
  id: secret,
  sha256: createHash('sha256').update(secret).digest('hex'),
  expiresAtMs: undefined,
  allow: ['READ'] as const,
  ...more,
});

const SETTINGS: AuthenticatorSettings = {
  anonymous: { allow: [] },
  keys: [keyOf('ci')],
  pingTokens: [{ component: 'backup', token: 'ping-token-of-backup' }],
  ignoresUnknown: false,
};

const start = (settings: Partial<AuthenticatorSettings> = {}) => {
  const clock = createFakeClock();
  const authenticator = createAuthenticator({
    clock,
    notify: () => {},
    certificateOf: () => undefined,
    isTrustedProxy: () => false,
    settings: { ...SETTINGS, ...settings },
  });
  const show = (headers: Readonly<Record<string, string>>, socket?: object) => {
    const identity = authenticator.authenticate({ headers, socket, peer: '127.0.0.1' });
    if (identity instanceof Promise) throw new Error('nothing has to be asked for');
    return identity;
  };
  return { clock, authenticator, show, configure: authenticator.configure };
};

const summary = (identity: Identity) => (identity.ok ? identity.principal.name : identity.fault);
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

/** Headers, and whom they show. */
const SHOWN: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
  [{}, 'anonymous'],
  [{ authorization: 'Bearer ci' }, 'key:ci'],
  [{ authorization: 'bearer ci' }, 'key:ci'],
  [{ authorization: 'BEARER   ci' }, 'key:ci'],
  [{ authorization: 'Bearer ci ' }, 'key:ci'],
  [{ 'x-api-key': 'ci' }, 'key:ci'],
  [basic('prometheus:ci'), 'key:ci'],
  [basic(':ci'), 'key:ci'],
  [{ authorization: 'Bearer ping-token-of-backup' }, 'ping:backup'],
  [basic('a:b:ci'), 'invalid'],
  [basic('ci'), 'invalid'],
  [basic('ci:'), 'invalid'],
  [{ authorization: 'Bearer' }, 'invalid'],
  [{ authorization: 'Bearer ' }, 'invalid'],
  [{ authorization: 'Bearer ci ci' }, 'invalid'],
  [{ authorization: 'Bearer CI' }, 'invalid'],
  [{ authorization: '' }, 'invalid'],
  [{ authorization: 'ci' }, 'invalid'],
  [{ authorization: 'Digest ci' }, 'invalid'],
  [{ 'x-api-key': '' }, 'invalid'],
  [{ authorization: 'Bearer no', 'x-api-key': 'ci' }, 'invalid'],
  [{ authorization: 'Bearer ci', 'x-api-key': 'no' }, 'key:ci'],
];

describe('whose request it is', () => {
  it.each(SHOWN)('of %j: %s', (headers, name) => {
    expect(summary(start().show(headers))).toBe(name);
  });

  it('whatever else its connection has shown before', () => {
    const { show } = start();
    const connections = [{}, {}];
    fc.assert(
      fc.property(fc.nat(SHOWN.length - 1), fc.nat(1), (row, connection) => {
        const [headers, name] = SHOWN[row]!;
        expect(summary(show(headers, connections[connection]))).toBe(name);
      }),
      { numRuns: 500 },
    );
  });

  it('is asked anew for what a connection shows again: a key may have gone, come back or expired meanwhile', async () => {
    const { clock, show, configure } = start();
    const connection = {};
    const shown = () => summary(show({ authorization: 'Bearer ci' }, connection));
    expect(shown()).toBe('key:ci');
    configure({ ...SETTINGS, keys: [] });
    expect(shown()).toBe('invalid');
    configure({ ...SETTINGS, keys: [keyOf('ci', { expiresAtMs: clock.nowMs() + 1_000 })] });
    expect(shown()).toBe('key:ci');
    await clock.advance(1_000);
    expect(shown()).toBe('expired');
  });

  it('of an unknown secret where nobody has said who may do what: anybody', () => {
    const { show } = start({ ignoresUnknown: true, anonymous: { allow: ['READ'] } });
    expect(summary(show({ authorization: 'Bearer nothing' }))).toBe('anonymous');
    expect(summary(show({ authorization: 'Bearer ping-token-of-backup' }))).toBe('ping:backup');
  });

  it('of a key that expires: nobody from that moment on', async () => {
    const { clock, show, configure } = start();
    configure({ ...SETTINGS, keys: [keyOf('ci', { expiresAtMs: clock.nowMs() + 1_000 })] });
    expect(summary(show({ 'x-api-key': 'ci' }))).toBe('key:ci');
    await clock.advance(1_000);
    expect(summary(show({ 'x-api-key': 'ci' }))).toBe('expired');
  });

  it('a ping token may report its component, and nothing else', () => {
    const identity = start().show({ authorization: 'Bearer ping-token-of-backup' });
    const { scopes, selection } = (identity as { principal: Principal }).principal;
    expect([...scopes]).toEqual(['REPORT']);
    expect([selection?.takes('backup', {}), selection?.takes('backup2', {})]).toEqual([true, false]);
  });
});

describe('another configuration', () => {
  const streamOf = (identity: Identity) => {
    const stream = {
      isOpen: true,
      expel() {
        stream.isOpen = false;
      },
    };
    if (identity.ok) identity.principal.lifetime?.enter(stream);
    return stream;
  };
  const select = (...selectors: string[]) => ({ selection: parseSelection(selectors) });

  it.each<[string, AuthenticatorSettings['keys'], boolean]>([
    ['the same', [keyOf('ci')], true],
    ['the same in other words', [keyOf('ci', { allow: ['READ', 'STATUS_PAGES'] })], true],
    ['beside another', [keyOf('new'), keyOf('ci')], true],
    ['gone', [], false],
    ['under another name', [keyOf('ci', { id: 'other' })], false],
    ['with another key', [keyOf('ci', { sha256: keyOf('new').sha256 })], false],
    ['allowed less', [keyOf('ci', { allow: ['STATUS_PAGES'] })], false],
    ['allowed more', [keyOf('ci', { allow: ['ADMIN'] })], false],
    ['for some components', [keyOf('ci', select('team=a'))], false],
    ['with an end', [keyOf('ci', { expiresAtMs: 9e12 })], false],
  ])('in which a key is %s: does its stream go on?', (_name, keys, goesOn) => {
    const { show, configure } = start();
    const stream = streamOf(show({ 'x-api-key': 'ci' }));
    configure({ ...SETTINGS, keys });
    expect(stream.isOpen).toBe(goesOn);
    configure({ ...SETTINGS, keys });
    expect(stream.isOpen).toBe(goesOn);
  });

  it('ends the streams of callers without a credential only where they may do something else', () => {
    const { show, configure } = start({ anonymous: { allow: ['READ'], ...select('a=1', 'b=2') } });
    const stream = streamOf(show({}));
    configure({ ...SETTINGS, keys: [], anonymous: { allow: ['READ'], ...select('b=2', 'a=1') } });
    expect(stream.isOpen).toBe(true);
    configure({ ...SETTINGS, anonymous: { allow: [] } });
    expect(stream.isOpen).toBe(false);
  });

  it('has no timer once nobody goes on', async () => {
    const { clock, show, configure } = start();
    configure({ ...SETTINGS, keys: [keyOf('ci', { expiresAtMs: clock.nowMs() + 1e9 })] });
    streamOf(show({ 'x-api-key': 'ci' }));
    expect(clock.pendingTimers).toBe(1);
    configure({ ...SETTINGS, keys: [] });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('other instances', () => {
  const of = (id: string, secret: string) => ({ id, sha256: keyOf(secret).sha256 });

  it('may probe, and nothing else, as long as they are known', () => {
    const { authenticator, show } = start();
    const headers = { authorization: 'Bearer openk-instance-b' };
    expect(summary(show(headers))).toBe('invalid');
    authenticator.knowInstances([of('b', 'openk-instance-b')]);
    const identity = show(headers) as Identity & { readonly ok: true };
    expect(summary(identity)).toBe('instance:b');
    expect([...identity.principal.scopes]).toEqual(['PROBE']);
    expect(isInstance(identity.principal)).toBe(true);
    authenticator.configure(SETTINGS);
    authenticator.knowInstances([of('b', 'openk-instance-b'), of('c', 'openk-instance-c')]);
    expect(show(headers)).toBe(identity);
    authenticator.knowInstances([of('c', 'openk-instance-c')]);
    expect(identity.principal.lifetime?.isOver()).toBe(true);
    expect(summary(show(headers))).toBe('invalid');
    expect(authenticator.keyUses().map(({ name }) => name)).toEqual(['key:ci']);
  });

  it('are not taken for somebody without a credential before they are known', () => {
    const { show } = start({ anonymous: { allow: ['ADMIN'] }, keys: [], ignoresUnknown: true });
    expect(summary(show({ authorization: 'Bearer of somebody' }))).toBe('anonymous');
    expect(summary(show({ authorization: 'Bearer openk-instance-b' }))).toBe('invalid');
  });
});
