// The gate in front of every request: what names no target, a host that is not ours, or comes from a web page of somebody
// else, is refused here, before anything reads it, and in the words of the caller's protocol.
import type { ConnectError } from '@connectrpc/connect';
import type { RequestHead } from '../calls/protocol.ts';
import { Repeated } from '../calls/repeated.ts';
import { refusal } from '../errors/to-connect.ts';
import type { HostCheck } from './allowed-hosts.ts';
import type { ForeignCheck } from './foreign-pages.ts';
import { findForbiddenHost, findTargetFault, isAuthority } from './host-guard.ts';

export interface GateOptions {
  readonly mayAsk: HostCheck;
  readonly isForeign: ForeignCheck;
}

/** Why the request must not come in; undefined when it may. */
export type Gate = (head: RequestHead) => ConnectError | undefined;

/** Neither a whole URL, nor what a URL would take for a host. */
function isPath(target: string): boolean {
  return target[0] === '/' && target[1] !== '/' && target[1] !== '\\';
}

export function createGate({ mayAsk, isForeign }: GateOptions): Gate {
  const known = new Repeated<true>(64);
  const mayName = (host: string | undefined): boolean => {
    if (host === undefined) return false;
    if (known.get(host)) return true;
    if (!isAuthority(host) || !mayAsk(host)) return false;
    known.set(host, true);
    return true;
  };

  return (head) => {
    const { method, target, headers } = head;
    const { ':authority': authority, host } = headers;
    const isOrdinary = isPath(target) && (authority === undefined || host === undefined) && mayName(authority ?? host);
    if (!isOrdinary) {
      const fault = findTargetFault(head);
      if (fault !== undefined) return refusal('INVALID_TARGET', { fault });
      const forbidden = findForbiddenHost(head, mayAsk);
      if (forbidden !== undefined) return refusal('HOST_NOT_ALLOWED', { host: forbidden });
    }
    return isForeign(method, headers) ? refusal('FOREIGN_PAGE', { origin: headers.origin }) : undefined;
  };
}
