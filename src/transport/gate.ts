// The door in front of every request that no lean lane takes: what names no target, a host that is not ours, or comes from a
// web page of somebody else, is refused here, before anything reads it, and in the words of the caller's protocol.

import type { ConnectError } from '@connectrpc/connect';
import { refusal } from '../errors/to-connect.ts';
import { httpStatusOf } from '../errors/to-http.ts';
import { writePlain } from '../protocols/plain-answer.ts';
import { protocolOfRequest, writeRpcError } from '../protocols/rpc-protocol.ts';
import type { HostCheck } from './allowed-hosts.ts';
import type { ForeignCheck } from './foreign-pages.ts';
import { completeHost, findForbiddenHost, findTargetFault } from './host-guard.ts';
import type { AnyRequest, AnyResponse } from './listener.ts';

export interface DoorOptions {
  readonly mayAsk: HostCheck;
  readonly isForeign: ForeignCheck;
}

/** Why the request must not come in; undefined when it may. Gives a request of HTTP/1.0 its host. */
export function findDoorRefusal(request: AnyRequest, { mayAsk, isForeign }: DoorOptions): ConnectError | undefined {
  const isOurs = completeHost(request);
  const fault = findTargetFault(request);
  if (fault !== undefined) return refusal('INVALID_TARGET', { fault });
  const host = isOurs ? undefined : findForbiddenHost(request, mayAsk);
  if (host !== undefined) return refusal('HOST_NOT_ALLOWED', { host });
  return isForeign(request.method, request.headers)
    ? refusal('FOREIGN_PAGE', { origin: request.headers.origin })
    : undefined;
}

export function writeRefusal(request: AnyRequest, response: AnyResponse, error: ConnectError): void {
  const { method = '', url = '', headers } = request;
  const protocol = protocolOfRequest(method, url, headers['content-type'] ?? '');
  if (protocol === undefined) writePlain(response, error);
  else writeRpcError(response, protocol, error, httpStatusOf(error));
}
