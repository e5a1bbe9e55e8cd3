// The one catalogue of the errors that callers can get from the API. Every entry becomes a ConnectError with google.rpc
// details here and nowhere else, so that Connect, gRPC and REST all tell the same.
import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import {
  type BadRequest_FieldViolation,
  BadRequest_FieldViolationSchema,
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import { formatDuration } from '../config/duration.ts';
import { codeName } from './code-name.ts';

/** Domain of every `google.rpc.ErrorInfo` of OpenK. */
export const ERROR_DOMAIN = 'openk.dev';

/**
 * Violations that one error names at the most. Details travel in HTTP headers under gRPC, and clients refuse more than
 * about 8 KiB of them.
 */
const MAX_VIOLATIONS = 16;
const MAX_NAMES = 5;
/** As long as a component id can be; longer text from a caller is cut before it is repeated to them. */
const MAX_ECHO_CHARS = 128;
const MAX_DESCRIPTION_CHARS = 200;

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
  /** For people: what is wrong, where, and what to do. Holds no secret. */
  readonly message: (params: Params) => string;
  /** For programs: lowerCamelCase keys. */
  readonly metadata?: (params: Params) => Readonly<Record<string, string>>;
  /** For invalid input. */
  readonly violations?: (params: Params) => readonly Violation[];
  /** Where waiting helps: how long, in milliseconds. */
  readonly retryAfterMs?: (params: Params) => number;
}

/** Every reason and its parameters. */
export interface ErrorParams {
  readonly COMPONENT_NOT_FOUND: { readonly components: readonly string[] };
  readonly INVALID_REQUEST: { readonly violations: readonly Violation[] };
  readonly INVALID_PAGE_TOKEN: Record<never, never>;
  readonly INVALID_LABEL_SELECTOR: { readonly index: number; readonly selector: string };
  readonly REVISION_IN_THE_FUTURE: { readonly sinceRevision: bigint; readonly revision: number };
  readonly NOT_A_HEARTBEAT: { readonly component: string; readonly kind: string };
  readonly TOO_MANY_REPORTS: { readonly limit: string; readonly perSecond: number; readonly waitMs: number };
  readonly STORAGE_UNAVAILABLE: { readonly component: string };
  readonly TOO_BUSY: Record<never, never>;
  readonly LIST_TOO_LARGE: { readonly components: number; readonly limit: number };
  readonly STEP_TOO_FINE: { readonly finestStepMs: number };
  readonly TOO_MANY_BUCKETS: { readonly buckets: number; readonly limit: number };
  readonly HISTORY_UNAVAILABLE: Record<never, never>;
  readonly SHUTTING_DOWN: Record<never, never>;
  readonly INTERNAL: { readonly id: string };
}

export type ErrorReason = keyof ErrorParams;

const PAGE_TOKEN_MESSAGE =
  'not a page token of this list: pass next_page_token of the page before as it is, with the same filters, or leave it out to start again';
const SELECTOR_MESSAGE = 'not a label selector: write team=payments, team!=payments, or team for any value';

export const ERROR_CATALOGUE: { readonly [Reason in ErrorReason]: ErrorKind<ErrorParams[Reason]> } = {
  COMPONENT_NOT_FOUND: {
    code: Code.NotFound,
    message: ({ components }) =>
      `there is no component ${names(components)}: ListComponents tells which components there are`,
    metadata: ({ components }) => ({ component: clip(components[0] ?? '', MAX_ECHO_CHARS) }),
  },
  INVALID_REQUEST: {
    code: Code.InvalidArgument,
    message: ({ violations }) => `the request is not valid: ${violationText(violations)}`,
    violations: ({ violations }) => violations,
  },
  INVALID_PAGE_TOKEN: {
    code: Code.InvalidArgument,
    message: () => `page_token: ${PAGE_TOKEN_MESSAGE}`,
    violations: () => [{ field: 'page_token', description: PAGE_TOKEN_MESSAGE }],
  },
  INVALID_LABEL_SELECTOR: {
    code: Code.InvalidArgument,
    message: ({ index, selector }) =>
      `label[${index}]: ${JSON.stringify(clip(selector, MAX_ECHO_CHARS))} is ${SELECTOR_MESSAGE}`,
    violations: ({ index }) => [{ field: `label[${index}]`, description: SELECTOR_MESSAGE }],
  },
  REVISION_IN_THE_FUTURE: {
    code: Code.InvalidArgument,
    message: ({ sinceRevision, revision }) =>
      `since_revision: ${sinceRevision} was never given, the latest revision is ${revision}: start again with a snapshot (since_revision 0)`,
    metadata: ({ revision }) => ({ revision: String(revision) }),
    violations: ({ revision }) => [
      { field: 'since_revision', description: `must not be above ${revision}, the latest revision` },
    ],
  },
  NOT_A_HEARTBEAT: {
    code: Code.FailedPrecondition,
    message: ({ component, kind }) =>
      `component "${component}" is of kind ${kind}: only components of kind heartbeat take reports`,
    metadata: ({ component, kind }) => ({ component, kind }),
  },
  TOO_MANY_REPORTS: {
    code: Code.ResourceExhausted,
    message: ({ limit, perSecond }) =>
      `too many reports: ${perSecond} a second are taken (limits.${limit}), and ten seconds' worth at once. A report that makes the status worse is always taken`,
    metadata: ({ limit, perSecond }) => ({ limit: `limits.${limit}`, perSecond: String(perSecond) }),
    retryAfterMs: ({ waitMs }) => Math.ceil(waitMs),
  },
  STORAGE_UNAVAILABLE: {
    code: Code.Unavailable,
    message: ({ component }) =>
      `the report on "${component}" counts from now on, but it cannot be kept at present, and a restart would lose it: report again; the log of the server says why`,
    metadata: ({ component }) => ({ component }),
    retryAfterMs: () => 1_000,
  },
  TOO_BUSY: {
    code: Code.ResourceExhausted,
    message: () => 'too many questions that take long to answer are waiting: ask again later',
    retryAfterMs: () => 1_000,
  },
  LIST_TOO_LARGE: {
    code: Code.ResourceExhausted,
    message: ({ components, limit }) =>
      `there are ${components} components and List answers ${limit} at the most (limits.grpc_health_list): use Check or Watch by name, or openk.health.v1 ListComponents`,
    metadata: ({ components, limit }) => ({ components: String(components), limit: String(limit) }),
  },
  STEP_TOO_FINE: {
    code: Code.InvalidArgument,
    message: ({ finestStepMs }) =>
      `step: nothing this fine is kept of that time: ask for a multiple of ${formatDuration(finestStepMs)}, or for a later time`,
    metadata: ({ finestStepMs }) => ({ finestStep: formatDuration(finestStepMs) }),
    violations: ({ finestStepMs }) => [
      { field: 'step', description: `must be a multiple of ${formatDuration(finestStepMs)} for a time so long ago` },
    ],
  },
  TOO_MANY_BUCKETS: {
    code: Code.InvalidArgument,
    message: ({ buckets, limit }) =>
      `the answer would have ${buckets} buckets and ${limit} is the most: ask for a longer step, a shorter time, or fewer components`,
    metadata: ({ buckets, limit }) => ({ buckets: String(buckets), limit: String(limit) }),
    violations: ({ limit }) => [{ field: 'step', description: `must give at most ${limit} buckets in all` }],
  },
  HISTORY_UNAVAILABLE: {
    code: Code.Unavailable,
    message: () => 'history cannot be read now: ask again later; the log of the server says why',
    retryAfterMs: () => 1_000,
  },
  SHUTTING_DOWN: {
    code: Code.Unavailable,
    message: () => 'the server is shutting down: connect again',
    retryAfterMs: () => 1_000,
  },
  INTERNAL: {
    code: Code.Internal,
    message: ({ id }) => `internal error ${id}`,
    metadata: ({ id }) => ({ id }),
  },
};

