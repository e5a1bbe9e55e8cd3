// Client certificates as credentials, at a whole OpenK over HTTP/1.1 and HTTP/2, and users that a login proxy names.
import '../support/one-realm.ts';
import { rename } from 'node:fs/promises';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Agent, fetch, type RequestInit } from 'undici';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import {
  type Certificates,
  type ClientCertificateOptions,
  createCertificates,
  type Identity,
} from '../support/certs.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';

let certificates: Certificates;
let files: TemporaryFiles;
let openk: RunningOpenk;
const closes: (() => Promise<void> | void)[] = [];

beforeAll(async () => {
  certificates = await createCertificates();
  files = createTemporaryFiles();
  const { ca, server } = certificates;
  files.write('ca.pem', ca);
  files.write('cert.pem', server.cert);
  files.write('key.pem', server.key);
});
afterAll(() => files.remove());
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
  await openk.close();
});

const BACKUP = 'spiffe://acme/backup';
const config = (
  mtls = `[ { san: "${BACKUP}", allow: [READ], select: ["id=nightly"] }, { san: ci.example, allow: [ADMIN] } ]`,
  tls = '',
) => `
tls: { cert_file: ${files.path('cert.pem')}, key_file: ${files.path('key.pem')}, client_ca_file: ${files.path('ca.pem')} ${tls} }
auth: { mtls: ${mtls}, keys: [ { id: k, sha256: "${'0'.repeat(64)}", allow: [READ] } ] }
components: [ { id: nightly, heartbeat: { period: 1h } } ]
`;

const withUri = (value: string, options: Partial<ClientCertificateOptions> = {}) =>
  certificates.issueClient({ alternativeNames: [{ type: 'url', value }], ...options });

/** The status of REST, or the failure of the connection. */
async function status(path: string, identity: Identity | undefined, allowH2: boolean, init: RequestInit = {}) {
  const dispatcher = new Agent({ allowH2, connect: { ca: certificates.ca, ...identity } });
  try {
    const answer = await fetch(`${openk.address}${path}`, { ...init, dispatcher });
    await answer.text();
    return answer.status;
  } catch {
    return 'no connection';
  } finally {
    await dispatcher.close();
  }
}

describe.each([
  ['HTTP/1.1', false],
  ['HTTP/2', true],
])('over %s', (_name, allowH2) => {
  it('a name that the authority has signed is a credential, and nothing else is', async () => {
    openk = await runOpenk(config());
    const ask = (path: string, identity?: Identity, init?: RequestInit) => status(path, identity, allowH2, init);
    const backup = await withUri(BACKUP);
    expect(await ask('/v1/components/nightly/health', backup)).toBe(200);
    expect(await ask('/v1/components/nightly:explain', backup)).toBe(403);
    expect(await ask('/metrics', backup)).toBe(200);
    expect(await ask('/v1/components/nightly/health')).toBe(401);
    expect(await ask('/livez')).toBe(200);
    expect(await ask('/v1/components/nightly/health', await withUri(`${BACKUP}/x`))).toBe(401);
    expect(await ask('/v1/components/nightly/health', await withUri(BACKUP, { isUntrusted: true }))).toBe(401);
    // Whoever shows a wrong key is not taken for the bearer of his certificate.
    const headers = { authorization: 'Bearer wrong' };
    expect(await ask('/v1/components/nightly/health', backup, { headers })).toBe(401);
  });

  it('may still be required', async () => {
    openk = await runOpenk(config(undefined, ', client_certificates: REQUIRED'));
    expect(await status('/livez', undefined, allowH2)).toBe('no connection');
    expect(await status('/v1/components/nightly/health', await withUri(BACKUP), allowH2)).toBe(200);
  });
});

/** The error that a stream over gRPC ends with. */
async function follow(identity: Identity, onOpen = () => {}): Promise<ConnectError> {
  const sessionManager = new Http2SessionManager(openk.address, undefined, { ca: certificates.ca, ...identity });
  closes.push(() => sessionManager.abort());
  const transport = createGrpcTransport({ baseUrl: openk.address, sessionManager });
  try {
    for await (const _ of createClient(HealthService, transport).watchHealth({})) onOpen();
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new Error('it ended without an error');
}

it('a stream ends with the certificate', async () => {
  openk = await runOpenk(config());
  const error = await follow(await withUri(BACKUP, { notAfter: new Date(Date.now() + 3000) }));
  expect(error.code).toBe(Code.Unauthenticated);
});

it('a stream goes on over reloads and renewals, and ends with its grant', async () => {
  openk = await runOpenk(config());
  const opened = Promise.withResolvers<void>();
  let isOver = false;
  const ended = follow(await withUri(BACKUP), opened.resolve).finally(() => {
    isOver = true;
  });
  await opened.promise;
  const renewed = await certificates.issueServer({});
  for (const [name, text] of [
    ['key.pem', renewed.key],
    ['cert.pem', renewed.cert],
  ] as const) {
    await rename(files.write('next', text), files.path(name));
  }
  await openk.reload();
  expect(await status('/v1/components/nightly/health', await withUri(BACKUP), true)).toBe(200);
  expect(await status('/v1/components/nightly/health', await withUri(BACKUP, { isUntrusted: true }), true)).toBe(401);
  expect(isOver).toBe(false);
  await openk.reloadWith(config('[ { san: other, allow: [READ] } ]'));
  expect((await ended).code).toBe(Code.Unauthenticated);
});

describe('users that a login proxy names', () => {
  const proxied = (trusted: string) => `
server: { trusted_proxies: ["${trusted}"] }
auth:
  proxy_user:
    header: Remote-User
    groups_header: Remote-Groups
    roles:
      - { when: "'sre' in claims.groups", allow: [EXPLAIN] }
      - { when: "claims.user == 'bob'", allow: [READ] }
components: [ { id: a, heartbeat: { period: 1h } } ]
`;
  const ask = (path: string, headers: Record<string, string>) => status(path, undefined, false, { headers });

  it('are believed of a proxy that is trusted', async () => {
    openk = await runOpenk(proxied('127.0.0.0/8'));
    expect(await ask('/v1/components/a:explain', { 'remote-user': 'alice', 'remote-groups': 'dev, sre' })).toBe(200);
    expect(await ask('/v1/components/a:explain', { 'remote-user': 'bob' })).toBe(403);
    expect(await ask('/v1/health', { 'Remote-User': 'bob' })).toBe(200);
    expect(await ask('/metrics', { 'Remote-User': 'bob' })).toBe(200);
    expect(await ask('/v1/health', { 'remote-user': 'carol' })).toBe(403);
    expect(await ask('/v1/health', { 'remote-user': 'bob, alice' })).toBe(401);
    expect(await ask('/v1/health', { 'remote-user': 'bob', authorization: 'Bearer wrong' })).toBe(401);
    expect(await ask('/v1/health', {})).toBe(401);
  });

  it('are nobody where anybody else names them', async () => {
    openk = await runOpenk(proxied('192.0.2.1'));
    expect(await ask('/v1/health', { 'remote-user': 'bob', 'x-forwarded-for': '192.0.2.1' })).toBe(401);
  });
});
