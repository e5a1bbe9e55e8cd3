// Names of client certificates, as Node writes them into one text.
import { X509Certificate } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { parseNames } from '../../src/transport/peer-certificate.ts';
import { createCertificates } from '../support/certs.ts';

it.each<[string, readonly string[]]>([
  ['', []],
  ['URI:spiffe://acme/backup', ['spiffe://acme/backup']],
  ['DNS:A.example, email:ci@example.com, IP Address:127.0.0.1', ['a.example', 'ci@example.com']],
  ['DirName:"CN=a, DNS:evil", DNS:b', ['b']],
  ['URI:"spiffe://a\\u002c DNS:evil"', ['spiffe://a, DNS:evil']],
  ['othername:<unsupported>, DNS:c', ['c']],
  ['DNS:a", DNS:evil', []],
  ['DNS:"a', []],
  ['DNS:"\\x41"', []],
  ['DNS:a,DNS:evil', []],
])('%j', (text, names) => expect(parseNames(text)).toEqual(names));

it('does not take a part of a name for another name', async () => {
  const { issueClient } = await createCertificates();
  for (const value of ['spiffe://a, DNS:evil', 'x", DNS:evil, URI:"y', 'x\u0000, DNS:evil', "x', DNS:evil"]) {
    const { cert } = await issueClient({ alternativeNames: [{ type: 'url', value }] });
    expect(parseNames(new X509Certificate(cert).subjectAltName ?? '')).not.toContain('evil');
  }
});
