// Mail as a real server takes it (smtp-server): with STARTTLS and a login, and in one conversation for each alert.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SMTPServer } from 'smtp-server';
import { EmailChannel_Security as Security } from '../../../gen/openk/config/v1/config_pb.ts';
import { buildMail } from '../../../src/alerts/channels/mail-message.ts';
import { checkChannel } from '../../../src/alerts/channels/registry.ts';
import { type Certificates, createCertificates } from '../../support/certs.ts';
import { createTemporaryFiles } from '../../support/temporary-files.ts';
import { exampleAlert, exampleMessage, outgoing } from './examples.ts';
import { mailOptions } from './kinds.ts';
import { createChannelRig, never } from './rig.ts';

const rig = createChannelRig();
const files = createTemporaryFiles();
let certificates: Certificates;
let caFile: string;
interface Taken {
  readonly user: string | undefined;
  readonly isSecure: boolean;
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}
const taken: Taken[] = [];
beforeEach(() => {
  taken.length = 0;
});

async function startServer(isSecure: boolean) {
  const { cert, key } = certificates.server;
  const server = new SMTPServer({
    secure: isSecure,
    cert,
    key,
    authMethods: ['PLAIN', 'LOGIN'],
    onAuth({ username, password }, _session, done) {
      if (password === 'mail-Password-69') done(null, { user: username ?? '' });
      else done(new Error('wrong'));
    },
    async onData(stream, session, done) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const { mailFrom, rcptTo } = session.envelope;
      taken.push({
        user: session.user as string | undefined,
        isSecure: session.secure,
        from: mailFrom ? mailFrom.address : '',
        to: rcptTo.map(({ address }) => address),
        text: Buffer.concat(chunks).toString('utf8'),
      });
      done();
    },
  });
  // What a client does wrong is for the client to say.
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return { smtp: `localhost:${port}`, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}
let starttls: Awaited<ReturnType<typeof startServer>>;
let implicit: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  certificates = await createCertificates();
  caFile = files.write('ca.pem', certificates.ca);
  [starttls, implicit] = await Promise.all([startServer(false), startServer(true)]);
});
afterAll(async () => {
  await Promise.all([starttls.close(), implicit.close()]);
  files.remove();
});

describe('a mail server', () => {
  it.each([
    ['STARTTLS', Security.STARTTLS],
    ['TLS', Security.TLS],
  ] as const)('is spoken to by %s, with a login', async (_name, security) => {
    const { smtp } = security === Security.TLS ? implicit : starttls;
    const channel = rig.channel('email', mailOptions(smtp, { security, caFile }));
    expect(await channel.send(outgoing(), never)).toEqual({ kind: 'accepted' });
    expect(taken).toMatchObject([
      {
        user: 'mail-user',
        isSecure: true,
        from: 'openk@example.com',
        to: ['ops@example.com', 'juergen@example.com'],
        text: expect.stringContaining('Subject: [OpenK] Payments database\r\n'),
      },
    ]);
  });

  it('that nobody vouches for learns nothing', async () => {
    const otherCa = files.write('other.pem', certificates.otherCa);
    for (const security of [Security.STARTTLS, Security.TLS]) {
      const { smtp } = security === Security.TLS ? implicit : starttls;
      const channel = rig.channel('email', mailOptions(smtp, { security, caFile: otherCa }));
      expect(await channel.send(outgoing(), never)).toMatchObject({
        kind: 'retry',
        perhapsDelivered: false,
        error: expect.stringContaining('trusted authority'),
      });
    }
    expect(taken).toEqual([]);
  });

  it('that knows the user not refuses the mail', async () => {
    const channel = rig.channel(
      'email',
      mailOptions(starttls.smtp, { security: Security.STARTTLS, caFile, password: 'wrong-one' }),
    );
    const result = await channel.send(outgoing(), never);
    expect(result).toMatchObject({ kind: 'refused', error: expect.stringContaining('535') });
    expect(JSON.stringify(result)).not.toContain('wrong-one');
  });
});

describe('a mail', () => {
  const addresses = { from: 'OpenK <openk@example.com>', to: ['ops@example.com'], domain: 'example.com' };
  const headersOf = async (id: string, message = exampleMessage()) => {
    const [head = ''] = (await buildMail(id, message, addresses)).bytes.toString('utf8').split('\r\n\r\n');
    const unfolded = head.replaceAll(/\r\n[ \t]+/g, ' ');
    return new Map(
      unfolded.split('\r\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
    );
  };

  it('is the same at each attempt, of its own in each delivery, and in the conversation of its alert', async () => {
    const [first, again, later] = [
      await headersOf('d-1'),
      await headersOf('d-1'),
      await headersOf('d-2', exampleMessage('alert.resolved')),
    ];
    expect(first.get('Message-ID')).toBe('<d-1@example.com>');
    expect([...again]).toEqual([...first]);
    expect(later.get('Message-ID')).toBe('<d-2@example.com>');
    for (const name of ['In-Reply-To', 'References', 'Subject']) expect(later.get(name)).toBe(first.get(name));
    expect(first.get('References')).toBe('<alert-mabc123-7@example.com>');
    expect(first.get('Subject')).toBe('[OpenK] Payments database');
    expect(first.get('Auto-Submitted')).toBe('auto-generated');
    expect(later.get('X-Openk-Status')).toBe('HEALTHY');
  });

  it('has the headers that it is meant to have, and no others, whatever an alert is about', async () => {
    const usual = [...(await headersOf('d-1')).keys()].sort();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 100 }), async (text) => {
        const hostile = `${text}\r\nBcc: evil@example.com\r\n\r\n${text}`;
        const alert = exampleAlert({
          displayName: hostile,
          component: hostile,
          reason: { code: 'X', message: hostile },
        });
        const headers = await headersOf('d-1', exampleMessage('alert.opened', alert));
        expect(
          [...headers.keys()].filter((name) => !usual.includes(name) && name !== 'Content-Transfer-Encoding'),
        ).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the configuration', () => {
  it.each([
    [{ smtp: 'mail.example.com' }, ['smtp']],
    [{ smtp: 'mail.example.com:0' }, ['smtp']],
    [{ smtp: 'unix:/run/mail:25' }, ['smtp']],
    [{ smtp: 'a b:25' }, ['smtp']],
    [{ from: 'nobody' }, ['from']],
    [{ from: 'a@b.c, d@e.f' }, ['from']],
    [{ from: 'a@b.c\r\nBcc: x@y.z' }, ['from']],
    [{ to: ['ops@example.com', ''] }, ['to', 1]],
    [{ username: '' }, ['username']],
    [{ password: '' }, ['password']],
    [{ caFile: '/nonexistent' }, ['ca_file']],
    [{ caFile: import.meta.filename }, ['ca_file']],
  ])('%j has a fault', (change, path) => {
    expect(checkChannel('email', mailOptions('mail.example.com:587', change)).map((fault) => fault.path)).toEqual([
      path,
    ]);
  });

  it.each(['mail.example.com:587', '[::1]:25', '10.0.0.1:465', 'münchen.example:25'])('%s is a server', (smtp) => {
    expect(checkChannel('email', mailOptions(smtp))).toEqual([]);
  });
});
