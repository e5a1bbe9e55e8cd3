// What a gRPC call that failed says about the server: one table for every probe that speaks gRPC. The server's own word
// (a grpc-status) is kept apart from what went wrong below it, and both from an answer that is not gRPC at all.
import { Code, ConnectError } from '@connectrpc/connect';
import type { Observation } from '../core/observation.ts';
import { failure, type ReasonCode, reason } from './reason.ts';

/** The peer ended a stream that is meant to stay open, and said that all is well. */
export class StreamEnded extends Error {
  override readonly name = 'StreamEnded';
}

export interface GrpcFailureOptions {
  /** Who was asked, for people; without credentials. */
  readonly target: string;
  /** Left out where nothing was timed. */
  readonly latencyMs?: number;
  /** What a status means to the caller that knows what it asked for. */
  readonly meanings?: Partial<Readonly<Record<Code, string>>>;
  /** What must not be shown, though the server may repeat it. */
  readonly secrets?: readonly string[];
}

/** Never throws. */
export function grpcFailure(error: unknown, options: GrpcFailureOptions): Observation {
  const { target, latencyMs } = options;
  const timed = latencyMs === undefined ? {} : { latencyMs };
  const unhealthy = (code: ReasonCode, message: string, evidence?: string): Observation => ({
    outcome: 'UNHEALTHY',
    reason: reason(code, message, evidence),
    ...timed,
  });

  if (isStatus(error)) return unhealthy(STATUS_REASONS[error.code], ...statusMessage(error, options));
  if (error instanceof StreamEnded) return unhealthy('STREAM_ENDED', `${target} ended the stream`);
  const http2 = http2Message(error, target);
  if (http2 !== undefined) return unhealthy(...http2);
  if (isLocal(error)) return unhealthy(...answerMessage(error, target));
  const { outcome, reason: why } = failure(error, target, 0);
  return { outcome, reason: why, ...timed };
}

/** Whether the server answered with a gRPC status, and not something on the way to it. */
export function isStatus(error: unknown, code?: Code): error is ConnectError {
  return (
    error instanceof ConnectError && error.metadata.has('grpc-status') && (code === undefined || error.code === code)
  );
}

/** https://grpc.io/docs/guides/status-codes/ */
const STATUS_REASONS: Readonly<Record<Code, ReasonCode>> = {
  [Code.Canceled]: 'GRPC_CANCELLED',
  [Code.Unknown]: 'GRPC_UNKNOWN',
  [Code.InvalidArgument]: 'GRPC_INVALID_ARGUMENT',
  [Code.DeadlineExceeded]: 'GRPC_DEADLINE_EXCEEDED',
  [Code.NotFound]: 'GRPC_NOT_FOUND',
  [Code.AlreadyExists]: 'GRPC_ALREADY_EXISTS',
  [Code.PermissionDenied]: 'GRPC_PERMISSION_DENIED',
  [Code.ResourceExhausted]: 'GRPC_RESOURCE_EXHAUSTED',
  [Code.FailedPrecondition]: 'GRPC_FAILED_PRECONDITION',
  [Code.Aborted]: 'GRPC_ABORTED',
  [Code.OutOfRange]: 'GRPC_OUT_OF_RANGE',
  [Code.Unimplemented]: 'GRPC_UNIMPLEMENTED',
  [Code.Internal]: 'GRPC_INTERNAL',
  [Code.Unavailable]: 'GRPC_UNAVAILABLE',
  [Code.DataLoss]: 'GRPC_DATA_LOSS',
  [Code.Unauthenticated]: 'GRPC_UNAUTHENTICATED',
};

/** What the status means, and the server's own words where they say more. */
function statusMessage(error: ConnectError, { target, meanings, secrets = [] }: GrpcFailureOptions): [string, string?] {
  const words = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), error.rawMessage).trim();
  const meaning = meanings?.[error.code];
  if (meaning !== undefined) return [`${target} ${meaning}`, words];
  const name = STATUS_REASONS[error.code].replace('GRPC_', '');
  const said = steady(words);
  const message = `${target} answered ${name}${said === '' ? '' : `: ${said}`}`;
  return said === words ? [message] : [message, words];
}

/** The server's words without ids, addresses and figures, which differ from run to run. */
function steady(text: string): string {
  return text.replace(/\S+/g, (word) => (/\d/.test(word) ? '#' : word));
}

/** What Node's HTTP/2 says where that is more than the errors of any socket. */
function http2Message(error: unknown, target: string): [ReasonCode, string] | undefined {
  const cause = error instanceof ConnectError ? error.cause : error;
  switch (Error.isError(cause) && 'code' in cause ? cause.code : undefined) {
    case 'ERR_HTTP2_ERROR':
    case 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL':
      return ['PROTOCOL_ERROR', `${target} does not speak HTTP/2, which gRPC needs`];
    case 'ERR_HTTP2_STREAM_ERROR':
      return ['CONNECTION_RESET', `${target} broke the call off`];
    case 'ERR_HTTP2_SESSION_ERROR':
    case 'ERR_HTTP2_GOAWAY_SESSION':
      return ['CONNECTION_RESET', `${target} ended the connection with an error`];
    case 'ERR_HTTP2_STREAM_CANCEL':
    case 'ERR_HTTP2_INVALID_SESSION':
    case 'ERR_HTTP2_PING_CANCEL':
      return ['CONNECTION_CLOSED', `${target} closed the connection`];
    default:
      return undefined;
  }
}

/** An error of Connect's own about what came, or did not: nothing else stands behind it. */
function isLocal(error: unknown): error is ConnectError {
  return error instanceof ConnectError && !Error.isError(error.cause);
}

function answerMessage(error: ConnectError, target: string): [ReasonCode, string] {
  // RST_STREAM with CANCEL; also what Node makes of a connection that is gone.
  if (error.code === Code.Canceled) return ['CONNECTION_CLOSED', `${target} closed the connection`];
  const instead =
    /^HTTP \d{3}$/.exec(error.rawMessage)?.[0] ?? /^unsupported content type (.+)$/.exec(error.rawMessage)?.[1];
  return ['PROTOCOL_ERROR', `${target} does not answer in gRPC${instead === undefined ? '' : `, but with ${instead}`}`];
}
