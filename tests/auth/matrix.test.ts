// Who may do what, exhaustively: every method in every way to call it, and every page, with every kind of credential, against the
// tables of docs/security.md.
import { createHash } from 'node:crypto';
import type { DescMethod } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { PAGES } from '../../src/auth/policy.ts';
import { SCOPES, type Scope } from '../../src/auth/scope.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';
import { readScopeTable, type Takes } from './scope-table.ts';
import { type Ending, openWays, type Question, type Ways } from './ways.ts';

const TABLE = readScopeTable();

interface Caller {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
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

const keyEntry = (secret: string, allow: string, more = '') =>
  `    - { id: ${secret}, sha256: "${createHash('sha256').update(secret).digest('hex')}", allow: [${allow}]${more} }`;

const CONFIG = (pipeline: boolean) => `
server: { pipeline: ${pipeline} }
auth:
  keys:
${SCOPES.map((scope) => keyEntry(scope, scope)).join('\n')}
${keyEntry('expired', 'ADMIN', ', expires: 2020-02-29')}
components:
  - id: backup
    heartbeat: { period: 1h, ping_token: ping-token-of-backup }
`;

/** What everybody may ask about OpenK itself stands apart: the empty service name. */
const QUESTIONS: readonly (Question & { readonly isAboutItself?: boolean })[] = [
  ...HealthService.methods.map((method) => ({ method, request: requestOf(method) })),
  ...Health.methods.map((method) => ({ method, request: method.localName === 'list' ? {} : { service: 'backup' } })),
  ...Health.methods
    .filter(({ localName }) => localName !== 'list')
    .map((method) => ({ method, request: { service: '' }, isAboutItself: true })),
];

function requestOf({ localName, input }: DescMethod): Readonly<Record<string, unknown>> {
  if (localName === 'watchHealth') return { components: ['backup'] };
  return input.fields.some(({ localName: field }) => field === 'component') ? { component: 'backup' } : {};
}

function expected(takes: Takes | undefined, { scopes }: Caller, isAboutItself = false): Ending {
  if (takes === undefined) throw new Error('not in docs/security.md');
  if (takes === 'nothing') return 'Ok';
  const needed = takes === 'nothing about OpenK itself, else READ' ? 'READ' : takes;
  if (needed !== takes && isAboutItself) return 'Ok';
  if (scopes === undefined) return 'Unauthenticated';
  if (scopes.has(needed)) return 'Ok';
  return scopes.size === 0 ? 'Unauthenticated' : 'PermissionDenied';
}

it('the tables have every page', () => {
  const documented = [...TABLE].filter(([what]) => what.startsWith('/'));
  const words = { OPEN: 'nothing', ITSELF: 'nothing' } as const;
  const known = Object.entries(PAGES).map(([page, access]) => [
    page.replaceAll(/:(\w+)/g, '{$1}'),
    access in words ? words[access as keyof typeof words] : access,
  ]);
  expect(documented).toEqual(known);
});

describe.each([true, false])('pipeline: %s', (pipeline) => {
  let openk: RunningOpenk;
  let ways: Ways;
  beforeAll(async () => {
    openk = await runOpenk(CONFIG(pipeline));
    ways = openWays(openk.address);
  });
  afterAll(async () => {
    ways.close();
    await openk.close();
  });

  it.each(CALLERS)('methods, called by $name', async (caller) => {
    const wrong: string[] = [];
    let calls = 0;
    for (const way of ways.all) {
      for (const question of QUESTIONS) {
        const { method, isAboutItself } = question;
        if (!way.takes(method)) continue;
        const name = `${method.parent.typeName}/${method.name}`;
        const ending = await way.call(question, caller.headers);
        const right = expected(TABLE.get(name), caller, isAboutItself);
        if (ending !== right) wrong.push(`${way.name}: ${name} is ${ending}, not ${right}`);
        calls++;
      }
    }
    expect(wrong).toEqual([]);
    expect(calls).toBeGreaterThan(90);
  });

  it.each(CALLERS)('pages, asked for by $name', async (caller) => {
    const endings: Readonly<Record<number, Ending>> = { 401: 'Unauthenticated', 403: 'PermissionDenied' };
    const wrong: string[] = [];
    for (const [page, takes] of TABLE) {
      if (!page.startsWith('/')) continue;
      for (const method of ['GET', 'HEAD']) {
        const url = `${openk.address}${page.replace('{component}', 'backup')}`;
        const response = await fetch(url, { method, headers: caller.headers, redirect: 'manual' });
        await response.arrayBuffer();
        const ending = endings[response.status] ?? 'Ok';
        const right = expected(takes, caller);
        if (ending !== right) wrong.push(`${method} ${page} is ${response.status}, not ${right}`);
        const challenge = response.headers.get('www-authenticate');
        if ((ending === 'Unauthenticated') !== (challenge !== null)) wrong.push(`${method} ${page}: ${challenge}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
