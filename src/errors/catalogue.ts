// The one catalogue of the errors that callers can get, whatever answers them: an entry says how it is coded, worded and
// documented. `refusal` (to-connect.ts) makes an error of it; to-http.ts says its status; docs/api.md lists it.
import { Code } from '@connectrpc/connect';

/** As long as a component id can be; longer text from a caller is cut before it is repeated to them. */
const MAX_ECHO_CHARS = 128;
const MAX_PATH_CHARS = 256;
const MAX_DESCRIPTION_CHARS = 200;
const MAX_NAMES = 5;

/** What is wrong with one field of a request. */
export interface Violation {
  /** Path of the field with names as in the .proto, for example `components[3]`. Empty: the message as a whole. */
  readonly field: string;
  readonly description: string;
  /** For programs: the rule that does not hold, UPPER_SNAKE_CASE. */
  readonly reason?: string;
}

/** One kind of error. `Params` is what the message says beyond the kind. */
export interface ErrorKind<Params> {
  readonly code: Code;
  /** HTTP status, where it is not that of the code (to-http.ts). */
  readonly httpStatus?: number;
  /** For the documentation: when it comes. */
  readonly when: string;
  /** For people: what is wrong, where, and what to do. Holds no secret. */
  readonly message: (params: Params) => string;
  /** For programs: lowerCamelCase keys. */
  readonly metadata?: Readonly<Record<string, (params: Params) => string>>;
  /** For invalid input. */
  readonly violations?: (params: Params) => readonly Violation[];
  /** Where waiting helps: how long, in milliseconds. */
  readonly retryAfterMs?: (params: Params) => number;
  /** Headers that HTTP has for it. */
  readonly headers?: (params: Params) => Readonly<Record<string, string>>;
}

/** Every reason and its parameters. */
export interface ErrorParams {
  readonly COMPONENT_NOT_FOUND: { readonly components: readonly string[] };
  readonly STATUS_PAGE_NOT_FOUND: { readonly page: string };
  readonly INCIDENT_NOT_FOUND: { readonly incident: string };
  readonly INCIDENT_NOT_KEPT: Record<never, never>;
  readonly ALERT_NOT_FOUND: { readonly alert: string };
  readonly ALERT_RESOLVED: { readonly alert: string };
  readonly CHANNEL_NOT_FOUND: { readonly channel: string };
  readonly SUSPENSION_NOT_FOUND: { readonly noun: string; readonly id: string };
  readonly SELECTOR_TOO_WIDE: { readonly selector: string };
  readonly TOO_MANY_SUSPENSIONS: { readonly limit: number };
  readonly CHANGE_NOT_KEPT: { readonly what: string };
  readonly INVALID_REQUEST: { readonly violations: readonly Violation[] };
  readonly INVALID_PAGE_TOKEN: Record<never, never>;
  readonly INVALID_LABEL_SELECTOR: { readonly index: number; readonly selector: string };
  readonly REVISION_IN_THE_FUTURE: { readonly sinceRevision: bigint; readonly revision: number };
  readonly NOT_A_HEARTBEAT: { readonly component: string; readonly kind: string };
  readonly TOO_MANY_REPORTS: { readonly limit: string; readonly perSecond: number; readonly waitMs: number };
  readonly TOO_MANY_CALLS: { readonly limit: string; readonly perSecond: number; readonly waitMs: number };
  readonly STORAGE_UNAVAILABLE: { readonly component: string };
  readonly TOO_BUSY: Record<never, never>;
  readonly LIST_TOO_LARGE: { readonly components: number; readonly limit: number };
  readonly STEP_TOO_FINE: { readonly finestStep: string };
  readonly TOO_MANY_BUCKETS: { readonly buckets: number; readonly limit: number };
  readonly HISTORY_UNAVAILABLE: Record<never, never>;
  readonly SHUTTING_DOWN: Record<never, never>;
  readonly INSTANCE_STANDS_BY: { readonly heldBy: string };
  readonly INSTANCE_BEHIND: { readonly behindMs: number };
  readonly AGENT_UNKNOWN: { readonly agent: string };
  readonly AGENT_REPLACED: { readonly agent: string };
  readonly AGENT_ID_TAKEN: { readonly agent: string };
  readonly TOO_MANY_AGENTS: Record<never, never>;
  readonly CLEARTEXT_REFUSED: Record<never, never>;
  readonly INTERNAL: { readonly id: string };
  readonly PATH_NOT_FOUND: { readonly method: string; readonly path: string };
  readonly METHOD_NOT_ALLOWED: { readonly method: string; readonly path: string; readonly allowed: readonly string[] };
  readonly UNSUPPORTED_CONTENT_TYPE: {
    readonly contentType: string | undefined;
    readonly accepted: readonly string[];
  };
  readonly UNSUPPORTED_CONTENT_ENCODING: { readonly encoding: string; readonly accepted: readonly string[] };
  readonly UNSUPPORTED_MESSAGE_ENCODING: { readonly encoding: string | undefined };
  readonly BODY_TOO_LARGE: { readonly maxBytes: number };
  readonly PATH_TOO_LONG: Record<never, never>;
  readonly HEADERS_TOO_LARGE: Record<never, never>;
  readonly REQUEST_TIMEOUT: Record<never, never>;
  readonly BAD_REQUEST: { readonly fault: string };
  readonly INVALID_TARGET: { readonly fault: string };
  readonly HOST_NOT_ALLOWED: { readonly host: string };
  readonly FOREIGN_PAGE: { readonly origin: string | undefined };
  readonly CREDENTIALS_MISSING: { readonly scope: string };
  readonly CREDENTIALS_INVALID: Record<never, never>;
  readonly CREDENTIALS_EXPIRED: Record<never, never>;
  readonly CREDENTIALS_UNVERIFIABLE: Record<never, never>;
  readonly SCOPE_MISSING: { readonly scope: string; readonly principal: string };
}

