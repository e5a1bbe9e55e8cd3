// HOST:PORT, the form of a target, and the names in it. It stands alone since the host of a target is written in more than
// one way (brackets, zones, capitals, other alphabets), and a socket, a certificate and an `:authority` each want one.
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';

export interface HostPort {
  /** A name in ASCII and lower case, or an IP address without brackets, with its zone where it has one. */
  readonly host: string;
  readonly port: number;
}

/** What to say of a text that is none. */
export const NO_HOST_PORT = 'must be HOST:PORT, for example db.internal:5432';

/**
 * Reads `db:5432`, `my_db.internal.:5432`, `münchen.example:80`, `10.0.0.1:80`, `[::1]:80` and `[fe80::1%eth0]:80`.
 * Undefined when the text is none, or the port is 0.
 */
export function readHostPort(text: string): HostPort | undefined {
  const colon = text.lastIndexOf(':');
  const digits = text.slice(colon + 1);
  if (colon === -1 || !PORT.test(digits) || Number(digits) > 65_535) return undefined;
  const written = text.slice(0, colon);
  const host = /^\[.*\]$/s.test(written) ? readIPv6(written.slice(1, -1)) : readName(written);
  return host === undefined ? undefined : { host, port: Number(digits) };
}

const PORT = /^[1-9][0-9]{0,4}$/;

/** As `readHostPort`. @throws {TypeError} when the text is none */
export function parseHostPort(text: string): HostPort {
  const address = readHostPort(text);
  if (address === undefined) throw new TypeError(NO_HOST_PORT);
  return address;
}

/** `host:port` as `:authority` has it: IPv6 in brackets, without a zone, which means something on this machine only. */
export function authorityOf({ host, port }: HostPort): string {
  return `${isIPv6(host) ? `[${host.replace(/%.*$/, '')}]` : host}:${port}`;
}

/**
 * A domain name in ASCII (RFC 5891) and lower case, an IPv4 address as it is; undefined when it is neither. Any label is
 * taken that DNS takes (RFC 2181, section 11), underscores and a dot at the end among them.
 */
export function readName(text: string): string | undefined {
  if (isIPv4(text)) return text;
  // What URLs give a meaning to; `domainToASCII` would follow it.
  if (/[\s\p{Cc}/?#@%:\\[\]<>^|]/u.test(text)) return undefined;
  const name = /^[\x21-\x7e]*$/.test(text) ? text.toLowerCase() : domainToASCII(text);
  const labels = name.replace(/\.$/, '').split('.');
  if (name.replace(/\.$/, '').length > 253 || !labels.every(({ length }) => length > 0 && length < 64))
    return undefined;
  // An address in a form that is none here: one reader makes 127.0.0.1 of 127.1, another one asks DNS.
  return /^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '') ? undefined : name;
}

/** A name of DNS, which may be one of no host: any text of printable ASCII without blanks, or one of another alphabet. */
export function readDnsName(text: string): string | undefined {
  const name = /^[\x21-\x7e]+$/.test(text) ? text : readName(text);
  const bare = name?.replace(/(.)\.$/, '$1');
  if (bare === undefined || bare.length > 253) return undefined;
  return bare === '.' || bare.split('.').every(({ length }) => length > 0 && length < 64) ? name : undefined;
}

/** The zone may be written as in URLs, `%25eth0` (RFC 6874), unless it is a number. */
function readIPv6(text: string): string | undefined {
  const address = text.replace(/%25(?=[A-Za-z])/, '%');
  return isIPv6(address) && /^[0-9A-Fa-f:.]+(%[\w.~-]+)?$/.test(address) ? lowerAddress(address) : undefined;
}

/** The names of zones are the machine's, which distinguishes capitals. */
function lowerAddress(address: string): string {
  const [digits = '', zone] = address.split('%');
  return zone === undefined ? digits.toLowerCase() : `${digits.toLowerCase()}%${zone}`;
}
