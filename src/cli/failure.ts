// Why a call failed, in words that a person can act on.
import { Code, type ConnectError } from '@connectrpc/connect';
import type { ErrorReason } from '../errors/catalogue.ts';
import { codeName } from '../errors/code-name.ts';
import { hasReason, isCatalogued } from '../errors/to-connect.ts';
import type { Connection } from './connection.ts';
import { CliError, EXIT } from './exit.ts';
import { printable } from './text.ts';

export interface Failure {
  /** What is wrong, and where. */
  readonly message: string;
  /** What to do. */
  readonly advice?: string;
}

/** Codes by which the server says that the same call will never do. */
const FINAL: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.PermissionDenied,
  Code.Unauthenticated,
  Code.Unimplemented,
]);

/** OpenSSL's verdicts on certificates, as Node names them. */
const CERTIFICATE = /^(CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERR_TLS_CERT_)/;
const NO_TLS = new Set(['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);

/**
 * Whether asking again cannot help until somebody changes something. Every error of OpenK carries its ErrorInfo: what does
 * not is the word of a proxy, or what the client makes of a connection that was cut, whatever its code.
 */
export function isFinal(error: ConnectError): boolean {
  return isRefusal(error) || nodeCodes(error).some((code) => CERTIFICATE.test(code));
}

/** Whether OpenK itself says that the same call will never do. */
function isRefusal(error: ConnectError): boolean {
  return isCatalogued(error) && FINAL.has(error.code);
}

/** Whether OpenK itself says that whoever asks may not, by the credential that he has or does not have. */
export function isCredentialRefusal(error: ConnectError): boolean {
  return isCatalogued(error) && (error.code === Code.Unauthenticated || error.code === Code.PermissionDenied);
}

/** What `error`, of a call over `connection`, means. */
export function describeFailure(error: ConnectError, connection: Connection): Failure {
  const { server, protocol } = connection;
  const codes = nodeCodes(error);
  const certificate = codes.find((code) => CERTIFICATE.test(code));
  if (certificate !== undefined) {
    return {
      message: `the certificate of ${server} is not trusted: ${certificate}`,
      advice: 'Give the PEM file of its authority with --ca FILE.',
    };
  }
  if (codes.includes('ECONNREFUSED')) {
    return {
      message: `nothing listens at ${server} (connection refused)`,
      advice: 'Start it with `openk serve`, or name another server with --server URL or OPENK_SERVER.',
    };
  }
  if (codes.includes('ENOTFOUND') || codes.includes('EAI_AGAIN')) {
    return { message: `the host name of ${server} does not resolve`, advice: 'Check --server URL or OPENK_SERVER.' };
  }
  if (codes.some((code) => NO_TLS.has(code))) {
    return { message: `${server} does not speak TLS`, advice: 'Is the URL to begin with http://?' };
  }
  if (error.code === Code.Unimplemented || codes.some((code) => /^(ERR_HTTP2_|HPE_)/.test(code))) {
    return {
      message: `${server} does not answer as OpenK over ${protocol} (${printable(error.rawMessage)})`,
      advice:
        protocol === 'grpc'
          ? 'Check the URL. Where a proxy does not pass HTTP/2 on, try --protocol connect.'
          : 'Check the URL.',
    };
  }
  if (error.code === Code.DeadlineExceeded) {
    return { message: `${server} did not answer in time`, advice: 'Give it longer with --timeout.' };
  }
  if (!isCatalogued(error) && codes.length === 0 && error.code !== Code.Unavailable) {
    return {
      message: `the answer from ${server} was cut off, or is not OpenK's (${printable(error.rawMessage)})`,
      advice: 'Look at what is between here and there: a proxy, a load balancer.',
    };
  }
  if (isCredentialRefusal(error)) {
    const message = `${server}: ${printable(error.rawMessage)} (${codeName(error.code)})`;
    return { message, advice: tokenAdvice(error.code, connection) };
  }
  if (codes.length > 0) return { message: `cannot reach ${server}: ${printable(error.rawMessage)}` };
  return { message: `${server}: ${printable(error.rawMessage)} (${codeName(error.code)})` };
}

function tokenAdvice(code: Code, { tokenSource }: Connection): string {
  if (tokenSource === undefined)
    return 'Set OPENK_TOKEN to a token, or name a file that holds one with --token-file FILE.';
  return code === Code.Unauthenticated
    ? `Look at the token, which comes from ${printable(tokenSource)}: \`openk token new\` makes another.`
    : `The token comes from ${printable(tokenSource)}: \`allow\` of its key in openk.yaml says what it may do.`;
}

/** Where to look for what there is. */
const ADVICE: readonly (readonly [reason: ErrorReason, advice: string])[] = [
  ['ALERT_NOT_FOUND', '`openk alerts list` shows the alerts that there are, `--state resolved` those that are over.'],
  ['CHANNEL_NOT_FOUND', 'Look at `alerts.channels` in openk.yaml.'],
  ['SUSPENSION_NOT_FOUND', '`openk silence list` and `openk maintenance list` show what there is.'],
];

/**
 * The error that ends a command because of a call that cannot succeed.
 * @param near id of a component that may have been meant
 */
export function callError(error: ConnectError, connection: Connection, near?: string): CliError {
  if (hasReason(error, 'STATUS_PAGE_NOT_FOUND')) {
    return new CliError(EXIT.noSuchComponent, `${connection.server}: ${printable(error.rawMessage)}`);
  }
  const advice = ADVICE.find(([reason]) => hasReason(error, reason))?.[1];
  if (advice !== undefined) {
    return new CliError(EXIT.notFound, `${connection.server}: ${printable(error.rawMessage)}`, advice);
  }
  if (error.code === Code.NotFound && isCatalogued(error)) {
    return new CliError(
      EXIT.noSuchComponent,
      `${connection.server} has no such component: ${printable(error.rawMessage)}`,
      near === undefined ? '`openk list` shows the components that there are.' : `Did you mean ${printable(near)}?`,
    );
  }
  const failure = describeFailure(error, connection);
  return new CliError(EXIT.couldNotAsk, failure.message, failure.advice);
}

/** Codes of the errors of Node beneath, the outermost first. */
function nodeCodes(error: Error): string[] {
  const codes: string[] = [];
  const seen = new Set<Error>();
  for (let cause: unknown = error; Error.isError(cause) && !seen.has(cause); cause = cause.cause) {
    seen.add(cause);
    if ('code' in cause && typeof cause.code === 'string') codes.push(cause.code);
    // Happy Eyeballs: one error for each address.
    if ('errors' in cause && Array.isArray(cause.errors))
      codes.push(...cause.errors.flatMap((each) => nodeCodes(each)));
  }
  return codes;
}