export type ErrorReason = keyof ErrorParams;

const PAGE_TOKEN_MESSAGE =
  'not a page token of this list: pass next_page_token of the page before as it is, with the same filters, or leave it out to start again';
const SELECTOR_MESSAGE = 'not a label selector: write team=payments, team!=payments, or team for any value';

export const ERROR_CATALOGUE: { readonly [Reason in ErrorReason]: ErrorKind<ErrorParams[Reason]> } = {
  COMPONENT_NOT_FOUND: {
    code: Code.NotFound,
    when: 'no component has this id',
    message: ({ components }) =>
      `there is no component ${names(components)}: ListComponents tells which components there are`,
    metadata: { component: ({ components }) => clip(components[0] ?? '', MAX_ECHO_CHARS) },
  },
  STATUS_PAGE_NOT_FOUND: {
    code: Code.NotFound,
    when: 'no status page has this id, or it is PRIVATE and the caller may not see it',
    message: ({ page }) => `there is no status page ${JSON.stringify(clip(page, MAX_ECHO_CHARS))}`,
  },
  INCIDENT_NOT_FOUND: {
    code: Code.NotFound,
    when: 'no incident has this id',
    message: ({ incident }) => `there is no incident ${JSON.stringify(clip(incident, MAX_ECHO_CHARS))}`,
  },
  INCIDENT_NOT_KEPT: {
    code: Code.Unavailable,
    when: 'an incident cannot be stored at present',
    message: () =>
      'the incident cannot be kept at present, and nothing has changed: try again; the log of the server says why',
    retryAfterMs: () => 1000,
  },
  ALERT_NOT_FOUND: {
    code: Code.NotFound,
    when: 'no alert has this id, or it is over and not kept any more',
    message: ({ alert }) => `there is no alert ${quote(alert)}: ListAlerts tells which alerts there are`,
  },
  ALERT_RESOLVED: {
    code: Code.FailedPrecondition,
    when: 'the alert is over',
    message: ({ alert }) => `alert ${quote(alert)} is resolved: there is nothing left to take care of`,
  },
  CHANNEL_NOT_FOUND: {
    code: Code.NotFound,
    when: 'the configuration has no channel with this id',
    message: ({ channel }) => `there is no channel ${quote(channel)}: alerts.channels of the configuration lists those`,
  },
  SUSPENSION_NOT_FOUND: {
    code: Code.NotFound,
    when: 'no silence, or no maintenance, has this id, or it is over',
    message: ({ noun, id }) => `there is no ${noun} ${quote(id)} that is not over`,
  },
  SELECTOR_TOO_WIDE: {
    code: Code.PermissionDenied,
    when: 'what the selector takes may be more than there is for the caller (`select`)',
    message: ({ selector }) =>
      `the selector ${quote(selector)} may take components that do not exist for you: add what your credential is limited to, as in ${quote(`${selector},team=shop`)}`,
  },
  TOO_MANY_SUSPENSIONS: {
    code: Code.ResourceExhausted,
    when: 'too many silences, or too much maintenance, that is not over',
    message: ({ limit }) => `there are ${limit} already that are not over, and that is the most: end some first`,
    metadata: { limit: ({ limit }) => String(limit) },
  },
  CHANGE_NOT_KEPT: {
    code: Code.Unavailable,
    when: 'an acknowledgement, a silence or maintenance counts, and cannot be stored at present',
    message: ({ what }) =>
      `${what} counts from now on, but it cannot be kept at present, and a restart would lose it; the log of the server says why`,
  },
  INVALID_REQUEST: {
    code: Code.InvalidArgument,
    when: 'the message cannot be read, or breaks a rule of its fields',
    message: ({ violations }) => `the request is not valid: ${violationText(violations)}`,
    violations: ({ violations }) => violations,
  },
  INVALID_PAGE_TOKEN: {
    code: Code.InvalidArgument,
    when: '`page_token` is not from a page of this list with these filters',
    message: () => `page_token: ${PAGE_TOKEN_MESSAGE}`,
    violations: () => [{ field: 'page_token', description: PAGE_TOKEN_MESSAGE }],
  },
  INVALID_LABEL_SELECTOR: {
    code: Code.InvalidArgument,
    when: 'a `label` is not a selector',
    message: ({ index, selector }) =>
      `label[${index}]: ${JSON.stringify(clip(selector, MAX_ECHO_CHARS))} is ${SELECTOR_MESSAGE}`,
    violations: ({ index }) => [{ field: `label[${index}]`, description: SELECTOR_MESSAGE }],
  },
  REVISION_IN_THE_FUTURE: {
    code: Code.InvalidArgument,
    when: '`since_revision` is above the latest revision',
    message: ({ sinceRevision, revision }) =>
      `since_revision: ${sinceRevision} was never given, the latest revision is ${revision}: start again with a snapshot (since_revision 0)`,
    metadata: { revision: ({ revision }) => String(revision) },
    violations: ({ revision }) => [
      { field: 'since_revision', description: `must not be above ${revision}, the latest revision` },
    ],
  },
  NOT_A_HEARTBEAT: {
    code: Code.FailedPrecondition,
    when: 'a report for a component of another kind',
    message: ({ component, kind }) =>
      `component "${component}" is of kind ${kind}: only components of kind heartbeat take reports`,
    metadata: { component: ({ component }) => component, kind: ({ kind }) => kind },
  },
  TOO_MANY_REPORTS: {
    code: Code.ResourceExhausted,
    when: 'more reports than `limits` allow',
    message: ({ limit, perSecond }) =>
      `too many reports: ${perSecond} a second are taken (limits.${limit}), and ten seconds' worth at once. A report that makes the status worse is always taken`,
    metadata: { limit: ({ limit }) => `limits.${limit}`, perSecond: ({ perSecond }) => String(perSecond) },
    retryAfterMs: ({ waitMs }) => Math.ceil(waitMs),
  },
  TOO_MANY_CALLS: {
    code: Code.ResourceExhausted,
    when: 'more calls than `limits` allow',
    message: ({ limit, perSecond }) =>
      `too many calls: ${perSecond} a second are taken (limits.${limit}), and ten seconds' worth at once`,
    metadata: { limit: ({ limit }) => `limits.${limit}`, perSecond: ({ perSecond }) => String(perSecond) },
    retryAfterMs: ({ waitMs }) => Math.ceil(waitMs),
  },
  STORAGE_UNAVAILABLE: {
    code: Code.Unavailable,
    when: 'a report counts, and cannot be stored at present',
    message: ({ component }) =>
      `the report on "${component}" counts from now on, but it cannot be kept at present, and a restart would lose it: report again; the log of the server says why`,
    metadata: { component: ({ component }) => component },
    retryAfterMs: () => 1_000,
  },
  TOO_BUSY: {
    code: Code.ResourceExhausted,
    when: 'too many costly questions wait',
    message: () => 'too many questions that take long to answer are waiting: ask again later',
    retryAfterMs: () => 1_000,
  },
  LIST_TOO_LARGE: {
    code: Code.ResourceExhausted,
    when: '`grpc.health.v1` List with more components than `limits.grpc_health_list`',
    message: ({ components, limit }) =>
      `there are ${components} components and List answers ${limit} at the most (limits.grpc_health_list): use Check or Watch by name, or openk.health.v1 ListComponents`,
    metadata: { components: ({ components }) => String(components), limit: ({ limit }) => String(limit) },
  },
  STEP_TOO_FINE: {
    code: Code.InvalidArgument,
    when: '`step` is finer than what is kept of that time',
    message: ({ finestStep }) =>
      `step: nothing this fine is kept of that time: ask for a multiple of ${finestStep}, or for a later time`,
    metadata: { finestStep: ({ finestStep }) => finestStep },
    violations: ({ finestStep }) => [
      { field: 'step', description: `must be a multiple of ${finestStep} for a time so long ago` },
    ],
  },
  TOO_MANY_BUCKETS: {
    code: Code.InvalidArgument,
    when: 'the answer would be too long',
    message: ({ buckets, limit }) =>
      `the answer would have ${buckets} buckets and ${limit} is the most: ask for a longer step, a shorter time, or fewer components`,
    metadata: { buckets: ({ buckets }) => String(buckets), limit: ({ limit }) => String(limit) },
    violations: ({ limit }) => [{ field: 'step', description: `must give at most ${limit} buckets in all` }],
  },
  HISTORY_UNAVAILABLE: {
    code: Code.Unavailable,
    when: 'the storage cannot be read',
    message: () => 'history cannot be read now: ask again later; the log of the server says why',
    retryAfterMs: () => 1_000,
  },
  SHUTTING_DOWN: {
    code: Code.Unavailable,
    when: 'the server drains',
    message: () => 'the server is shutting down: connect again',
    retryAfterMs: () => 1_000,
  },
  INSTANCE_STANDS_BY: {
    code: Code.Unavailable,
    when: 'a change is asked of an instance that stands by; nothing has changed',
    message: ({ heldBy }) =>
      `this instance stands by, and ${heldBy} decides: ask again, of that one or of whoever decides then`,
    retryAfterMs: () => 1_000,
  },
  AGENT_UNKNOWN: {
    code: Code.FailedPrecondition,
    when: 'an agent says what it has seen and has no stream of work, or was silent for too long',
    message: ({ agent }) => `agent ${quote(agent)} is not known any more: ask for work again`,
  },
  AGENT_REPLACED: {
    code: Code.Aborted,
    when: 'another agent of the same id has come',
    message: ({ agent }) => `another agent ${quote(agent)} has come: each agent has an id of its own`,
  },
  AGENT_ID_TAKEN: {
    code: Code.AlreadyExists,
    when: 'an agent with another credential, or the instance itself, has this id',
    message: ({ agent }) => `somebody else is ${quote(agent)}: each agent has an id of its own`,
  },
  TOO_MANY_AGENTS: {
    code: Code.ResourceExhausted,
    when: 'as many agents as there may be are there',
    message: () => 'there are as many agents as there may be',
  },
  CLEARTEXT_REFUSED: {
    code: Code.PermissionDenied,
    when: 'an agent on another machine comes in cleartext, and agents.allow_cleartext does not say that it may',
    message: () =>
      'what agents learn is secret, and this connection is in cleartext: use https://, or set agents.allow_cleartext where the network itself encrypts',
  },
  INSTANCE_BEHIND: {
    code: Code.Unavailable,
    when: 'an instance that stands by, or may have been taken over, does not know yet what is to be gone on from, or knows nothing new for long',
    message: ({ behindMs }) =>
      `what this instance knows is ${Math.ceil(behindMs / 1000)}s old: connect again, here or to another instance`,
    retryAfterMs: () => 250,
  },
  INTERNAL: {
    code: Code.Internal,
    when: 'a defect of OpenK, whose `id` stands in its log; without an `id`: a compressed message that does not name its compression',
    message: ({ id }) => `internal error ${id}`,
    metadata: { id: ({ id }) => id },
  },
  PATH_NOT_FOUND: {
    code: Code.NotFound,
    when: 'nothing is served at this path',
    message: ({ method, path }) => `there is nothing at ${method} ${clip(path, MAX_PATH_CHARS)}`,
    metadata: { method: ({ method }) => method, path: ({ path }) => clip(path, MAX_PATH_CHARS) },
  },
  METHOD_NOT_ALLOWED: {
    code: Code.Unimplemented,
    httpStatus: 405,
    when: 'the path does not take this HTTP method',
    message: ({ method, path, allowed }) =>
      `${clip(path, MAX_PATH_CHARS)} does not take ${method}: use ${allowed.join(', ')}`,
    metadata: { method: ({ method }) => method, allow: ({ allowed }) => allowed.join(', ') },
    headers: ({ allowed }) => ({ allow: allowed.join(', ') }),
  },
  UNSUPPORTED_CONTENT_TYPE: {
    code: Code.InvalidArgument,
    httpStatus: 415,
    when: 'the body is of a type that the path does not take',
    message: ({ contentType, accepted }) =>
      `Content-Type is ${contentType ? quote(contentType) : 'missing'}: send ${anyOf(accepted)}`,
    metadata: {
      contentType: ({ contentType = '' }) => clip(contentType, MAX_ECHO_CHARS),
      accepted: ({ accepted }) => accepted.join(', '),
    },
    headers: ({ accepted }) => ({ 'accept-post': accepted.join(', ') }),
  },
  UNSUPPORTED_CONTENT_ENCODING: {
    code: Code.InvalidArgument,
    httpStatus: 415,
    when: 'the body is compressed in a way that is not known',
    message: ({ encoding, accepted }) =>
      `Content-Encoding is ${quote(encoding)}: send ${anyOf(accepted)}, or the body as it is`,
    metadata: {
      encoding: ({ encoding }) => clip(encoding, MAX_ECHO_CHARS),
      accepted: ({ accepted }) => accepted.join(', '),
    },
    headers: ({ accepted }) => ({ 'accept-encoding': accepted.join(', ') }),
  },
  UNSUPPORTED_MESSAGE_ENCODING: {
    code: Code.InvalidArgument,
    httpStatus: 415,
    when: 'a Connect GET whose `encoding` is missing or unknown',
    message: ({ encoding }) =>
      `the query parameter encoding is ${encoding ? quote(encoding) : 'missing'}: use json or proto, with the request in the parameter message`,
    metadata: { encoding: ({ encoding = '' }) => clip(encoding, MAX_ECHO_CHARS) },
  },
  BODY_TOO_LARGE: {
    code: Code.ResourceExhausted,
    httpStatus: 413,
    when: 'the body of a REST request is above `limits.request_bytes`',
    message: ({ maxBytes }) => `the body is larger than ${maxBytes} bytes`,
    metadata: { maxBytes: ({ maxBytes }) => String(maxBytes) },
  },
  PATH_TOO_LONG: {
    code: Code.InvalidArgument,
    httpStatus: 414,
    when: 'a segment of the path is too long',
    message: () => 'a segment of the path is longer than any that is served',
  },
  HEADERS_TOO_LARGE: {
    code: Code.InvalidArgument,
    httpStatus: 431,
    when: 'the request line and the headers are above 16 KiB',
    message: () =>
      'the request line and the headers are larger than 16 KiB: send a long list in the body of a POST (/v1/health:watch, /v1/components:list, or any method by Connect)',
  },
  REQUEST_TIMEOUT: {
    code: Code.DeadlineExceeded,
    httpStatus: 408,
    when: 'the request did not arrive in time',
    message: () => 'the request was not complete in time',
  },
  BAD_REQUEST: {
    code: Code.InvalidArgument,
    when: 'the request is not valid HTTP, or no preflight where CORS expects one',
    message: ({ fault }) => clipDescription(fault),
  },
  INVALID_TARGET: {
    code: Code.InvalidArgument,
    when: 'the request names no host, or no path of a URL',
    message: ({ fault }) => fault,
  },
  HOST_NOT_ALLOWED: {
    // For gRPC, whose table of HTTP statuses has no 421: not UNAVAILABLE, which clients would try again for ever.
    code: Code.PermissionDenied,
    httpStatus: 421,
    when: 'the host is not in `server.allowed_hosts`',
    message: ({ host }) =>
      `${quote(host)} is not a host that this server answers for: server.allowed_hosts lists those`,
    metadata: { host: ({ host }) => clip(host, MAX_ECHO_CHARS) },
  },
  FOREIGN_PAGE: {
    code: Code.PermissionDenied,
    when: 'a browser sends it for a page of another site',
    message: ({ origin }) =>
      `a web page of ${origin === undefined ? 'another site' : quote(origin)} may not send this: cors.allowed_origins lists those that may`,
    metadata: { origin: ({ origin = '' }) => clip(origin, MAX_ECHO_CHARS) },
  },
  CREDENTIALS_MISSING: {
    code: Code.Unauthenticated,
    when: 'callers without a credential may not do this',
    message: ({ scope }) =>
      `this takes the scope ${scope}, which callers without a credential do not have here: send Authorization: Bearer with an API key or a token`,
    metadata: { scope: ({ scope }) => scope },
    headers: challenge,
  },
  CREDENTIALS_INVALID: {
    code: Code.Unauthenticated,
    when: 'the credential is none that is known here',
    message: () => 'the credential of the request is not valid here',
    headers: challenge,
  },
  CREDENTIALS_EXPIRED: {
    code: Code.Unauthenticated,
    when: 'the credential has expired or was taken back; streams that are open in its name end too',
    message: () => 'the credential of the request is no longer valid: call again with a new one',
    headers: challenge,
  },
  CREDENTIALS_UNVERIFIABLE: {
    code: Code.Unavailable,
    when: 'the identity provider cannot be asked for its keys',
    message: () =>
      'whether the token is valid cannot be found out at present: ask again later; the log of the server says why',
    retryAfterMs: () => 5_000,
  },
  SCOPE_MISSING: {
    code: Code.PermissionDenied,
    when: 'the credential does not have the scope that this takes',
    message: ({ scope, principal }) => `${quote(principal)} does not have the scope ${scope}, which this takes`,
    metadata: { scope: ({ scope }) => scope },
  },
};

