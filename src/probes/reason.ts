// The reasons that probes give: one table of codes, and what the errors of Node's sockets, TLS and resolvers mean in
// them. It stands alone so that every kind of probe says the same thing by the same word.
import type { Observation, Reason } from '../core/observation.ts';
import { printable } from '../core/printable.ts';

/** Every code that a probe may give, and what it means. Codes are stable: programs compare them. */
export const REASON_CODES = {
  OK: 'It answered as expected.',
  SLOW: 'It answered as expected, but slower than it should.',
  EXPIRES_SOON: 'The certificate is valid, but not for long.',
  CONNECTION_REFUSED: 'Nothing listens there.',
  CONNECTION_RESET: 'The target broke the connection off.',
  CONNECTION_CLOSED: 'The target closed the connection before it had answered.',
  CONNECTION_TIMEOUT: 'The operating system gave up connecting, before the timeout of the run.',
  HOST_UNREACHABLE: 'There is no way through the network to the target.',
  DNS_NOT_FOUND: 'The name, or a record of the asked type, does not exist.',
  DNS_FAILED: 'The name server did not give an answer.',
  PROXY_FAILED: 'The proxy cannot be used. Says nothing about the target.',
  PROXY_REFUSED: 'The proxy refuses to connect to the target, or wants credentials. Says nothing about the target.',
  TUNNEL_FAILED: 'The proxy says that it cannot connect to the target.',
  TOKEN_FAILED: 'There is no access token to ask the target with. Says nothing about the target.',
  STARTTLS_REFUSED: 'The server does not go on in TLS.',
  NO_ECHO: 'The target did not answer the echo request.',
  PING_UNAVAILABLE: 'OpenK has no program to ping with, or may not send echo requests. Says nothing about the target.',
  ADDRESS_DENIED: 'The configuration denies connections to the address (probes.deny_addresses).',
  TLS_EXPIRED: 'A certificate of the target is past its time.',
  TLS_NOT_YET_VALID: 'A certificate of the target is ahead of its time.',
  TLS_WRONG_NAME: 'The certificate is for other names.',
  TLS_UNTRUSTED: 'The certificate does not come from a trusted authority, or cannot be verified.',
  TLS_FAILED: 'The TLS handshake failed.',
  PROTOCOL_ERROR: 'What came is not what the protocol allows.',
  UNEXPECTED_STATUS: 'The status of the answer is not an expected one.',
  EXPECTATION_FAILED: 'The answer is not as expected.',
  BODY_SAYS_DEGRADED: 'The body of the answer says that the service, or a part that it can do without, is not well.',
  BODY_SAYS_UNHEALTHY: 'The body of the answer says that the service, or a part of it, fails.',
  BODY_SAYS_UNKNOWN: 'The body of the answer says that it does not know, or says it in words that are not known here.',
  BODY_UNREADABLE: 'What the body of the answer says of health cannot be read.',
  STARTING: 'The body of the answer says that the service is starting.',
  STOPPING: 'The body of the answer says that the service is stopping.',
  DRAINING: 'The service answers that it is unavailable, though all its parts are healthy: it may be going down.',
  REQUEST_REFUSED: 'The server refuses the request, which says nothing about its health.',
  TOO_MANY_REDIRECTS: 'The target redirects in a loop, or too often.',
  NOT_SERVING: 'The gRPC server says that the service does not serve.',
  SERVING_UNKNOWN: 'The gRPC server says that it does not know whether the service serves.',
  SERVICE_UNKNOWN: 'The gRPC server says that it does not know the service, yet.',
  GRPC_CANCELLED: 'The gRPC call ended with CANCELLED.',
  GRPC_UNKNOWN: 'The gRPC call ended with UNKNOWN.',
  GRPC_INVALID_ARGUMENT: 'The gRPC call ended with INVALID_ARGUMENT.',
  GRPC_DEADLINE_EXCEEDED: 'The gRPC call ended with DEADLINE_EXCEEDED.',
  GRPC_NOT_FOUND: 'The gRPC server does not know the service.',
  GRPC_ALREADY_EXISTS: 'The gRPC call ended with ALREADY_EXISTS.',
  GRPC_PERMISSION_DENIED: 'The gRPC server refuses to tell.',
  GRPC_RESOURCE_EXHAUSTED: 'The gRPC call ended with RESOURCE_EXHAUSTED.',
  GRPC_FAILED_PRECONDITION: 'The gRPC call ended with FAILED_PRECONDITION.',
  GRPC_ABORTED: 'The gRPC call ended with ABORTED.',
  GRPC_OUT_OF_RANGE: 'The gRPC call ended with OUT_OF_RANGE.',
  GRPC_UNIMPLEMENTED: 'The server does not have the gRPC service that tells the health.',
  GRPC_INTERNAL: 'The gRPC call ended with INTERNAL.',
  GRPC_UNAVAILABLE: 'The gRPC call ended with UNAVAILABLE.',
  GRPC_DATA_LOSS: 'The gRPC call ended with DATA_LOSS.',
  GRPC_UNAUTHENTICATED: 'The gRPC server wants credentials, or others.',
  STREAM_ENDED: 'The target ended a stream that is meant to stay open.',
  REMOTE_HEALTHY: 'The other OpenK says that the component is HEALTHY.',
  REMOTE_DEGRADED: 'The other OpenK says that the component is DEGRADED.',
  REMOTE_UNHEALTHY: 'The other OpenK says that the component is UNHEALTHY.',
  REMOTE_UNKNOWN: 'The other OpenK does not know the status of the component.',
  REMOTE_MAINTENANCE: 'The component is in maintenance at the other OpenK.',
  REMOTE_NO_SUCH_COMPONENT: 'The other OpenK has no such component.',
  REMOTE_REFUSED: 'The other OpenK does not say, for want of a token that may read. Says nothing about the component.',
  SOURCE_FAILED: 'Who is asked about it does not answer. Says nothing about it.',
  QUERY_DEGRADED: 'The value of a series is one that counts as degraded.',
  QUERY_UNHEALTHY: 'The value of a series is not a healthy one.',
  QUERY_UNKNOWN: 'The value of a series cannot be compared.',
  QUERY_EMPTY: 'The query has no result.',
  QUERY_PARTIAL: 'The answer to the query may lack series.',
  QUERY_REFUSED: 'The query cannot be run, or has a result of another kind. Says nothing about what is measured.',
  FEED_DEGRADED: 'The status page says that something is degraded, or has an open incident.',
  FEED_UNHEALTHY: 'The status page says that something is out of order.',
  FEED_UNKNOWN: 'The status page says something in words that are not known here, or not at all.',
  FEED_MAINTENANCE: 'The status page says that it is in maintenance.',
  FEED_NO_SUCH_COMPONENT: 'The status page has no such component.',
  ALERT_FIRING: 'An alert fires that is about the component.',
  ALERTS_UNHEARD: 'Nothing has been heard of Alertmanager for too long.',
  ALERTS_NOT_REPEATED: 'An alert fired, and Alertmanager has not said again that it does, nor that it is over.',
  ALERTS_MISSED: 'Alertmanager has left out alerts, or has sent what could not be taken.',
  CONSUL_DEGRADED: 'Some instances of the service do not pass their checks, or warn.',
  CONSUL_UNHEALTHY: 'No instance of the service passes its checks.',
  CONSUL_NO_INSTANCES: 'Consul has no instance of the service.',
  CONSUL_MAINTENANCE: 'All instances of the service are in maintenance.',
  FAILED: 'It failed in a way that has no code of its own.',
  OUT_OF_RESOURCES:
    'OpenK itself could not look, for want of file descriptors, ports or memory. Says nothing about the target.',
} as const;

