// The client certificate of a connection: read once for each, and only where TLS has verified it.
import type { TLSSocket } from 'node:tls';
import type { Connection } from '../auth/authenticator.ts';
import type { VerifiedCertificate } from '../auth/vouched.ts';

const CERTIFICATE = Symbol('certificate');
type Marked = Connection &
  Partial<Pick<TLSSocket, 'authorized' | 'getPeerX509Certificate'>> & { [CERTIFICATE]?: VerifiedCertificate | 'none' };

/** Undefined where there is none, or where it cannot be verified. @param socket or what HTTP/2 gives in its place */
export function verifiedCertificateOf(socket: Marked): VerifiedCertificate | undefined {
  socket[CERTIFICATE] ??= readCertificate(socket) ?? 'none';
  return socket[CERTIFICATE] === 'none' ? undefined : socket[CERTIFICATE];
}

function readCertificate(socket: Marked): VerifiedCertificate | undefined {
  const certificate = socket.authorized === true ? socket.getPeerX509Certificate?.() : undefined;
  if (certificate === undefined) return undefined;
  return { names: parseNames(certificate.subjectAltName ?? ''), expiresAtMs: certificate.validToDate.getTime() };
}

/** One entry, as Node writes it: in quotes, with escapes as in JSON, where it holds what could be taken for the next one. */
const ENTRY = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y;

/** URIs, DNS names and email addresses. None at all where anything is not as it should be. */
export function parseNames(text: string): readonly string[] {
  const names: string[] = [];
  const entry = new RegExp(ENTRY);
  while (entry.lastIndex < text.length) {
    const [, kind, value = ''] = entry.exec(text) ?? [];
    if (kind === undefined) return [];
    const name = value.startsWith('"') ? unquote(value) : value;
    if (name === undefined) return [];
    if (kind === 'DNS') names.push(name.toLowerCase());
    else if (kind === 'URI' || kind === 'email') names.push(name);
  }
  return names;
}

function unquote(text: string): string | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
