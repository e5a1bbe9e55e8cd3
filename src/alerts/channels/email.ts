// E-mail by SMTP (RFC 5321). nodemailer speaks it; the connection is ours, so that it goes to no address that is denied. A connection
// for each message, as for the other channels.
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import addressparser from 'nodemailer/lib/addressparser';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type EmailChannel, EmailChannel_Security as Security } from '../../../gen/openk/config/v1/config_pb.ts';
import type { SendResult } from '../../core/alert.ts';
import { printable } from '../../core/printable.ts';
import { createRedactor, type Redactor } from '../../core/redactor.ts';
import { whyGivenUp } from './bound-attempts.ts';
import type { ChannelFault, ChannelKind } from './channel-kind.ts';
import type { Connections, HostPort } from './connections.ts';
import { buildMail, type Mail } from './mail-message.ts';

/** SMTP with TLS from its first byte (RFC 8314). */
const TLS_PORT = 465;
const MAX_SHOWN = 200;

export const email: ChannelKind<EmailChannel> = {
  kind: 'email',
  check({ smtp, username, password, from, to, caFile }) {
    return [
      ...(readServer(smtp) ? [] : [{ path: ['smtp'], message: 'must be HOST:PORT, for example smtp.example.com:587' }]),
      ...(username === '' && password !== '' ? [{ path: ['username'], message: 'is missing: password needs it' }] : []),
      ...(username !== '' && password === '' ? [{ path: ['password'], message: 'is missing: username needs it' }] : []),
      ...checkAddress(from, ['from']),
      ...to.flatMap((address, index) => checkAddress(address, ['to', index])),
      ...(caFile === '' ? [] : checkCaFile(caFile)),
    ];
  },
  create({ smtp, security: configured, username, password, from, to, caFile }, { connections }) {
    const server = readServer(smtp)!;
    const security = configured || (server.port === TLS_PORT ? Security.TLS : Security.STARTTLS);
    const [{ address: sender = '' } = {}] = addressparser(from, { flatten: true });
    const domain = URL.parse(`http://${sender.slice(sender.lastIndexOf('@') + 1)}`)?.hostname ?? 'openk.invalid';
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const secrets = [username, password].filter((one) => one !== '');
    const redactor = createRedactor([...secrets, ...secrets.map(base64), base64(`\0${username}\0${password}`)]);
    const auth = username === '' ? undefined : { user: username, pass: password };
    return {
      async send({ id, message }, signal) {
        const mail = await buildMail(id, message, { from, to, domain });
        return sendMail(mail, { server, security, auth, caFile, connections, redactor, signal });
      },
    };
  },
};

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

async function sendMail(mail: Mail, attempt: MailAttempt): Promise<SendResult> {
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

/** HOST:PORT, as URLs read hosts. */
function readServer(text: string): HostPort | undefined {
  const [, host = '', digits = ''] = /^([^/?#@\\]+):([1-9][0-9]{0,4})$/.exec(text) ?? [];
  const port = Number(digits);
  const url = host === '' || port > 65_535 ? null : URL.parse(`http://${host}:1/`);
  return url === null ? undefined : { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
}

function checkAddress(text: string, path: ChannelFault['path']): readonly ChannelFault[] {
  const parsed = addressparser(text, { flatten: true });
  const [first] = parsed;
  const isOne = parsed.length === 1 && /^[^\s@<>]+@[^\s@<>]+$/.test(first?.address ?? '') && !/\p{Cc}/u.test(text);
  return isOne ? [] : [{ path, message: 'must be one address, such as OpenK <openk@example.com>' }];
}

function checkCaFile(file: string): readonly ChannelFault[] {
  const fault = (message: string) => [{ path: ['ca_file'], message }];
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    return fault((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : 'cannot be read');
  }
  try {
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) return fault('holds no certificate');
    createSecureContext({ ca: pem });
    return [];
  } catch {
    return fault('holds something that cannot be read');
  }
}
