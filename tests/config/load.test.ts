// Files as they are on a disk: there or not, readable or not, certificates or something else.
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatFault } from '../../src/config/fault.ts';
import { loadConfig, MAX_FILE_BYTES } from '../../src/config/load.ts';
import type { LoadedConfig } from '../../src/config/read-config.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';
import { checks, parseValid } from './support.ts';

let files: TemporaryFiles;

beforeAll(() => {
  files = createTemporaryFiles();
});
afterAll(() => files.remove());

/** The faults, with the path of the file left out. */
async function faultsAt(path: string): Promise<readonly string[]> {
  const result = await loadConfig(path, { ...checks, env: {} });
  return result.ok ? [] : result.faults.map((fault) => formatFault({ ...fault, file: 'FILE' }));
}

describe('loadConfig', () => {
  it('reads a file', async () => {
    const path = files.write('good.yaml', '\uFEFFlisten: localhost:0\r\nstorage: { url: "memory:" }\r\n');
    expect(await loadConfig(path, { ...checks, env: {} })).toMatchObject({
      ok: true,
      config: { listen: { host: 'localhost', port: 0 }, storageUrl: 'memory:' },
    });
  });

  it('keeps how very many components are written for the next reading', async () => {
    const text = (target: string) =>
      `\uFEFFcomponents:\n${Array.from({ length: 300 }, (_, n) => `  - { id: c${n}, display_name: "Dienst für ${n}", tcp: { target: "a:${n === 7 ? target : 1}" } }\n`).join('')}`;
    const path = files.write('many.yaml', text('1'));
    const load = async (earlier?: LoadedConfig) => {
      const result = await loadConfig(path, { ...checks, env: {} }, undefined, earlier);
      if (!result.ok) throw new Error(JSON.stringify(result.faults));
      return result.config;
    };
    const first = await load();
    files.write('many.yaml', text('2'));
    const { components } = (await load(first)).system;
    const others = components.filter((definition) => !first.system.components.includes(definition));
    expect(others.map(({ id }) => id)).toEqual(['c7']);
  });

  it('names the file in its faults', async () => {
    const path = files.write('bad.yaml', 'listen: 1\n');
    expect(await loadConfig(path, { ...checks, env: {} })).toMatchObject({
      ok: false,
      faults: [{ file: path, line: 1, column: 9, path: 'listen' }],
    });
  });

  it('tells that there is none', async () => {
    expect(await faultsAt(files.path('none.yaml'))).toEqual([
      'FILE: does not exist: create it, or name another (for `openk serve` with --config)',
    ]);
  });

  it('tells that it is a directory', async () => {
    mkdirSync(files.path('directory'));
    expect(await faultsAt(files.path('directory'))).toEqual(['FILE: is a directory, not a file']);
  });

  it('tells that it is no text', async () => {
    writeFileSync(files.path('binary.yaml'), Buffer.from([0x6c, 0xff, 0xfe]));
    expect(await faultsAt(files.path('binary.yaml'))).toEqual(['FILE: is no UTF-8 text: save it in that encoding']);
    writeFileSync(files.path('binary.yaml'), 'components: []', 'utf16le');
    expect(await faultsAt(files.path('binary.yaml'))).toEqual(['FILE: is no UTF-8 text: save it in that encoding']);
  });

  it('reads no more than 10 MiB', async () => {
    const path = files.write('large.yaml', `{}\n#${'x'.repeat(MAX_FILE_BYTES - 4)}`);
    expect(await faultsAt(path)).toEqual([]);
    files.write('large.yaml', `#${'x'.repeat(MAX_FILE_BYTES)}`);
    expect(await faultsAt(path)).toEqual(['FILE: is larger than 10 MiB: split what it watches over several OpenKs']);
  });
});

describe('the certificate of the port', () => {
  let certificates: Certificates;
  beforeAll(async () => {
    certificates = await createCertificates();
    files.write('server.pem', certificates.server.cert);
    files.write('server.key', certificates.server.key);
    files.write('other.key', certificates.client.key);
    files.write('ca.pem', certificates.ca);
    files.write('text.pem', 'no certificate\n');
    files.write('damaged.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  });

  const tls = (text: string) => faultsAt(files.write('openk.yaml', `tls: ${text}\n`));

  it('is given with absolute paths', () => {
    const config = parseValid('tls: { cert_file: server.pem, key_file: server.key }', {}, files.path('openk.yaml'));
    expect(config.tls).toMatchObject({ certFile: files.path('server.pem'), keyFile: files.path('server.key') });
  });

  it.each([
    ['{ cert_file: server.pem, key_file: server.key, client_ca_file: ca.pem }', []],
    ['{ cert_file: none.pem, key_file: server.key }', ['FILE:1:19: tls.cert_file: names a file that does not exist']],
    ['{ cert_file: ".", key_file: server.key }', ['FILE:1:19: tls.cert_file: names a directory, not a file']],
    ['{ cert_file: text.pem, key_file: server.key }', ['FILE:1:19: tls.cert_file: is no PEM file with a CERTIFICATE']],
    ['{ cert_file: server.pem, key_file: ca.pem }', ['FILE:1:41: tls.key_file: is no PEM file with a PRIVATE KEY']],
    [
      '{ cert_file: damaged.pem, key_file: server.key }',
      [expect.stringMatching(/^FILE:1:19: tls\.cert_file: cannot be used: ERR_OSSL/)],
    ],
    [
      '{ cert_file: server.pem, key_file: other.key }',
      ['FILE:1:41: tls.key_file: does not belong to the certificate in cert_file'],
    ],
    [
      '{ cert_file: server.pem, key_file: server.key, client_ca_file: text.pem }',
      ['FILE:1:69: tls.client_ca_file: is no PEM file with a CERTIFICATE'],
    ],
  ])('%s', async (text, faults) => {
    expect(await tls(text)).toEqual(faults);
  });
});
