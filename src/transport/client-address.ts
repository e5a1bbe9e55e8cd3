// The address of whoever calls: of the other end of the connection, or, where that is a proxy of `server.trusted_proxies`, of
// whom the proxy names. What anybody else says of himself is believed by nobody. Limits, logs and telemetry all ask here.
import type { IncomingHttpHeaders } from 'node:http';
import { type BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { Repeated } from '../calls/repeated.ts';

/** A socket, or the object that Node's HTTP/2 gives in its place, which no map could have for a key. */
export interface PeerSocket {
  readonly remoteAddress?: string | undefined;
}

/** Undefined once the connection is gone. */
export type ClientAddressOf = (socket: PeerSocket | undefined, headers: IncomingHttpHeaders) => string | undefined;

/** Where a connection comes from. */
interface Origin {
  readonly address: string;
  /** Whether it may name clients that it speaks for. */
  readonly isTrusted: boolean;
}

const ORIGIN = Symbol('origin');
type Marked = PeerSocket & { [ORIGIN]?: Origin | undefined };

/** Proxies in a row. */
const MAX_HOPS = 32;

/** @param trusted proxies; undefined: there are none, and nothing is looked for */
export function createClientAddressOf(trusted: BlockList | undefined): ClientAddressOf {
  if (trusted === undefined) return (socket) => socket?.remoteAddress;
  // The same clients come again and again.
  const known = new Repeated<string | undefined>();
  const findForwarded = (header: string) => lastUntrusted(header, trusted);

  return (socket: Marked | undefined, { 'x-forwarded-for': header }) => {
    const origin = socket && originOf(socket, trusted);
    if (origin === undefined) return undefined;
    const { isTrusted, address: own } = origin;
    if (!isTrusted || header === undefined) return own;
    return known.of(String(header), findForwarded) ?? own;
  };
}

/** Whether a connection comes from a proxy that is believed. */
export function createProxyCheck(trusted: BlockList | undefined): (socket: PeerSocket) => boolean {
  if (trusted === undefined) return () => false;
  return (socket) => originOf(socket, trusted)?.isTrusted === true;
}

/** Undefined once the connection is gone. */
function originOf(socket: Marked, trusted: BlockList): Origin | undefined {
  const address = socket.remoteAddress;
  if (address === undefined) return undefined;
  socket[ORIGIN] ??= { address: withoutMapping(address), isTrusted: isAmong(trusted, address) };
  return socket[ORIGIN];
}

/** Whom a proxy has a connection for: itself, which looks whether we answer, a client, or a client that it has no address of. */
export type AnnouncedClient = 'itself' | 'unnamed' | { readonly address: string };

/** From now on that is where its calls come from. @param trusted proxies, in a row with the one that has said so */
export function announceClient(socket: Marked, client: AnnouncedClient, trusted: BlockList): void {
  const own = withoutMapping(socket.remoteAddress ?? '');
  if (typeof client === 'string') socket[ORIGIN] = { address: own, isTrusted: client === 'itself' };
  else socket[ORIGIN] = { address: client.address, isTrusted: isAmong(trusted, client.address) };
}

/** For TLS, which has a socket of its own over the one that it comes over. */
export function comesFrom(carrier: Marked, socket: Marked): void {
  carrier[ORIGIN] = socket[ORIGIN];
}

/**
 * Each proxy adds on the right whom it speaks for, so that only what trusted ones have added can be believed: the last address
 * that is none of theirs, or, of what they have added, the first. Undefined where the last is no address.
 */
function lastUntrusted(header: string, trusted: BlockList): string | undefined {
  let client: string | undefined;
  for (let end = header.length, hops = 0; end >= 0 && hops < MAX_HOPS; hops++) {
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1);
    const address = parseNode(header.slice(comma + 1, end).trim());
    if (address === undefined) break;
    client = address;
    if (!isAmong(trusted, address)) break;
    end = comma;
  }
  return client;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`. */
function parseNode(text: string): string | undefined {
  const [, inBrackets, beforePort] = /^(?:\[([^\]]+)\](?::\d{1,5})?|([0-9.]+):\d{1,5})$/.exec(text) ?? [];
  if (inBrackets !== undefined && !isIPv6(inBrackets)) return undefined;
  return plainAddress(inBrackets ?? beforePort ?? text);
}

/** As Node writes the addresses of connections; undefined for what is none. */
export function plainAddress(text: string): string | undefined {
  if (!isIPv6(text)) return isIPv4(text) ? text : undefined;
  return withoutMapping(new SocketAddress({ address: text, family: 'ipv6' }).address);
}

/** RFC 4291, section 2.5.5.2: how a socket of both families writes IPv4. */
function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

export function isAmong(networks: BlockList, address: string): boolean {
  return networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
