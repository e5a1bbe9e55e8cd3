// The door in front of every request that no lean lane takes: what names no target, a host that is not ours, or comes from a
// web page of somebody else, is refused here, before anything reads it, and in the words of the caller's protocol.
import { Code, ConnectError } from '@connectrpc/connect';
import { ErrorInfoSchema } from '../../gen/google/rpc/error_details_pb.ts';
import { type PlainAnswer, writePlain } from '../protocols/plain-answer.ts';
import { protocolOfRequest, writeRpcError } from '../protocols/rpc-protocol.ts';
import { ERROR_DOMAIN } from '../rpc/errors.ts';
import type { HostCheck } from './allowed-hosts.ts';
import type { ForeignCheck } from './foreign-pages.ts';
import { completeHost, findForbiddenHost, findTargetFault, quote } from './host-guard.ts';
import type { AnyRequest, AnyResponse } from './listener.ts';

export interface DoorOptions {
  readonly mayAsk: HostCheck;
  readonly isForeign: ForeignCheck;
}

/** Why the request must not come in; undefined when it may. Gives a request of HTTP/1.0 its host. */
export function findDoorRefusal(request: AnyRequest, { mayAsk, isForeign }: DoorOptions): PlainAnswer | undefined {
  const isOurs = completeHost(request);
  const fault = findTargetFault(request);
  if (fault !== undefined) {
    return { httpStatus: 400, code: Code.InvalidArgument, reason: 'INVALID_TARGET', message: fault };
  }
  const host = isOurs ? undefined : findForbiddenHost(request, mayAsk);
  if (host !== undefined) {
    return {
      httpStatus: 421,
      // For gRPC, whose table of HTTP statuses has no 421: not UNAVAILABLE, which clients would try again for ever.
      code: Code.PermissionDenied,
      reason: 'HOST_NOT_ALLOWED',
      message: `${quote(host)} is not a host that this server answers for: server.allowed_hosts lists those`,
    };
  }
  if (!isForeign(request.method, request.headers)) return undefined;
  const from = request.headers.origin === undefined ? 'another site' : quote(request.headers.origin);
  return {
    httpStatus: 403,
    code: Code.PermissionDenied,
    reason: 'FOREIGN_PAGE',
    message: `a web page of ${from} may not send this: cors.allowed_origins lists those that may`,
  };
}

export function writeRefusal(request: AnyRequest, response: AnyResponse, refusal: PlainAnswer): void {
  const { method = '', url = '', headers } = request;
  const protocol = protocolOfRequest(method, url, headers['content-type'] ?? '');
  if (protocol === undefined) {
    writePlain(response, refusal);
    return;
  }
  const error = new ConnectError(refusal.message, refusal.code);
  error.details.push({ desc: ErrorInfoSchema, value: { reason: refusal.reason, domain: ERROR_DOMAIN } });
  writeRpcError(response, protocol, error, refusal.httpStatus);
}
