// Which keys only a start reads, as config.proto says it.
import type { DescMessage } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { ConfigSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { isReadAtStart, needsRestart } from '../../src/config/apply/restart.ts';
import { parseValid } from './support.ts';

/** Keys outside components, each with whether only a start reads it. */
function keysOf(desc: DescMessage, prefix = '', around = false): (readonly [string, boolean])[] {
  return desc.fields.flatMap((field) => {
    const readAtStart = isReadAtStart(field, around);
    const key = `${prefix}${field.name}`;
    const isMapping = field.fieldKind === 'message' && field.message.typeName.startsWith('openk.');
    return isMapping ? keysOf(field.message, `${key}.`, readAtStart) : [[key, readAtStart] as const];
  });
}

it('is every key but those of what is watched', () => {
  const reloaded = keysOf(ConfigSchema).filter(
    ([key, readAtStart]) => !readAtStart && !/^root\.(rule|slo)\./.test(key),
  );
  expect(reloaded.map(([key]) => key)).toEqual([
    'defaults.interval',
    'defaults.timeout',
    'defaults.unhealthy_threshold',
    'defaults.healthy_threshold',
    'components',
    'root.id',
    'limits.max_removed_share',
    'probes.deny_addresses',
    'auth.anonymous.allow',
    'auth.anonymous.select',
    'auth.keys',
    'auth.jwt.issuer',
    'auth.jwt.audience',
    'auth.jwt.algorithms',
    'auth.jwt.jwks_uri',
    'auth.jwt.clock_skew',
    'auth.jwt.roles',
    'auth.oidc.issuer',
    'auth.oidc.client_id',
    'auth.oidc.client_secret',
    'auth.oidc.public_url',
    'auth.oidc.scopes',
    'auth.oidc.session',
    'auth.oidc.session_keys',
    'auth.oidc.roles',
    'auth.oidc.refresh',
    'auth.mtls',
    'auth.proxy_user.header',
    'auth.proxy_user.groups_header',
    'auth.proxy_user.roles',
    'status_pages',
    'alerts.channels',
    'alerts.routes',
    'alerts.deny_addresses',
    'alerts.watchdog.url',
    'alerts.watchdog.every',
    'observer.witnesses',
    'observer.quorum',
    'discovery',
  ]);
});

describe('a change of', () => {
  it.each([
    ['', '', []],
    ['listen: 127.0.0.1:1', 'listen: 127.0.0.1:2', ['listen']],
    ['listen: 127.0.0.1:1', '', ['listen']],
    ['storage: { url: "memory:" }', '', ['storage.url']],
    ['', 'storage: { retention: { days: 48h } }', ['storage.retention.days']],
    ['drain_timeout: 1s', 'drain_timeout: 1000ms', []],
    ['drain_timeout: 1s', 'drain_timeout: 2s', ['drain_timeout']],
    ['cors: { allowed_origins: ["https://a"] }', 'cors: { allowed_origins: ["https://b"] }', ['cors.allowed_origins']],
    ['', 'server: { reflection: false }', ['server.reflection']],
    ['', 'instance: { place: eu }', ['instance.place']],
    ['', 'limits: { connections: 7, max_removed_share: 0.5 }', ['limits.connections']],
    ['', 'defaults: { interval: 7s }\nprobes: { deny_addresses: [] }\nroot: { id: all }', []],
  ])('%s to %s', (before, after, keys) => {
    const written = (text: string) => parseValid(`components: []\n${text}`).written;
    expect(needsRestart(written(before), written(after))).toEqual(keys);
  });
});
