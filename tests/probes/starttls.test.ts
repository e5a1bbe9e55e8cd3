// What is said before TLS in each protocol, for both kinds that say it: a table of servers, and of what they answer instead.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { create } from '@bufbuild/protobuf';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { StartTls, TcpProbeSchema, TlsProbeSchema } from '../../gen/openk/config/v1/config_pb.ts';
import { tcpProbe } from '../../src/probes/tcp.ts';
import { tlsProbe } from '../../src/probes/tls.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { look, probeContext, probeRun } from '../support/probe-run.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { startTcp, type Upstream } from '../support/upstreams/tcp.ts';

const LDAP_OK = Buffer.from('300c02010178070a010004000400', 'hex');
const LDAP_NO = Buffer.from('300c02010178070a013504000400', 'hex');
const SMTP = ['220-mail\r\n220 ready\r\n', 'EHLO openk.invalid\r\n', '250-mail\r\n250 STARTTLS\r\n', 'STARTTLS\r\n'];
const IMAP = ['* OK [CAPABILITY STARTTLS] ready\r\n', 'a STARTTLS\r\n'];
const LDAP_ASKED = Buffer.from('301d02010177188016312e332e362e312e342e312e313436362e3230303337', 'hex');
const POSTGRES_ASKED = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

type Said = string | Buffer;
/** What the server says, the client, and so on; the last is the server's word that it goes on in TLS. */
const GOOD: readonly [keyof typeof StartTls, readonly Said[]][] = [
  ['SMTP', [...SMTP, '220 go ahead\r\n']],
  ['IMAP', [...IMAP, '* BYE is not meant\r\na OK begin\r\n']],
  ['POP3', ['+OK ready\r\n', 'STLS\r\n', '+OK begin\r\n']],
  ['POSTGRES', ['', POSTGRES_ASKED, 'S']],
  ['LDAP', ['', LDAP_ASKED, LDAP_OK]],
  ['FTP', ['220-a\r\n220 b\r\n', 'AUTH TLS\r\n', '234 go\r\n']],
  ['FTP', ['220-a\r\n    Welcome\r\n\r\n221 be kind\r\n220-b\r\n220 c\r\n', 'AUTH TLS\r\n', '234 go\r\n']],
];
const BAD: readonly [keyof typeof StartTls, string, readonly Said[], string][] = [
  ['SMTP', 'has no TLS', [...SMTP, '454 not now\r\n'], 'STARTTLS_REFUSED came: 454 not now'],
  ['SMTP', 'does not serve us', ['554 go away\r\n'], 'STARTTLS_REFUSED came: 554 go away'],
  ['SMTP', 'is none', ['SSH-2.0-x\r\n'], 'PROTOCOL_ERROR SSH-2.0-x'],
  ['SMTP', 'goes on in cleartext', [...SMTP, '220 go\r\n220 injected\r\n'], 'PROTOCOL_ERROR '],
  ['SMTP', 'never ends its reply', ['220-a\r\n'.repeat(200)], 'PROTOCOL_ERROR '],
  ['FTP', 'does not serve us', ['421-too\r\n many\r\n421 today\r\n'], 'STARTTLS_REFUSED came: 421 today'],
  ['SMTP', 'never ends its line', ['2'.repeat(20_000)], 'PROTOCOL_ERROR '],
  ['IMAP', 'has no TLS', [...IMAP, 'a BAD what\r\n'], 'STARTTLS_REFUSED came: a BAD what'],
  ['IMAP', 'says goodbye', ['* BYE full\r\n'], 'STARTTLS_REFUSED came: * BYE full'],
  ['POP3', 'has no TLS', ['+OK\r\n', 'STLS\r\n', '-ERR\r\n'], 'STARTTLS_REFUSED came: -ERR'],
  ['POSTGRES', 'has no TLS', ['', POSTGRES_ASKED, 'N'], 'STARTTLS_REFUSED came: N, no TLS'],
  ['LDAP', 'has no TLS', ['', LDAP_ASKED, LDAP_NO], 'STARTTLS_REFUSED came: result code 53'],
  ['LDAP', 'is none', ['', LDAP_ASKED, 'HTTP/1.1 400\r\n'], 'PROTOCOL_ERROR '],
  ['FTP', 'has no TLS', ['220 b\r\n', 'AUTH TLS\r\n', '500 what\r\n'], 'STARTTLS_REFUSED came: 500 what'],
];