/** An answer that is not what its protocol allows. */
export class ProtocolFault extends Error {
  override readonly name = 'ProtocolFault';
  /** What is wrong with it, in words that are the same each time. */
  readonly fault: string;
  /** What came. */
  readonly evidence: string | undefined;
  constructor(fault: string, evidence?: string) {
    super(fault);
    this.fault = fault;
    this.evidence = evidence;
  }
}

export type ReasonCode = keyof typeof REASON_CODES;

/** Something between OpenK and the target keeps it from looking, which is no news about the target: UNKNOWN. */
export class CannotLook extends Error {
  override readonly name = 'CannotLook';
  readonly code: ReasonCode;
  readonly evidence: string;
  /** @param message the same each time. @param evidence what came. Neither holds a secret */
  constructor(code: ReasonCode, message: string, evidence = '') {
    super(message);
    this.code = code;
    this.evidence = evidence;
  }
}

/** Longest message of a reason, in characters. */
export const MAX_MESSAGE_LENGTH = 512;

/** Longest evidence of a reason, in characters. */
export const MAX_EVIDENCE_LENGTH = 200;

/**
 * A reason whose message is safe to show: one line, bounded. Keep secrets and figures that vary out of it. `evidence` is
 * what came: it may vary, and is bounded and made one line in the same way; keep secrets out of it, too.
 */