/** RFC 6750, section 3. */
function challenge(): Readonly<Record<string, string>> {
  return { 'www-authenticate': 'Bearer realm="openk"' };
}

/**
 * What the libraries of the protocols refuse by themselves has the name of its code as the reason, and words of its own:
 * when that comes, for the documentation.
 */
export const LIBRARY_REFUSALS: ReadonlyMap<Code, string> = new Map([
  [Code.Canceled, 'the caller went away, or gave up'],
  [Code.InvalidArgument, 'a header, an envelope or base64 that cannot be read'],
  [Code.DeadlineExceeded, "the caller's deadline has passed"],
  [Code.ResourceExhausted, 'a message above `limits.request_bytes`'],
  [Code.Unimplemented, 'there is no such method, no such compression, or not exactly one message'],
]);

/** The first fault in full, the number of the others: the details have them. */
function violationText(violations: readonly Violation[]): string {
  const [first, ...others] = violations;
  if (first === undefined) return 'it breaks a rule of its schema';
  const where = first.field === '' ? '' : `${first.field}: `;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${where}${clipDescription(first.description)}${more}`;
}

function names(ids: readonly string[]): string {
  const shown = ids.slice(0, MAX_NAMES).map(quote);
  const more = ids.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` (and ${more} more)` : ''}`;
}

function quote(text: string): string {
  return JSON.stringify(clip(text, MAX_ECHO_CHARS));
}

function anyOf(values: readonly string[]): string {
  return values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`;
}

/** As long as a violation may be in the details of an error. */
export function clipDescription(text: string): string {
  return clip(text, MAX_DESCRIPTION_CHARS);
}

/** Well-formed where it is cut. */
function clip(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars).toWellFormed()}…`;
}
