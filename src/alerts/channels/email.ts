// E-mail: its options. What writes and sends it is loaded with the first message, since nodemailer is large.
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import addressparser from 'nodemailer/lib/addressparser';
import { type EmailChannel, EmailChannel_Security as Security } from '../../../gen/openk/config/v1/config_pb.ts';
import { createRedactor } from '../../core/redactor.ts';
import type { ChannelFault, ChannelKind } from './channel-kind.ts';
import type { HostPort } from './connections.ts';

/** SMTP with TLS from its first byte (RFC 8314). */
const TLS_PORT = 465;

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
        const [{ buildMail }, { sendMail }] = await Promise.all([
          import('./mail-message.ts'),
          import('./send-mail.ts'),
        ]);
        const mail = await buildMail(id, message, { from, to, domain });
        return sendMail(mail, { server, security, auth, caFile, connections, redactor, signal });
      },
    };
  },
};

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