export function reason(code: ReasonCode, message: string, evidence = ''): Reason {
  const came = printable(evidence, MAX_EVIDENCE_LENGTH).trim();
  return { code, message: printable(message, MAX_MESSAGE_LENGTH), ...(came !== '' && { evidence: came }) };
}

/**
 * What a run says that ended in `error`. Never throws.
 * @param target who was asked, for people, for example `db:5432`; without credentials
 * @param redact takes secrets out of what came
 */
export function failure(
  error: unknown,
  target: string,
  latencyMs: number,
  redact = (text: string) => text,
): Observation {
  const { code, message } = explain(error);
  // The observer's own trouble is no news about the target.
  const isOwn = code === 'OUT_OF_RESOURCES' || causes(error).some((link) => link instanceof CannotLook);
  const outcome = isOwn ? 'UNKNOWN' : 'UNHEALTHY';
  return { outcome, reason: reason(code, message(target), redact(evidenceOf(error))), latencyMs };
}

/** What an error of ours carries of what came. */
function evidenceOf(error: unknown): string {
  const found = causes(error).find((link) => 'evidence' in link && typeof link.evidence === 'string');
  return found === undefined ? '' : (found as { readonly evidence?: string }).evidence!;
}

interface Meaning {
  readonly code: ReasonCode;
  readonly message: (target: string) => string;
}

function explain(error: unknown): Meaning {
  for (const link of causes(error)) {
    const meaning = meaningOf(link);
    if (meaning !== undefined) return meaning;
  }
  return { code: 'FAILED', message: (target) => `asking ${target} failed` };
}

/** The error and what caused it, outermost first: libraries wrap the errors of sockets, Node wraps those of each address. */
function causes(error: unknown): readonly NodeJS.ErrnoException[] {
  const links: NodeJS.ErrnoException[] = [];
  let next = error;
  // Bounded, since a chain of causes may be a ring.
  while (Error.isError(next) && links.length < 8) {
    links.push(next);
    next = next.cause ?? (next as AggregateError).errors?.[0];
  }
  return links;
}

function meaningOf(error: NodeJS.ErrnoException): Meaning | undefined {
  if (error instanceof ProtocolFault) return invalid(error.fault);
  if (error instanceof CannotLook) return { code: error.code as ReasonCode, message: () => error.message };
  // Numeric codes are those of RPC libraries; the socket's own error is their cause.
  if (typeof error.code !== 'string') return undefined;
  if (error.syscall === 'getaddrinfo') return lookupMeaning(error.code);
  // Node makes an ECONNRESET without a system call where the peer closed in an orderly way, only too early.
  if (error.code === 'ECONNRESET' && error.syscall === undefined) return closed;
  const known = MEANINGS[error.code];
  if (known !== undefined) return known;
  if (UNVERIFIED.has(error.code)) return unverified(error.message);
  if (error.code.startsWith('ERR_HTTP2_')) return MEANINGS.ERR_HTTP2_ERROR;
  if (/^(ERR_SSL_|ERR_TLS_|EPROTO$)/.test(error.code)) return handshakeMeaning(error.code);
  return undefined;
}

function lookupMeaning(code: string): Meaning {
  if (code === 'ENOTFOUND') {
    return { code: 'DNS_NOT_FOUND', message: (target) => `the host name of ${target} does not exist` };
  }
  return { code: 'DNS_FAILED', message: (target) => `the host name of ${target} could not be resolved` };
}

function handshakeMeaning(code: string): Meaning {
  // OpenSSL's name of the failure, as a person would write it: ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED.
  const name = code
    .replace(/^ERR_(SSL|TLS)_/, '')
    .toLowerCase()
    .replaceAll('_', ' ');
  const detail = code === 'EPROTO' ? '' : `: ${name}`;
  return { code: 'TLS_FAILED', message: (target) => `the TLS handshake with ${target} failed${detail}` };
}

/** What OpenSSL finds wrong with a certificate and Node has no word of its own for: weak keys and signatures, names that its authority may not sign. */
const UNVERIFIED: ReadonlySet<string> = new Set([
  'UNSPECIFIED',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
]);

