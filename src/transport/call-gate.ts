// Which requests may pass by the door and Fastify into a lean lane: those that the door would let through, and to which
// nothing behind it adds anything.
import type { IncomingHttpHeaders } from 'node:http2';
import type { HostCheck } from './allowed-hosts.ts';
import type { ForeignCheck } from './foreign-pages.ts';
import { isAuthority } from './host-guard.ts';

/** Callers name the same few hosts again and again. */
const MAX_KNOWN_HOSTS = 64;

export function createLaneGuard(options: {
  /** Once it fires, new calls are refused, which Connect's handlers do. */
  readonly draining: AbortSignal;
  /** Requests from a page get CORS headers, which @fastify/cors adds. */
  readonly hasCors: boolean;
  readonly mayAsk: HostCheck;
  readonly isForeign: ForeignCheck;
}): (method: string | undefined, headers: IncomingHttpHeaders) => boolean {
  const { draining, hasCors, mayAsk, isForeign } = options;
  const known = new Set<string>();
  const isValidHost = (host: string | undefined): boolean => {
    if (host === undefined) return false;
    if (known.has(host)) return true;
    if (!isAuthority(host) || !mayAsk(host)) return false;
    if (known.size >= MAX_KNOWN_HOSTS) known.clear();
    known.add(host);
    return true;
  };
  return (method, headers) => {
    const { ':authority': authority, host } = headers;
    if (authority !== undefined && host !== undefined) return false;
    if (draining.aborted || (hasCors && headers.origin !== undefined)) return false;
    return isValidHost(authority ?? host) && !isForeign(method, headers);
  };
}
