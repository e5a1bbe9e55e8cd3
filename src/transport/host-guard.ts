// Whether the target of a request is a URL, and of a host that may be asked. Connect builds one of every request, and fails on
// an invalid one in ways that reach neither the caller nor the log: so nothing invalid gets past the gate.
import type { IncomingMessage } from 'node:http';
import type { AnyRequest } from '../calls/exchange.ts';
import type { RequestHead } from '../calls/protocol.ts';
import type { HostCheck } from './allowed-hosts.ts';

/** A host that the request names and that may not be asked. */
export function findForbiddenHost(head: RequestHead, mayAsk: HostCheck): string | undefined {
  if (head.hasOwnHost) return undefined;
  const { ':authority': authority, host } = head.headers;
  // The authority of a whole URL as the target goes before Host (RFC 9112, section 3.2.2).
  const target = WHOLE_URL.test(head.target) ? URL.parse(head.target)?.host : undefined;
  const named = isGrpc(head) ? [authority, host].flatMap(hostsOfGrpc) : [authority, target, host];
  return named.find((name) => name !== undefined && name !== '' && !mayAsk(name));
}

const WHOLE_URL = /^[a-z][a-z0-9+.-]*:\/\//i;

/** What is wrong with the request's authority or target, for people; undefined when they make a URL. */
export function findTargetFault(head: RequestHead): string | undefined {
  const { ':authority': authority, host } = head.headers;
  const named = authority ?? host;
  const field = ':path' in head.headers ? ':authority' : 'Host';
  if (named === undefined) return `the request names no host: send ${field}`;
  const isUrl = isAuthority(named);
  if (!isUrl && !isGrpc(head)) return `${field} is ${quote(named)}, which is not a host: send host or host:port`;
  if (head.target === '*' && head.method !== 'OPTIONS') return 'the request target "*" is for OPTIONS alone';
  if (!URL.canParse(head.target, isUrl ? `http://${named}` : 'http://localhost')) {
    return `the request target ${quote(head.target)} is not a path of a URL`;
  }
  return undefined;
}

/**
 * Over HTTP/2 gRPC clients send what they were given to connect to, which to a server means nothing: several addresses, a path
 * of Kubernetes, a zone (github.com/grpc/grpc, naming.md).
 */
function isGrpc({ headers }: RequestHead): boolean {
  return ':path' in headers && /^application\/grpc(?:[+;\s]|$)/i.test(headers['content-type'] ?? '');
}

function hostsOfGrpc(authority: string | undefined): readonly string[] {
  if (authority === undefined || isAuthority(authority)) return authority === undefined ? [] : [authority];
  return authority
    .replaceAll(/%2c/gi, ',')
    .replaceAll(/%2f/gi, '')
    .replaceAll(/%25[^\]]*/g, '')
    .split(',');
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

/** Connect makes a URL of every request: a host that stands for one that no URL takes. */
export function standInForHost({ headers }: AnyRequest): void {
  const { ':authority': authority, host } = headers;
  if (typeof authority === 'string' && !isAuthority(authority)) headers[':authority'] = 'localhost';
  if (host !== undefined && !isAuthority(host)) headers.host = 'localhost';
}

/** Whether a request of HTTP/1.1 names its host more than once, of which Node keeps the first (RFC 9112, section 3.2). */
export function namesSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count > 1;
}

/** A host with or without a port: nothing that a URL would take for a user, a path or a query. */
export function isAuthority(authority: string): boolean {
  return authority !== '' && !/[\s@/\\?#]/.test(authority) && URL.canParse(`http://${authority}`);
}

const MAX_QUOTED_CHARS = 128;

function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text);
}
