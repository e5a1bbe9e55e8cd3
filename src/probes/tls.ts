// The probe kind `tls`: looks at a server's certificate, at each of its chain, and says when it is about to expire. It
// takes the connection first and judges then, so that it can say what is wrong and not only that something is.

import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { durationMs } from '@bufbuild/protobuf/wkt';
import type { TlsProbe } from '../../gen/openk/config/v1/config_pb.ts';
import type { Observation } from '../core/observation.ts';
import { printable } from '../core/printable.ts';
import { checkClientTls, createClientTls } from './client-tls.ts';
import { closed } from './dial.ts';
import { assertNoFaults, type ProbeFault } from './faults.ts';
import { NO_HOST_PORT, parseHostPort, readHostPort } from './host-port.ts';
import { createNotes } from './notes.ts';
import type { ProbeKind } from './probe.ts';
import { failure, MAX_EVIDENCE_LENGTH, reason } from './reason.ts';
import { startTlsBy } from './starttls.ts';
import { checkWay, wayOf } from './way.ts';

const DEFAULT_DEGRADED_BEFORE_MS = 14 * 24 * 3600 * 1000;
/** Where that is less: a certificate of six days would never be HEALTHY. */
const DEFAULT_DEGRADED_BEFORE_SHARE = 1 / 3;
/** Bound on the chain, which the target makes. */
const MAX_CHAIN = 32;

export const tlsProbe: ProbeKind<TlsProbe> = {
  kind: 'tls',
  host: ({ target }) => parseHostPort(target).host,
  check,
  create(options, { clock, dialer }) {
    assertNoFaults('tls', check(options));
    const target = parseHostPort(options.target);
    const name = options.serverName || target.host;
    const tls = createClientTls({ caFile: options.caFile, serverName: options.serverName });
    const degradedBeforeMs = degradedBefore(options);
    const startTls = startTlsBy(options.starttls);
    const own = dialer.over(wayOf(options));

    return {
      async run({ signal, onProgress }) {
        const startedMs = clock.monotonicMs();
        const elapsedMs = () => clock.monotonicMs() - startedMs;
        const notes = createNotes(onProgress);
        let socket: TLSSocket | undefined;
        try {
          const connect = { ...tls.connectOptions(target.host), rejectUnauthorized: false };
          ({ socket } = await own.dialTls(target, connect, signal, notes.take, startTls));
          const latencyMs = elapsedMs();
          const criteria = { name, target: options.target, nowMs: clock.nowMs(), degradedBeforeMs };
          return notes.addTo({ ...judge(socket, criteria), latencyMs });
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          return notes.addTo(failure(error, options.target, elapsedMs()));
        } finally {
          if (socket) await closed(socket);
        }
      },
      // A socket does not outlive its run.
      close: async () => {},
    };
  },
};

/** From how long before its end a certificate of this lifetime is DEGRADED, in milliseconds. */
function degradedBefore({ degradedBefore, degradedBeforeShare }: TlsProbe): (lifetimeMs: number) => number {
  if (degradedBeforeShare !== undefined) return (lifetimeMs) => lifetimeMs * degradedBeforeShare;
  if (degradedBefore !== undefined) return () => durationMs(degradedBefore);
  return (lifetimeMs) => Math.min(DEFAULT_DEGRADED_BEFORE_MS, lifetimeMs * DEFAULT_DEGRADED_BEFORE_SHARE);
}

function check(options: TlsProbe): readonly ProbeFault[] {
  const { target, caFile } = options;
  const faults: ProbeFault[] = readHostPort(target) === undefined ? [{ path: ['target'], message: NO_HOST_PORT }] : [];
  return [...faults, ...checkClientTls({ caFile }, []), ...checkWay(options, readHostPort(target)?.host)];
}

/** What came: whom the certificate is for, who made it and when it is valid. */
function evidenceOf(certificate: DetailedPeerCertificate): string {
  const { subject, issuer, subjectaltname, valid_from, valid_to } = certificate;
  const names = subjectaltname ?? nameOf(subject);
  return `for ${names}, by ${nameOf(issuer)}, valid from ${instant(valid_from)} to ${instant(valid_to)}`;
}

