// Errors of the catalogue as Connect has them: code, words and google.rpc details, which all protocols then carry.
import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { ConnectError } from '@connectrpc/connect';
import {
  BadRequest_FieldViolationSchema,
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from '../../gen/google/rpc/error_details_pb.ts';
import { clipDescription, ERROR_CATALOGUE, type ErrorKind, type ErrorParams, type ErrorReason } from './catalogue.ts';
import { codeName } from './code-name.ts';

/** Domain of every `google.rpc.ErrorInfo` of OpenK. */
export const ERROR_DOMAIN = 'openk.dev';

/**
 * Violations that one error names at the most. Details travel in HTTP headers under gRPC, and clients refuse more than
 * about 8 KiB of them.
 */
const MAX_VIOLATIONS = 16;

/** An error of the catalogue, with `ErrorInfo` and, where they say something, `BadRequest` and `RetryInfo`. */
export function refusal<Reason extends ErrorReason>(reason: Reason, params: ErrorParams[Reason]): ConnectError {
  const kind: ErrorKind<ErrorParams[Reason]> = ERROR_CATALOGUE[reason];
  // Half a surrogate pair, which a cut or an echo may leave, no protocol can carry.
  const error = new ConnectError(kind.message(params).toWellFormed(), kind.code, kind.headers?.(params));
  const metadata = Object.entries(kind.metadata ?? {}).map(([key, value]) => [key, value(params).toWellFormed()]);
  error.details.push(errorInfo(reason, Object.fromEntries(metadata)));
  const violations = kind.violations?.(params) ?? [];
  if (violations.length > 0) {
    const fieldViolations = violations
      .slice(0, MAX_VIOLATIONS)
      .map(({ field, description, reason = '' }) =>
        create(BadRequest_FieldViolationSchema, { field, description: clipDescription(description), reason }),
      );
    error.details.push({ desc: BadRequestSchema, value: { fieldViolations } });
  }
  if (kind.retryAfterMs !== undefined) {
    error.details.push({ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(kind.retryAfterMs(params)) } });
  }
  return error;
}

/** INVALID_REQUEST for one field. */
export function invalidField(field: string, description: string): ConnectError {
  return refusal('INVALID_REQUEST', { violations: [{ field, description }] });
}

/** The reason in OpenK's `ErrorInfo`; undefined where it carries none. */
export function reasonOf(error: ConnectError): string | undefined {
  return infoOf(error)?.reason;
}

/** What OpenK's `ErrorInfo` says beside the reason. */
export function metadataOf(error: ConnectError): Readonly<Record<string, string>> {
  return infoOf(error)?.metadata ?? {};
}

function infoOf(error: ConnectError) {
  return error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === ERROR_DOMAIN);
}

/** Whether it carries OpenK's `ErrorInfo`. */
export function isCatalogued(error: ConnectError): boolean {
  return reasonOf(error) !== undefined;
}

/** Whether it is the error of the catalogue with this reason. */
export function hasReason(error: ConnectError, wanted: ErrorReason): boolean {
  return reasonOf(error) === wanted;
}

/**
 * A copy that carries an `ErrorInfo` too, its reason the name of the code: for errors that Connect itself makes (a
 * message too large, a deadline).
 */
export function withErrorInfo(error: ConnectError): ConnectError {
  const copy = new ConnectError(error.rawMessage.toWellFormed(), error.code, error.metadata, undefined, error);
  copy.details = [...error.details, errorInfo(codeName(error.code), {})];
  return copy;
}

function errorInfo(reason: string, metadata: Readonly<Record<string, string>>) {
  return { desc: ErrorInfoSchema, value: { reason, domain: ERROR_DOMAIN, metadata: { ...metadata } } };
}
