// Who may do what, exhaustively: every method in every way to call it, and every page, with every kind of credential, against the
// tables of docs/security.md.
import '../support/one-realm.ts';
import { createHash } from 'node:crypto';
import type { DescMethod } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JWTPayload } from 'jose';
import { type Agent, fetch } from 'undici';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { AgentService } from '../../gen/openk/agent/v1/agent_pb.ts';
import { AlertService } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { MaintenanceService } from '../../gen/openk/maintenance/v1/maintenance_pb.ts';
import { StatusPageService } from '../../gen/openk/status/v1/status_pb.ts';
import { PAGES } from '../../src/auth/policy.ts';
import { SCOPES, type Scope } from '../../src/auth/scope.ts';
import { type Certificates, type ClientCertificateOptions, createCertificates } from '../support/certs.ts';
import { AUDIENCE, type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';
import { readScopeTable, type Takes } from './scope-table.ts';
import { type Ending, openWays, type Question, type Ways } from './ways.ts';

const TABLE = readScopeTable();

interface Caller {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it is known who calls, even where they may do nothing. */
  readonly isKnown?: boolean;
  /** What makes its certificate, if it has one. */
  readonly issue?: ClientCertificateOptions;
  /** What it may do; undefined where its credential is not good. */
  readonly scopes: ReadonlySet<string> | undefined;
}

/** As docs/security.md says it. */
const INCLUDED: Readonly<Record<Scope, readonly Scope[]>> = {
  STATUS_PAGES: [],
  READ: ['STATUS_PAGES'],
  EXPLAIN: ['READ', 'STATUS_PAGES'],
  REPORT: [],
  OPERATE: [],
  PROBE: [],
  ADMIN: SCOPES,
};

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

const CALLERS: readonly Caller[] = [
  { name: 'nobody', headers: {}, scopes: new Set() },
  { name: 'a wrong key', headers: bearer('wrong'), scopes: undefined },
  { name: 'a wrong key as a header of its own', headers: { 'x-api-key': 'wrong' }, scopes: undefined },
  { name: 'another kind of credential', headers: { authorization: 'Negotiate abcd' }, scopes: undefined },
  { name: 'no secret', headers: { authorization: 'Bearer' }, scopes: undefined },
  { name: 'an expired key', headers: bearer('expired'), scopes: undefined },
  { name: 'a ping token', headers: bearer('ping-token-of-backup'), scopes: new Set(['REPORT']) },
  {
    name: 'a key as the password of Basic',
    headers: { authorization: `Basic ${Buffer.from('anybody:EXPLAIN').toString('base64')}` },
    scopes: new Set(['EXPLAIN', ...INCLUDED.EXPLAIN]),
  },
  ...SCOPES.map((scope) => ({
    name: `a key with ${scope}`,
    headers: { 'x-api-key': scope },
    scopes: new Set([scope, ...INCLUDED[scope]]),
  })),
];

const uri = (value: string): ClientCertificateOptions => ({ alternativeNames: [{ type: 'url', value }] });

const BEARERS_OF_CERTIFICATES: readonly Caller[] = [
  { name: 'nobody, over TLS', headers: {}, scopes: new Set() },
  { name: 'a certificate that says nothing here', headers: {}, issue: uri('spiffe://acme/other'), scopes: new Set() },
  {
    name: 'a certificate of another authority',
    headers: {},
    issue: { ...uri('spiffe://acme/admin'), isUntrusted: true },
    scopes: new Set(),
  },
  { name: 'a wrong key beside one', headers: bearer('wrong'), issue: uri('spiffe://acme/admin'), scopes: undefined },
  {
    name: 'a key beside one',
    headers: bearer('READ'),
    issue: uri('spiffe://acme/admin'),
    scopes: new Set(['READ', ...INCLUDED.READ]),
  },
  ...SCOPES.map((scope) => ({
    name: `a certificate with ${scope}`,
    headers: {},
    issue: uri(`spiffe://acme/${scope.toLowerCase()}`),
    scopes: new Set([scope, ...INCLUDED[scope]]),
  })),
];

/** What the provider is asked to sign, so that the token says it; its time is what is now. */
const TOKENS: readonly (Omit<Caller, 'headers'> & { readonly claims: JWTPayload; readonly header?: object })[] = [
  { name: 'an expired token', claims: { role: 'ADMIN', exp: 1_000_000_000 }, scopes: undefined },
  { name: 'a token that begins later', claims: { role: 'ADMIN', nbf: 4_000_000_000 }, scopes: undefined },
  { name: 'a token for somebody else', claims: { role: 'ADMIN', aud: 'https://other.test' }, scopes: undefined },
  { name: 'a token of another issuer', claims: { role: 'ADMIN', iss: 'https://other.test' }, scopes: undefined },
  { name: 'a token of another type', claims: { role: 'ADMIN' }, header: { typ: 'logout+jwt' }, scopes: undefined },
  { name: 'a token that no role is for', claims: { role: 'NONE' }, isKnown: true, scopes: new Set() },
  ...SCOPES.map((scope) => ({
    name: `a token with ${scope}`,
    claims: { role: scope },
    scopes: new Set([scope, ...INCLUDED[scope]]),
  })),
];

const keyEntry = (secret: string, allow: string, more = '') =>
  `    - { id: ${secret}, sha256: "${createHash('sha256').update(secret).digest('hex')}", allow: [${allow}]${more} }`;

const CONFIG = (pipeline: boolean, issuer: string, tls = '') => `
server: { pipeline: ${pipeline} }
${tls}
auth:
  keys:
${SCOPES.map((scope) => keyEntry(scope, scope)).join('\n')}
${keyEntry('expired', 'ADMIN', ', expires: 2020-02-29')}
  jwt:
    issuer: ${issuer}
    audience: ${AUDIENCE}
    roles:
${SCOPES.map((scope) => `      - { when: "claims.role == '${scope}'", allow: [${scope}] }`).join('\n')}
${tls === '' ? '' : `  mtls:\n${SCOPES.map((scope) => `    - { san: "spiffe://acme/${scope.toLowerCase()}", allow: [${scope}] }`).join('\n')}`}
components:
  - id: backup
    heartbeat: { period: 1h, ping_token: ping-token-of-backup }
status_pages:
  - { id: open, title: Open, access: UNLISTED, groups: [ { title: All, components: [ backup ] } ], embed_origins: [ "*" ] }
`;

const STATUS_PAGE_REQUESTS = {
  getStatusPage: { page: 'open' },
  watchStatusPage: { page: 'open' },
  createIncident: { title: 'Slow', pages: ['open'], text: 'We look.' },
  updateIncident: { incident: 'nosuch' },
  listIncidents: {},
};

const SUSPENSION = { selector: 'team=shop', reason: 'moving', duration: { seconds: 60n, nanos: 0 } };
const ALERT_REQUESTS: Readonly<Record<string, readonly [request: object, ends?: Ending]>> = {
  getAlert: [{ alert: 'nosuch' }, 'NotFound'],
  acknowledgeAlert: [{ alert: 'nosuch' }, 'NotFound'],
  testChannel: [{ channel: 'nosuch' }, 'NotFound'],
  createMaintenance: [SUSPENSION],
  endMaintenance: [{ id: 'nosuch' }, 'NotFound'],
  createSilence: [SUSPENSION],
  endSilence: [{ id: 'nosuch' }, 'NotFound'],
};

/** What everybody may ask about OpenK itself stands apart: the empty service name. */
const QUESTIONS: readonly (Question & { readonly isAboutItself?: boolean; readonly ends?: Ending })[] = [
  ...HealthService.methods.map((method) => ({ method, request: requestOf(method) })),
  ...StatusPageService.methods.map((method) => ({
    method,
    request: STATUS_PAGE_REQUESTS[method.localName as keyof typeof STATUS_PAGE_REQUESTS],
    ...(method.localName === 'updateIncident' && { ends: 'NotFound' as const }),
  })),
  ...[...AlertService.methods, ...MaintenanceService.methods].map((method) => {
    const [request = {}, ends = 'Ok'] = ALERT_REQUESTS[method.localName] ?? [];
    return { method, request: request as Question['request'], ends };
  }),
  ...AgentService.methods.map((method) => ({
    method,
    request:
      method.localName === 'work'
        ? { agent: 'eu-1', incarnation: 'one' }
        : { agent: 'nobody', incarnation: 'one', sequence: 1n },
    ...(method.localName === 'observe' && { ends: 'FailedPrecondition' as const }),
  })),
  ...Health.methods.map((method) => ({ method, request: method.localName === 'list' ? {} : { service: 'backup' } })),
  ...Health.methods
    .filter(({ localName }) => localName !== 'list')
    .map((method) => ({ method, request: { service: '' }, isAboutItself: true })),
];

function requestOf({ localName, input }: DescMethod): Readonly<Record<string, unknown>> {
  if (localName === 'watchHealth') return { components: ['backup'] };
  return input.fields.some(({ localName: field }) => field === 'component') ? { component: 'backup' } : {};
}

function expected(takes: Takes | undefined, { scopes, isKnown }: Caller, isAboutItself = false): Ending {
  if (takes === undefined) throw new Error('not in docs/security.md');
  // Others than the open one: tests/pages/status-routes.test.ts.
  if (takes === 'nothing' || takes === 'nothing of an open page, else STATUS_PAGES') return 'Ok';
  // Whatever else they carry: tests/pages/pings.test.ts.
  if (takes === 'a ping token in the path') return 'Ok';
  const needed = takes === 'nothing about OpenK itself, else READ' ? 'READ' : takes;
  if (needed !== takes && isAboutItself) return 'Ok';
  if (scopes === undefined) return 'Unauthenticated';
  if (scopes.has(needed)) return 'Ok';
  return scopes.size === 0 && !isKnown ? 'Unauthenticated' : 'PermissionDenied';
}

it('the tables have every page', () => {
  const documented = [...TABLE].filter(([what]) => what.startsWith('/'));
  const words = {
    OPEN: 'nothing',
    ITSELF: 'nothing',
    STATUS_PAGE: 'nothing of an open page, else STATUS_PAGES',
    PING: 'a ping token in the path',
  } as const;
  const known = Object.entries(PAGES).map(([page, access]) => [
    page.replaceAll(/:(\w+)/g, '{$1}'),
    access in words ? words[access as keyof typeof words] : access,
  ]);
  expect(documented).toEqual(known);
});

let provider: IdentityProvider;
let certificates: Certificates;
let files: TemporaryFiles;
beforeAll(async () => {
  provider = await startIdentityProvider();
  certificates = await createCertificates();
  files = createTemporaryFiles();
  files.write('ca.pem', certificates.ca);
  files.write('cert.pem', certificates.server.cert);
  files.write('key.pem', certificates.server.key);
});
afterAll(async () => {
  files.remove();
  await provider.close();
});

async function checkMethods(ways: Ways, caller: Caller): Promise<void> {
  const wrong: string[] = [];
  let calls = 0;
  for (const way of ways.all) {
    for (const question of QUESTIONS) {
      const { method, isAboutItself, ends = 'Ok' } = question;
      if (!way.takes(method)) continue;
      const name = `${method.parent.typeName}/${method.name}`;
      const ending = await way.call(question, caller.headers);
      const allowed = expected(TABLE.get(name), caller, isAboutItself);
      const right = allowed === 'Ok' ? ends : allowed;
      if (ending !== right) wrong.push(`${way.name}: ${name} is ${ending}, not ${right}`);
      calls++;
    }
  }
  expect(wrong).toEqual([]);
  expect(calls).toBeGreaterThan(90);
}

async function checkPages(address: string, dispatcher: Agent, caller: Caller): Promise<void> {
  const endings: Readonly<Record<number, Ending>> = { 401: 'Unauthenticated', 403: 'PermissionDenied' };
  const wrong: string[] = [];
  for (const [page, takes] of TABLE) {
    if (!page.startsWith('/')) continue;
    for (const method of ['GET', 'HEAD']) {
      const url = `${address}${page.replace('{page}', 'open').replace('{component}', 'backup')}`;
      const response = await fetch(url, { method, headers: caller.headers, redirect: 'manual', dispatcher });
      await response.arrayBuffer();
      const ending = endings[response.status] ?? 'Ok';
      const right = expected(takes, caller);
      if (ending !== right) wrong.push(`${method} ${page} is ${response.status}, not ${right}`);
      const challenge = response.headers.get('www-authenticate');
      if ((ending === 'Unauthenticated') !== (challenge !== null)) wrong.push(`${method} ${page}: ${challenge}`);
    }
  }
  expect(wrong).toEqual([]);
}

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let openk: RunningOpenk;
  let ways: Ways;
  beforeAll(async () => {
    openk = await runOpenk(CONFIG(pipeline, provider.issuer));
    ways = openWays(openk.address);
  });
  afterAll(async () => {
    ways.close();
    await openk.close();
  });
  const bearerOf = async ({ claims, header, ...caller }: (typeof TOKENS)[number]): Promise<Caller> => ({
    ...caller,
    headers: bearer(await provider.sign(claims, header)),
  });

  it.each(CALLERS)('methods, called by $name', (caller) => checkMethods(ways, caller));
  // Pages are served in one way, whatever answers calls, and tokens are read in one place.
  if (!pipeline) return;
  it.each(CALLERS)('pages, asked for by $name', (caller) => checkPages(openk.address, ways.agent, caller));
  it.each(TOKENS)('methods, called by $name', async (token) => checkMethods(ways, await bearerOf(token)));
  it.each(TOKENS)('pages, asked for by $name', async (token) =>
    checkPages(openk.address, ways.agent, await bearerOf(token)),
  );
});

describe.each([true, false])('pipeline: %s, over TLS', (pipeline) => {
  let openk: RunningOpenk;
  beforeAll(async () => {
    const [cert, key, ca] = ['cert', 'key', 'ca'].map((name) => files.path(`${name}.pem`));
    const tls = `tls: { cert_file: ${cert}, key_file: ${key}, client_ca_file: ${ca} }`;
    openk = await runOpenk(CONFIG(pipeline, provider.issuer, tls));
  });
  afterAll(() => openk.close());

  // Certificates are read in one place, whatever answers calls: without the pipeline one of each kind will do.
  const callers = pipeline ? BEARERS_OF_CERTIFICATES : BEARERS_OF_CERTIFICATES.slice(0, 6);
  it.each(callers)('methods and pages, by $name', async (caller) => {
    const identity = caller.issue && (await certificates.issueClient(caller.issue));
    const ways = openWays(openk.address, { ca: certificates.ca, ...identity });
    await checkMethods(ways, caller);
    if (pipeline) await checkPages(openk.address, ways.agent, caller);
    ways.close();
  });
});
