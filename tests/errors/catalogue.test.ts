import { create, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import { BadRequestSchema, ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { ERROR_CATALOGUE, type ErrorParams, type ErrorReason } from '../../src/errors/catalogue.ts';
import { ERROR_DOMAIN, isCatalogued, refusal, withErrorInfo } from '../../src/errors/to-connect.ts';
import { HTTP_STATUS, httpStatusOf } from '../../src/errors/to-http.ts';
import { details } from '../rpc/support/errors.ts';

const SAMPLES: { readonly [Reason in ErrorReason]: ErrorParams[Reason] } = {
  COMPONENT_NOT_FOUND: { components: ['nosuch'] },
  STATUS_PAGE_NOT_FOUND: { page: 'nosuch' },
  INCIDENT_NOT_FOUND: { incident: 'nosuch' },
  INCIDENT_NOT_KEPT: {},
  ALERT_NOT_FOUND: { alert: 'nosuch' },
  ALERT_RESOLVED: { alert: 'mi8x2k00-1' },
  CHANNEL_NOT_FOUND: { channel: 'nosuch' },
  SUSPENSION_NOT_FOUND: { noun: 'silence', id: 'nosuch' },
  SELECTOR_TOO_WIDE: { selector: 'tier=gold' },
  TOO_MANY_SUSPENSIONS: { limit: 1_000 },
  CHANGE_NOT_KEPT: { what: 'the acknowledgement of alert "mi8x2k00-1"' },
  INVALID_REQUEST: { violations: [{ field: 'page_size', description: 'must be less than or equal to 1000' }] },
  INVALID_PAGE_TOKEN: {},
  INVALID_LABEL_SELECTOR: { index: 2, selector: '=x' },
  REVISION_IN_THE_FUTURE: { sinceRevision: 12n, revision: 11 },
  NOT_A_HEARTBEAT: { component: 'web', kind: 'http' },
  TOO_MANY_REPORTS: { limit: 'reports_per_second', perSecond: 10, waitMs: 40.5 },
  TOO_MANY_CALLS: { limit: 'calls_per_second_per_client', perSecond: 10, waitMs: 40.5 },
  STORAGE_UNAVAILABLE: { component: 'job' },
  TOO_BUSY: {},
  LIST_TOO_LARGE: { components: 101, limit: 100 },
  STEP_TOO_FINE: { finestStep: '1h' },
  TOO_MANY_BUCKETS: { buckets: 200_000, limit: 20_000 },
  HISTORY_UNAVAILABLE: {},
  SHUTTING_DOWN: {},
  INSTANCE_STANDS_BY: { heldBy: 'another OpenK, pid 77,' },
  INSTANCE_BEHIND: { behindMs: 250 },
  AGENT_UNKNOWN: { agent: 'eu-1' },
  AGENT_REPLACED: { agent: 'eu-1' },
  AGENT_ID_TAKEN: { agent: 'eu-1' },
  TOO_MANY_AGENTS: {},
  CLEARTEXT_REFUSED: {},
  INTERNAL: { id: '4711' },
  PATH_NOT_FOUND: { method: 'GET', path: '/v1/nothing' },
  METHOD_NOT_ALLOWED: { method: 'PUT', path: '/livez', allowed: ['GET', 'HEAD'] },
  UNSUPPORTED_CONTENT_TYPE: { contentType: 'text/csv', accepted: ['application/json', 'application/proto'] },
  UNSUPPORTED_CONTENT_ENCODING: { encoding: 'lz4', accepted: ['gzip', 'br'] },
  UNSUPPORTED_MESSAGE_ENCODING: { encoding: undefined },
  BODY_TOO_LARGE: { maxBytes: 1024 },
  PATH_TOO_LONG: {},
  HEADERS_TOO_LARGE: {},
  REQUEST_TIMEOUT: {},
  BAD_REQUEST: { fault: 'this is not a valid HTTP request' },
  INVALID_TARGET: { fault: 'the request names no host: send Host' },
  HOST_NOT_ALLOWED: { host: 'evil.example' },
  FOREIGN_PAGE: { origin: 'https://evil.example' },
  CREDENTIALS_MISSING: { scope: 'READ' },
  CREDENTIALS_INVALID: {},
  CREDENTIALS_EXPIRED: {},
  CREDENTIALS_UNVERIFIABLE: {},
  SCOPE_MISSING: { scope: 'REPORT', principal: 'key:ci' },
};
/** What is wrong with the HTTP request, and not with a message in it. */
const OF_THE_REQUEST: ReadonlySet<ErrorReason> = new Set([
  'UNSUPPORTED_CONTENT_TYPE',
  'UNSUPPORTED_CONTENT_ENCODING',
  'UNSUPPORTED_MESSAGE_ENCODING',
  'PATH_TOO_LONG',
  'HEADERS_TOO_LARGE',
  'BAD_REQUEST',
  'INVALID_TARGET',
]);
const REASONS = Object.keys(ERROR_CATALOGUE) as ErrorReason[];

function sample(reason: ErrorReason): ConnectError {
  return refusal(reason, SAMPLES[reason]);
}

describe('error catalogue', () => {
  it.each(REASONS)('%s has a reason by the AIP-193 pattern, an ErrorInfo and a message', (reason) => {
    const error = sample(reason);
    expect(reason).toMatch(/^[A-Z][A-Z0-9_]+[A-Z0-9]$/);
    expect(reason.length).toBeLessThanOrEqual(63);
    expect(details(error)).toMatchObject({
      code: ERROR_CATALOGUE[reason].code,
      reason,
      domain: ERROR_DOMAIN,
      infos: 1,
    });
    for (const key of Object.keys(details(error).metadata ?? {})) expect(key).toMatch(/^[a-z][a-zA-Z0-9]{0,62}$/);
    expect(error.rawMessage).toMatch(/^[a-zC"/].{8,}[^.]$/s);
    expect(ERROR_CATALOGUE[reason].when).toMatch(/^[^A-Z].{8,}[^.]$/);
    expect(httpStatusOf(error)).toBe(ERROR_CATALOGUE[reason].httpStatus ?? HTTP_STATUS[error.code]);
    expect(isCatalogued(error)).toBe(true);
  });

  it.each(REASONS)(
    '%s has BadRequest exactly where the message is invalid, RetryInfo where waiting helps',
    (reason) => {
      const { code, fields, retryDelaySeconds } = details(sample(reason));
      expect(fields !== undefined).toBe(code === Code.InvalidArgument && !OF_THE_REQUEST.has(reason));
      // What counts already is not to be sent again.
      const isUnavailable = code === Code.Unavailable && reason !== 'CHANGE_NOT_KEPT';
      const helps = isUnavailable || /^TOO_MANY_(?:REPORTS|CALLS)$|^TOO_BUSY$/.test(reason);
      expect(retryDelaySeconds !== undefined).toBe(helps);
    },
  );

  it('is well-formed, whatever a caller wrote', () => {
    const half = '\ud83d';
    const errors = [
      refusal('INVALID_REQUEST', { violations: [{ field: half, description: half }] }),
      refusal('COMPONENT_NOT_FOUND', { components: [half] }),
      withErrorInfo(new ConnectError(half, Code.InvalidArgument)),
    ];
    for (const { rawMessage } of errors) expect(rawMessage.isWellFormed()).toBe(true);
  });

  it('says what is wrong, where, and what to do', () => {
    expect(REASONS.map((reason) => sample(reason).message)).toEqual([
      '[not_found] there is no component "nosuch": ListComponents tells which components there are',
      '[not_found] there is no status page "nosuch"',
      '[not_found] there is no incident "nosuch"',
      '[unavailable] the incident cannot be kept at present, and nothing has changed: try again; the log of the server says why',
      '[not_found] there is no alert "nosuch": ListAlerts tells which alerts there are',
      '[failed_precondition] alert "mi8x2k00-1" is resolved: there is nothing left to take care of',
      '[not_found] there is no channel "nosuch": alerts.channels of the configuration lists those',
      '[not_found] there is no silence "nosuch" that is not over',
      '[permission_denied] the selector "tier=gold" may take components that do not exist for you: add what your credential is limited to, as in "tier=gold,team=shop"',
      '[resource_exhausted] there are 1000 already that are not over, and that is the most: end some first',
      '[unavailable] the acknowledgement of alert "mi8x2k00-1" counts from now on, but it cannot be kept at present, and a restart would lose it; the log of the server says why',
      '[invalid_argument] the request is not valid: page_size: must be less than or equal to 1000',
      '[invalid_argument] page_token: not a page token of this list: pass next_page_token of the page before as it is, with the same filters, or leave it out to start again',
      '[invalid_argument] label[2]: "=x" is not a label selector: write team=payments, team!=payments, or team for any value',
      '[invalid_argument] since_revision: 12 was never given, the latest revision is 11: start again with a snapshot (since_revision 0)',
      '[failed_precondition] component "web" is of kind http: only components of kind heartbeat take reports',
      "[resource_exhausted] too many reports: 10 a second are taken (limits.reports_per_second), and ten seconds' worth at once. A report that makes the status worse is always taken",
      "[resource_exhausted] too many calls: 10 a second are taken (limits.calls_per_second_per_client), and ten seconds' worth at once",
      '[unavailable] the report on "job" counts from now on, but it cannot be kept at present, and a restart would lose it: report again; the log of the server says why',
      '[resource_exhausted] too many questions that take long to answer are waiting: ask again later',
      '[resource_exhausted] there are 101 components and List answers 100 at the most (limits.grpc_health_list): use Check or Watch by name, or openk.health.v1 ListComponents',
      '[invalid_argument] step: nothing this fine is kept of that time: ask for a multiple of 1h, or for a later time',
      '[invalid_argument] the answer would have 200000 buckets and 20000 is the most: ask for a longer step, a shorter time, or fewer components',
      '[unavailable] history cannot be read now: ask again later; the log of the server says why',
      '[unavailable] the server is shutting down: connect again',
      '[unavailable] this instance stands by, and another OpenK, pid 77, decides: ask again, of that one or of whoever decides then',
      '[failed_precondition] agent "eu-1" is not known any more: ask for work again',
      '[aborted] another agent "eu-1" has come: each agent has an id of its own',
      '[already_exists] somebody else is "eu-1": each agent has an id of its own',
      '[resource_exhausted] there are as many agents as there may be',
      '[permission_denied] what agents learn is secret, and this connection is in cleartext: use https://, or set agents.allow_cleartext where the network itself encrypts',
      '[unavailable] what this instance knows is 1s old: connect again, here or to another instance',
      '[internal] internal error 4711',
      '[not_found] there is nothing at GET /v1/nothing',
      '[unimplemented] /livez does not take PUT: use GET, HEAD',
      '[invalid_argument] Content-Type is "text/csv": send one of application/json, application/proto',
      '[invalid_argument] Content-Encoding is "lz4": send one of gzip, br, or the body as it is',
      '[invalid_argument] the query parameter encoding is missing: use json or proto, with the request in the parameter message',
      '[resource_exhausted] the body is larger than 1024 bytes',
      '[invalid_argument] a segment of the path is longer than any that is served',
      '[invalid_argument] the request line and the headers are larger than 16 KiB: send a long list in the body of a POST (/v1/health:watch, /v1/components:list, or any method by Connect)',
      '[deadline_exceeded] the request was not complete in time',
      '[invalid_argument] this is not a valid HTTP request',
      '[invalid_argument] the request names no host: send Host',
      '[permission_denied] "evil.example" is not a host that this server answers for: server.allowed_hosts lists those',
      '[permission_denied] a web page of "https://evil.example" may not send this: cors.allowed_origins lists those that may',
      '[unauthenticated] this takes the scope READ, which callers without a credential do not have here: send Authorization: Bearer with an API key or a token',
      '[unauthenticated] the credential of the request is not valid here',
      '[unauthenticated] the credential of the request is no longer valid: call again with a new one',
      '[unavailable] whether the token is valid cannot be found out at present: ask again later; the log of the server says why',
      '[permission_denied] "key:ci" does not have the scope REPORT, which this takes',
    ]);
  });

  it('stays small enough for HTTP headers, whatever a caller sends', () => {
    const long = 'x'.repeat(1_000_000);
    const violations = Array.from({ length: 10_000 }, (_, index) => ({
      field: `components[${index}]`,
      description: long,
    }));
    const errors = [
      refusal('COMPONENT_NOT_FOUND', { components: [long, ...Array.from({ length: 9_999 }, () => long)] }),
      refusal('INVALID_REQUEST', { violations }),
      refusal('INVALID_LABEL_SELECTOR', { index: 0, selector: long }),
    ];
    for (const error of errors) {
      expect(error.rawMessage.length).toBeLessThan(1_200);
      const sizes = [
        ...error.findDetails(ErrorInfoSchema).map((info) => toBinary(ErrorInfoSchema, info).length),
        ...error.findDetails(BadRequestSchema).map((badRequest) => toBinary(BadRequestSchema, badRequest).length),
      ];
      expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(4_096);
    }
    expect(errors[0]?.rawMessage).toContain('(and 9995 more)');
    expect(errors[1]?.rawMessage).toContain('(and 9999 more)');
  });

  it('cuts no character in two, which no protocol could carry', () => {
    const error = refusal('COMPONENT_NOT_FOUND', { components: [`x${'😀'.repeat(1_000)}`] });
    expect(error.rawMessage.isWellFormed()).toBe(true);
    expect(details(error).metadata?.component?.isWellFormed()).toBe(true);
  });

  it('gives an error that Connect made an ErrorInfo, and keeps what it had', () => {
    const detail = { desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations: [{ field: 'x' }] }) };
    const made = new ConnectError('message too large', Code.ResourceExhausted, { 'x-kept': 'yes' }, [detail]);
    expect(isCatalogued(made)).toBe(false);
    const told = withErrorInfo(made);
    expect(details(told)).toMatchObject({ code: Code.ResourceExhausted, reason: 'RESOURCE_EXHAUSTED', fields: ['x'] });
    expect(told.rawMessage).toBe('message too large');
    expect(told.metadata.get('x-kept')).toBe('yes');
    expect(made.details).toHaveLength(1);
  });
});
