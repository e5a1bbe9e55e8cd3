// The certificates that other tests stand on: each is what it is said to be, in the eyes of Node's TLS.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { createCertificates, type Identity } from '../support/certs.ts';

/** What a client that trusts the test authority makes of a server with this certificate. */
async function verdict(identity: Identity, servername?: string): Promise<string> {
  const { ca } = await createCertificates();
  const server = createServer({ ...identity }, (socket) => socket.on('error', () => {}).end()).listen(0, '127.0.0.1');
  server.on('tlsClientError', () => {});
  await once(server, 'listening');
  const socket = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    ca,
    ...(servername !== undefined && { servername }),
  });
  const result = await new Promise<string>((resolve) => {
    socket.once('secureConnect', () => resolve('trusted'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  socket.destroy();
  server.close();
  await once(server, 'close');
  return result;
}

describe('createCertificates', () => {
  it('makes servers that are trusted, or not, for the one reason that their name says', async () => {
    const certificates = await createCertificates();
    expect(await verdict(certificates.server)).toBe('trusted');
    expect(await verdict(certificates.server, 'localhost')).toBe('trusted');
    expect(await verdict(certificates.expiredServer)).toBe('CERT_HAS_EXPIRED');
    expect(await verdict(certificates.wrongNameServer)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await verdict(certificates.untrustedServer)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('makes a server certificate that ends when asked', async () => {
    const { issueServer } = await createCertificates();
    const notAfter = new Date('2030-01-02T03:04:05Z');
    const { cert } = await issueServer({ notAfter });
    expect(new X509Certificate(cert).validToDate).toEqual(notAfter);
  });
});