/** @param words of OpenSSL: `permitted subtree violation` */
function unverified(words: string): Meaning {
  const detail = /^[\w '/.-]{1,80}$/.test(words) ? `: ${words}` : '';
  return { code: 'TLS_UNTRUSTED', message: (target) => `a certificate of ${target} cannot be verified${detail}` };
}

function meaning(code: ReasonCode, message: (target: string) => string): Meaning {
  return { code, message };
}

const noSuchName = meaning('DNS_NOT_FOUND', (target) => `the host name of ${target} does not exist`);
const refused = meaning('CONNECTION_REFUSED', (target) => `${target} refused the connection`);
const reset = meaning('CONNECTION_RESET', (target) => `${target} reset the connection`);
const closed = meaning('CONNECTION_CLOSED', (target) => `${target} closed the connection before it had answered`);
const connectTimeout = meaning('CONNECTION_TIMEOUT', (target) => `${target} did not answer the attempt to connect`);
const unreachable = meaning('HOST_UNREACHABLE', (target) => `${target} cannot be reached`);
const expired = meaning('TLS_EXPIRED', (target) => `a certificate of ${target} has expired`);
const notYetValid = meaning('TLS_NOT_YET_VALID', (target) => `a certificate of ${target} is not valid yet`);
const wrongName = meaning('TLS_WRONG_NAME', (target) => `the certificate of ${target} is for other names`);
const selfSigned = meaning(
  'TLS_UNTRUSTED',
  (target) => `the certificate of ${target} is signed by itself, not by a trusted authority`,
);
const untrusted = meaning(
  'TLS_UNTRUSTED',
  (target) => `the certificate of ${target} does not come from a trusted authority`,
);
const notForServers = meaning('TLS_UNTRUSTED', (target) => `a certificate of ${target} is not for servers`);
const invalid = (fault: string) =>
  meaning('PROTOCOL_ERROR', (target) => `${target} answered with something that is not valid: ${fault}`);
const outOfResources = meaning('OUT_OF_RESOURCES', () => 'OpenK has run out of file descriptors, ports or memory');

/** By `error.code` of Node (errno(3), and X.509 verification as OpenSSL names it). */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  LOOKUP_NOT_FOUND: noSuchName,
  LOOKUP_FAILED: meaning('DNS_FAILED', (target) => `the host name of ${target} could not be resolved`),
  LOOKUP_SILENT: meaning('DNS_FAILED', (target) => `no name server answers for the host name of ${target}`),
  LOOKUP_UNREACHABLE: meaning('DNS_FAILED', (target) => `no name server can be reached for the host name of ${target}`),
  LOOKUP_NO_IPV4: meaning('DNS_NOT_FOUND', (target) => `the host name of ${target} has no IPv4 address`),
  LOOKUP_NO_IPV6: meaning('DNS_NOT_FOUND', (target) => `the host name of ${target} has no IPv6 address`),
  TUNNEL_FAILED: meaning('TUNNEL_FAILED', (target) => `the proxy cannot connect to ${target}`),
  STARTTLS_REFUSED: meaning('STARTTLS_REFUSED', (target) => `${target} does not go on in TLS`),
  ADDRESS_DENIED: meaning(
    'ADDRESS_DENIED',
    (target) => `the address of ${target} is in probes.deny_addresses: take it out there, or ask another target`,
  ),
  ECONNREFUSED: refused,
  ECONNRESET: reset,
  ECONNABORTED: reset,
  EPIPE: reset,
  ANSWER_CUT: closed,
  ERR_STREAM_PREMATURE_CLOSE: closed,
  ETIMEDOUT: connectTimeout,
  ERR_SOCKET_CONNECTION_TIMEOUT: connectTimeout,
  EHOSTUNREACH: unreachable,
  EHOSTDOWN: unreachable,
  ENETUNREACH: unreachable,
  ENETDOWN: unreachable,
  EACCES: unreachable,
  EPERM: unreachable,
  CERT_HAS_EXPIRED: expired,
  CERT_NOT_YET_VALID: notYetValid,
  ERR_TLS_CERT_ALTNAME_INVALID: wrongName,
  HOSTNAME_MISMATCH: wrongName,
  DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_CHAIN_TOO_LONG: untrusted,
  CERT_REVOKED: untrusted,
  CERT_UNTRUSTED: untrusted,
  CERT_REJECTED: untrusted,
  INVALID_CA: untrusted,
  INVALID_PURPOSE: notForServers,
  PATH_LENGTH_EXCEEDED: untrusted,
  ERR_HTTP2_ERROR: meaning('PROTOCOL_ERROR', (target) => `${target} broke the rules of HTTP/2`),
  EAGAIN: outOfResources,
  EMFILE: outOfResources,
  ENFILE: outOfResources,
  ENOBUFS: outOfResources,
  ENOMEM: outOfResources,
  EADDRNOTAVAIL: outOfResources,
};