function nameOf(name: DetailedPeerCertificate['subject'] | undefined): string {
  return String(name?.CN ?? name?.O ?? 'nobody');
}

function instant(text: string): string {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? 'an unreadable time' : new Date(ms).toISOString().slice(0, 19).concat('Z');
}

interface Criteria {
  readonly name: string;
  readonly target: string;
  readonly nowMs: number;
  /** By the lifetime of a certificate, in milliseconds. */
  readonly degradedBeforeMs: (lifetimeMs: number) => number;
}

type Judged = Pick<Observation, 'outcome' | 'reason' | 'certificateExpiresMs'>;

function judge(socket: TLSSocket, criteria: Criteria): Judged {
  const { name, target, nowMs, degradedBeforeMs } = criteria;
  const chain = chainOf(socket.getPeerCertificate(true));
  const [leaf, ...issuers] = chain;
  if (leaf === undefined) {
    return { outcome: 'UNHEALTHY', reason: reason('TLS_FAILED', `${target} showed no certificate`) };
  }
  const error = socket.authorized ? undefined : verificationError(socket);
  const expired = chain.find((certificate) => expiresMs(certificate) <= nowMs);
  if (expired && (error?.code === 'CERT_HAS_EXPIRED' || expired === leaf)) {
    return {
      outcome: 'UNHEALTHY',
      reason: reason('TLS_EXPIRED', `${subjectOf(expired, leaf)} expired on ${day(expired)}`, evidenceOf(expired)),
      certificateExpiresMs: expiresMs(expired),
    };
  }
  if (error?.code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = printable(leaf.subjectaltname ?? 'no name', 200);
    return {
      outcome: 'UNHEALTHY',
      reason: reason('TLS_WRONG_NAME', `the certificate is for ${names}, not for ${name}`, evidenceOf(leaf)),
    };
  }
  if (error !== undefined) {
    const { outcome, reason: why } = failure(error, target, 0);
    return { outcome, reason: { ...why, evidence: printable(evidenceOf(leaf), MAX_EVIDENCE_LENGTH) } };
  }

  // The chain is verified, so an expired issuer in it is one that verification did without (cross-signing).
  const inUse = [leaf, ...issuers.filter((certificate) => expiresMs(certificate) > nowMs)];
  const isSoon = (one: DetailedPeerCertificate) => expiresMs(one) - nowMs < degradedBeforeMs(lifetimeMs(one));
  const firstOf = (some: readonly DetailedPeerCertificate[]) =>
    some.reduce((a, b) => (expiresMs(b) < expiresMs(a) ? b : a));
  const soon = inUse.filter(isSoon);
  const first = firstOf(soon.length > 0 ? soon : inUse);
  const message = `${subjectOf(first, leaf)} expires on ${day(first)}`;
  const certificateExpiresMs = expiresMs(first);
  if (soon.length > 0) {
    return { outcome: 'DEGRADED', reason: reason('EXPIRES_SOON', message, evidenceOf(first)), certificateExpiresMs };
  }
  return { outcome: 'HEALTHY', reason: reason('OK', message), certificateExpiresMs };
}

/** Node gives the code of what is wrong; types say that it is an Error. */
function verificationError(socket: TLSSocket): NodeJS.ErrnoException {
  return Object.assign(new Error(), { code: String(socket.authorizationError) });
}

/** The leaf, then each issuer, as far as the target or the trusted authorities have them. */
function chainOf(leaf: DetailedPeerCertificate): readonly DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  // Node links a root to itself, and gives an empty object where there is no certificate.
  for (let next = leaf; next?.raw !== undefined && !chain.includes(next) && chain.length < MAX_CHAIN; ) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}

function subjectOf(certificate: DetailedPeerCertificate, leaf: DetailedPeerCertificate): string {
  if (certificate === leaf) return 'the certificate';
  return `the issuer's certificate ${printable(nameOf(certificate.subject), 100)}`;
}

function expiresMs(certificate: DetailedPeerCertificate): number {
  return Date.parse(certificate.valid_to);
}

function lifetimeMs(certificate: DetailedPeerCertificate): number {
  return expiresMs(certificate) - Date.parse(certificate.valid_from);
}

function day(certificate: DetailedPeerCertificate): string {
  return instant(certificate.valid_to).slice(0, 10);
}