const files = createTemporaryFiles();
const started: Upstream[] = [];
let certificates: Certificates;
let caFile: string;

beforeAll(async () => {
  certificates = await createCertificates();
  caFile = files.write('ca.pem', certificates.ca);
});
afterEach(() => Promise.all(started.splice(0).map((upstream) => upstream.close())));
afterAll(() => files.remove());

async function serve(dialogue: readonly Said[], after: (socket: Socket) => void): Promise<Upstream> {
  const upstream = await startTcp((socket) => {
    const words = [...dialogue];
    let heard = Buffer.alloc(0);
    const say = () => {
      // In two pieces, so that nothing depends on how it is cut.
      const next = Buffer.from(words.shift() ?? '');
      socket.write(next.subarray(0, 1));
      setImmediate(() => {
        socket.write(next.subarray(1));
        if (words.length === 0) after(socket);
      });
    };
    socket.on('data', (bytes: Buffer) => {
      if (words.length === 0) return;
      heard = Buffer.concat([heard, bytes]);
      if (!heard.equals(Buffer.from(words[0]!))) return;
      words.shift();
      heard = Buffer.alloc(0);
      socket.removeAllListeners(words.length === 1 ? 'data' : 'none');
      say();
    });
    say();
  });
  started.push(upstream);
  return upstream;
}
const inTls = (socket: Socket) => {
  const secure = new TLSSocket(socket, { isServer: true, ...certificates.server });
  secure.on('error', () => {});
  secure.write('secret words\n');
};

describe.each(GOOD)('%s', (name, dialogue) => {
  it('shows the certificate', async () => {
    const { target } = await serve(dialogue, inTls);
    const options = create(TlsProbeSchema, { target, caFile, starttls: StartTls[name] });
    expect(await look(tlsProbe.create(options, probeContext()))).toMatchObject({
      outcome: 'HEALTHY',
      certificateExpiresMs: expect.any(Number),
    });
  });

  it('and what is said in TLS is what is expected', async () => {
    const { target } = await serve(dialogue, inTls);
    const tls = { caFile };
    const options = create(TcpProbeSchema, { target, tls, starttls: StartTls[name], expect: '^secret words$' });
    expect(await look(tcpProbe.create(options, probeContext()))).toMatchObject({ outcome: 'HEALTHY' });
  });

  it('is over with the run', async () => {
    const silent = await startTcp();
    started.push(silent);
    const options = create(TlsProbeSchema, { target: silent.target, starttls: StartTls[name] });
    const stop = new AbortController();
    const run = tlsProbe.create(options, probeContext()).run(probeRun(stop.signal));
    await silent.acceptedAtLeast(1);
    stop.abort(new Error('out of time'));
    await expect(run).rejects.toThrow('out of time');
    await silent.idle();
  });
});

it.each(BAD)('%s: a server that %s', async (name, _what, dialogue, expected) => {
  const upstream = await serve(dialogue, () => {});
  const options = create(TlsProbeSchema, { target: upstream.target, caFile, starttls: StartTls[name] });
  const { outcome, reason } = await look(tlsProbe.create(options, probeContext()));
  expect(`${outcome} ${reason.code} ${reason.evidence ?? ''}`).toBe(`UNHEALTHY ${expected}`);
  await upstream.idle();
});

it('a server that closes', async () => {
  const { target } = await serve(SMTP.slice(0, 3), (socket) => socket.end());
  const options = create(TlsProbeSchema, { target, starttls: StartTls.SMTP });
  expect((await look(tlsProbe.create(options, probeContext()))).reason.code).toBe('CONNECTION_CLOSED');
});
