// What telemetry says of a call alike in metrics, spans and the log: its attributes, and whether its end is an error of the
// server (opentelemetry.io/docs/specs/semconv/rpc, version 1.45).
import type { Attributes } from '@opentelemetry/api';
import type { ObservedCall } from './observed-call.ts';

/** The method of a call that reached none. */
export const OTHER_METHOD = '_OTHER';

/** Codes that are the server's fault (semantic conventions for gRPC, status of server spans). */
const SERVER_ERRORS: ReadonlySet<string> = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

export function isServerError(code: string): boolean {
  return SERVER_ERRORS.has(code);
}

export function callAttributes({ protocol, method }: Pick<ObservedCall, 'protocol' | 'method'>): Attributes {
  const isGrpc = protocol === 'grpc' || protocol === 'grpc_web';
  return { 'rpc.system.name': isGrpc ? 'grpc' : 'connectrpc', 'rpc.method': method, 'openk.protocol': protocol };
}

/** The code by the name that OpenK promises, and by the one that the conventions have come to. */
export function outcomeAttributes(code: string): Attributes {
  const attributes: Attributes = { 'rpc.status_code': code, 'rpc.response.status_code': code };
  if (isServerError(code)) attributes['error.type'] = code;
  return attributes;
}