/** An error of the catalogue, with `ErrorInfo` and, where they say something, `BadRequest` and `RetryInfo`. */
export function createError<Reason extends ErrorReason>(reason: Reason, params: ErrorParams[Reason]): ConnectError {
  const kind: ErrorKind<ErrorParams[Reason]> = ERROR_CATALOGUE[reason];
  // Half a surrogate pair, which a cut or an echo may leave, no protocol can carry.
  const error = new ConnectError(kind.message(params).toWellFormed(), kind.code);
  error.details.push(errorInfo(reason, kind.metadata?.(params)));
  const violations = kind.violations?.(params) ?? [];
  if (violations.length > 0) {
    const fieldViolations = violations.slice(0, MAX_VIOLATIONS).map(violationToProto);
    error.details.push({ desc: BadRequestSchema, value: { fieldViolations } });
  }
  if (kind.retryAfterMs !== undefined) {
    error.details.push({ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(kind.retryAfterMs(params)) } });
  }
  return error;
}

/** INVALID_REQUEST for one field. */
export function invalidField(field: string, description: string): ConnectError {
  return createError('INVALID_REQUEST', { violations: [{ field, description }] });
}

/** Whether it carries OpenK's `ErrorInfo`. */
export function isCatalogued(error: ConnectError): boolean {
  return error.findDetails(ErrorInfoSchema).some(({ domain }) => domain === ERROR_DOMAIN);
}

/** Whether it is the error of the catalogue with this reason. */
export function hasReason(error: ConnectError, wanted: ErrorReason): boolean {
  return error.findDetails(ErrorInfoSchema).some(({ domain, reason }) => domain === ERROR_DOMAIN && reason === wanted);
}

/**
 * A copy that carries an `ErrorInfo` too, its reason the name of the code: for errors that Connect itself makes (a
 * message too large, a deadline).
 */
export function withErrorInfo(error: ConnectError): ConnectError {
  const copy = new ConnectError(error.rawMessage.toWellFormed(), error.code, error.metadata, undefined, error);
  copy.details = [...error.details, errorInfo(codeName(error.code))];
  return copy;
}

function errorInfo(reason: string, metadata: Readonly<Record<string, string>> = {}) {
  return { desc: ErrorInfoSchema, value: { reason, domain: ERROR_DOMAIN, metadata: { ...metadata } } };
}

function violationToProto({ field, description, reason = '' }: Violation): BadRequest_FieldViolation {
  return create(BadRequest_FieldViolationSchema, {
    field,
    description: clip(description, MAX_DESCRIPTION_CHARS),
    reason,
  });
}

/** The first fault in full, the number of the others: the details have them. */
function violationText(violations: readonly Violation[]): string {
  const [first, ...others] = violations;
  if (first === undefined) return 'it breaks a rule of its schema';
  const where = first.field === '' ? '' : `${first.field}: `;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${where}${clip(first.description, MAX_DESCRIPTION_CHARS)}${more}`;
}

function names(ids: readonly string[]): string {
  const shown = ids.slice(0, MAX_NAMES).map((id) => JSON.stringify(clip(id, MAX_ECHO_CHARS)));
  const more = ids.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` (and ${more} more)` : ''}`;
}

/** Well-formed where it is cut. */
function clip(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars).toWellFormed()}…`;
}
