import { generateKeyPairSync } from 'node:crypto';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ClientTlsOptions, checkClientTls, createClientTls } from '../../src/probes/client-tls.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';
import { startTls, type Upstream } from '../support/upstreams/tcp.ts';

const files = createTemporaryFiles();
let certificates: Certificates;
let server: Upstream;

beforeAll(async () => {
  certificates = await createCertificates();
  server = await startTls(certificates.server);
});
afterAll(async () => {
  await server.close();
  files.remove();
});

/** Whether a connection with these options is trusted. */
function trusted(options: ReturnType<ReturnType<typeof createClientTls>['connectOptions']>): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...options, host: 'localhost', port: server.port });
    const settle = (answer: boolean) => {
      resolve(answer);
      socket.destroy();
    };
    socket.once('secureConnect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

describe('files that change', () => {
  it('take effect with the next connection, and a broken one leaves the former in force', async () => {
    const caFile = files.write('rotated.pem', certificates.otherCa);
    const tls = createClientTls({ caFile });
    expect(await trusted(tls.connectOptions('localhost'))).toBe(false);
    files.write('rotated.pem', `${certificates.ca}\n`);
    expect(await trusted(tls.connectOptions('localhost'))).toBe(true);
    files.write('rotated.pem', 'half of a rota');
    expect(await trusted(tls.connectOptions('localhost'))).toBe(true);
    files.write('rotated.pem', `${certificates.otherCa}\n\n`);
    expect(await trusted(tls.connectOptions('localhost'))).toBe(false);
  });

  it('that were never there are an error', () => {
    expect(() => createClientTls({ caFile: files.path('none.pem') }).connectOptions('localhost')).toThrow('ENOENT');
  });
});

describe('names', () => {
  it('are sent, addresses are not', () => {
    expect(createClientTls().connectOptions('a.example').servername).toBe('a.example');
    expect(createClientTls({ serverName: 'b.example' }).connectOptions('10.0.0.1').servername).toBe('b.example');
    for (const address of ['10.0.0.1', '::1'])
      expect(createClientTls().connectOptions(address)).not.toHaveProperty('servername');
  });

  it.each([
    ['Localhost.', 'localhost'],
    ['münchen.example', 'xn--mnchen-3ya.example'],
    ['my_db.internal', 'my_db.internal'],
  ])('are in ASCII, without a dot at their end: %s', (written, sent) => {
    expect(createClientTls().connectOptions(written).servername).toBe(sent);
    expect(createClientTls({ serverName: written }).connectOptions('10.0.0.1').servername).toBe(sent);
  });

  it('have no zone to verify', async () => {
    const caFile = files.write('zone.pem', certificates.ca);
    expect(await trusted(createClientTls({ caFile }).connectOptions('::1%lo'))).toBe(true);
    expect(await trusted(createClientTls({ caFile }).connectOptions('localhost.'))).toBe(true);
  });

  it('may be an address that is not the host', async () => {
    const caFile = files.write('ca.pem', certificates.ca);
    expect(await trusted(createClientTls({ caFile, serverName: '127.0.0.1' }).connectOptions('elsewhere'))).toBe(true);
    expect(await trusted(createClientTls({ caFile, serverName: '10.0.0.1' }).connectOptions('localhost'))).toBe(false);
  });
});

describe('faults', () => {
  const certificate = () => files.write('cert.pem', certificates.client.cert);
  const key = () => files.write('key.pem', certificates.client.key);
  const encrypted = () =>
    generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
    }).privateKey;

  it.each<[string, () => ClientTlsOptions, [string, string][]]>([
    ['none', () => ({ caFile: files.write('ca.pem', certificates.ca), certFile: certificate(), keyFile: key() }), []],
    ['a missing key', () => ({ certFile: certificate() }), [['key_file', 'is missing: cert_file needs it']]],
    ['a missing certificate', () => ({ keyFile: key() }), [['cert_file', 'is missing: key_file needs it']]],
    [
      'files that are not there',
      () => ({ caFile: files.path('a'), certFile: files.path('b'), keyFile: files.path('c') }),
      [
        ['ca_file', 'does not exist'],
        ['cert_file', 'does not exist'],
        ['key_file', 'does not exist'],
      ],
    ],
    ['a directory', () => ({ caFile: files.path('.') }), [['ca_file', 'is a directory']]],
    ['a key for authorities', () => ({ caFile: key() }), [['ca_file', 'holds no certificate']]],
    [
      'a certificate for a key',
      () => ({ certFile: certificate(), keyFile: certificate() }),
      [['key_file', 'holds something that cannot be read']],
    ],
    [
      "another certificate's key",
      () => ({ certFile: certificate(), keyFile: files.write('other.key', certificates.server.key) }),
      [['cert_file', 'does not belong to the key in key_file']],
    ],
    [
      'an encrypted key',
      () => ({ certFile: certificate(), keyFile: files.write('encrypted.key', encrypted()) }),
      [['key_file', 'is encrypted: only keys without a passphrase can be used']],
    ],
  ])('%s', (_what, options, faults) => {
    expect(checkClientTls(options(), ['tls'])).toEqual(
      faults.map(([field, message]) => ({ path: ['tls', field], message })),
    );
  });
});
