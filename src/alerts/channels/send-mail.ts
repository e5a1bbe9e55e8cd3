// A message by SMTP (RFC 5321). nodemailer speaks it; the connection is ours, so that it goes to no address that is denied. A connection
// for each message, as for the other channels.
import type { Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { EmailChannel_Security as Security } from '../../../gen/openk/config/v1/config_pb.ts';
import type { SendResult } from '../../core/alert.ts';
import { printable } from '../../core/printable.ts';
import type { Redactor } from '../../core/redactor.ts';
import { whyGivenUp } from './bound-attempts.ts';
import type { Connections, HostPort } from './connections.ts';
import type { Mail } from './mail-message.ts';

const MAX_SHOWN = 200;

interface MailAttempt {
  readonly server: HostPort;
  readonly security: Security;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
  /** Empty: Node's authorities. */
  readonly caFile: string;
  readonly connections: Connections;
  readonly redactor: Redactor;
  readonly signal: AbortSignal;
}

/** Over a connection of its own. Never rejects. */
export async function sendMail(mail: Mail, attempt: MailAttempt): Promise<SendResult> {
  const { server, security, auth, caFile, connections, redactor, signal } = attempt;
  const name = `${server.host}:${server.port}`;
  let socket: Socket;
  try {
    signal.throwIfAborted();
    socket = await connections.dial(server, signal);
  } catch (error) {
    const why = signal.aborted ? whyGivenUp(signal) : connections.explain(error, name);
    return { kind: 'retry', error: why, perhapsDelivered: false };
  }
  const isClosed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  /** Whether the message may be there although nobody says so. */
  let isUnderWay = false;
  let session: SMTPConnection | undefined;
  try {
    const connection = new SMTPConnection({
      host: server.host,
      port: server.port,
      connection: socket,
      secure: security === Security.TLS,
      requireTLS: security === Security.STARTTLS,
      ignoreTLS: security === Security.NONE,
      tls: connections.tlsOptions(server.host, caFile === '' ? undefined : caFile),
      socketCloseTimeout: 0,
      logger: false,
    });
    session = connection;
    await step(connection, signal, (done) => connection.connect(done));
    if (auth !== undefined) await step(connection, signal, (done) => connection.login({ credentials: auth }, done));
    isUnderWay = true;
    await step(connection, signal, (done) => connection.send({ from: mail.from, to: [...mail.to] }, mail.bytes, done));
    // Receivers that the server did not take among others are its business: again, the others would get it twice.
    await step(connection, signal, (done) => void connection.once('end', () => done()).quit()).catch(() => {});
    return { kind: 'accepted' };
  } catch (error) {
    return failureOf(error as SmtpError, { name, isUnderWay, signal, redactor, connections });
  } finally {
    session?.close();
    socket.destroy();
    await isClosed;
  }
}

type Done = (error?: Error | null) => void;

/** Settles with the callback, or when the connection fails or is given up. */
function step(connection: SMTPConnection, signal: AbortSignal, start: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      connection.off('error', onError);
      connection.off('end', onEnd);
      signal.removeEventListener('abort', onAbort);
      // Whatever it says later is about a connection that is over.
      connection.on('error', () => {});
      act();
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onEnd = () => settle(() => reject(new Error('closed')));
    const onAbort = () => settle(() => reject(signal.reason));
    connection.once('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) return onAbort();
    start((error) => settle(() => (error ? reject(error) : resolve())));
    connection.once('end', onEnd);
  });
}

interface SmtpError extends NodeJS.ErrnoException {
  readonly response?: string;
  readonly responseCode?: number;
  readonly originalCode?: string;
}

interface Failed {
  readonly name: string;
  readonly isUnderWay: boolean;
  readonly signal: AbortSignal;
  readonly redactor: Redactor;
  readonly connections: Connections;
}

function failureOf(error: SmtpError, { name, isUnderWay, signal, redactor, connections }: Failed): SendResult {
  const { response = '', responseCode, code, originalCode } = error;
  if (signal.aborted) return { kind: 'retry', error: whyGivenUp(signal), perhapsDelivered: isUnderWay };
  if (responseCode !== undefined) {
    const said = printable(redactor.redact(response.replace(/^\d+[ -]?/, '')), MAX_SHOWN).trim();
    const text = `${name} answered ${responseCode}${said === '' ? '' : `: ${said}`}`;
    // RFC 5321, section 4.2.1: 4yz asks for another attempt, 5yz says that it would come to the same.
    if (responseCode >= 500 && responseCode < 600) return { kind: 'refused', error: text };
    return { kind: 'retry', error: text, perhapsDelivered: false };
  }
  if (code === 'ETLS') {
    const words = printable(redactor.redact(error.message), MAX_SHOWN);
    return { kind: 'retry', error: `no TLS with ${name}: ${words}`, perhapsDelivered: isUnderWay };
  }
  const cause = Object.assign(new Error(), { code: originalCode ?? code, syscall: error.syscall });
  const why =
    originalCode === undefined
      ? `${name} closed the connection before it had answered`
      : connections.explain(cause, name);
  return { kind: 'retry', error: why, perhapsDelivered: isUnderWay };
}
