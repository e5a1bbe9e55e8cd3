// Whether the target of a request is a URL, and of a host that may be asked. Connect builds one of every request, and fails on an invalid one in ways that
// reach neither the caller nor the log: so nothing invalid gets past the door.
import type { HostCheck } from './allowed-hosts.ts';
import type { AnyRequest } from './listener.ts';

/** The hosts that a request names which may not be asked; those of a valid target. */
export function findForbiddenHost(request: AnyRequest, mayAsk: HostCheck): string | undefined {
  const { host } = request.headers;
  const authority = 'authority' in request ? request.authority : undefined;
  // The authority of a whole URL as the target goes before Host (RFC 9112, section 3.2.2).
  const target = WHOLE_URL.test(request.url ?? '') ? URL.parse(request.url ?? '')?.host : undefined;
  return [authority, target, host].find((named) => named !== undefined && named !== '' && !mayAsk(named));
}

const WHOLE_URL = /^[a-z][a-z0-9+.-]*:\/\//i;

/** What is wrong with the request's authority or target, for people; undefined when they make a URL. */
export function findTargetFault(request: AnyRequest): string | undefined {
  const authority = authorityOf(request);
  if (authority === undefined) return `the request names no host: send ${authorityField(request)}`;
  if (!isAuthority(authority)) {
    return `${authorityField(request)} is ${quote(authority)}, which is not a host: send host or host:port`;
  }
  if (!URL.canParse(request.url ?? '', `http://${authority}`)) {
    return `the request target ${quote(request.url ?? '')} is not a path of a URL`;
  }
  return undefined;
}

/**
 * HTTP/1.0 has no Host, and simple health checkers speak it. The server's own address then takes its place (RFC 9112,
 * section 3.3).
 * @returns whether it did
 */
export function completeHost(request: AnyRequest): boolean {
  if (request.httpVersion !== '1.0' || request.headers.host !== undefined) return false;
  const { localAddress, localPort, localFamily } = request.socket;
  request.headers.host = localFamily === 'IPv6' ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
  return true;
}

function authorityOf(request: AnyRequest): string | undefined {
  return 'authority' in request ? request.authority : request.headers.host;
}

function authorityField(request: AnyRequest): string {
  return 'authority' in request ? ':authority' : 'Host';
}

/** A host with or without a port: nothing that a URL would take for a user, a path or a query. */
export function isAuthority(authority: string): boolean {
  return authority !== '' && !/[\s@/\\?#]/.test(authority) && URL.canParse(`http://${authority}`);
}

const MAX_QUOTED_CHARS = 128;

function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text);
}
