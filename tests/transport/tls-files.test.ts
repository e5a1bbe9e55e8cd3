// The certificate of the port is another one while OpenK runs: who is connected stays, who comes gets the new one, and files
// that cannot be used change nothing. Time is turned by hand; files and connections are real.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { ClientHttp2Session } from 'node:http2';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { watchFile } from '../../src/config/apply/watch-file.ts';
import { checkServerTls } from '../../src/config/compile/server-tls.ts';
import { readTlsFiles, type TlsRenewal, watchTlsFiles } from '../../src/transport/tls-files.ts';
import { type Certificates, createCertificates, type Identity } from '../support/certs.ts';
import { eventually } from '../support/eventually.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { openHttp2 } from '../support/raw-http2.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';
import { startServer } from './harness.ts';

const INTERVAL_MS = 1_000;

let certificates: Certificates;
let renewed: Identity;
beforeEach(async () => {
  certificates = await createCertificates();
  renewed = await certificates.issueServer({});
});

const serialOf = (cert: string | Buffer) => new X509Certificate(cert).serialNumber;

async function serialShown(url: string): Promise<string> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), ca: certificates.ca });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

test('a thousand open streams stay, and new connections get the new certificate', async () => {
  const { server, url, ca, service } = await startServer('tls');
  const sessions: ClientHttp2Session[] = [];
  const releases: (() => void)[] = [];
  const statuses: unknown[] = [];
  for (let n = 0; n < 10; n++) {
    const session = await openHttp2(url, ca);
    sessions.push(session);
    for (let each = 0; each < 100; each++) {
      const { component, call } = service.hang();
      releases.push(call.release);
      const stream = session.request({ ':path': `/v1/components/${component}/health` });
      stream.on('response', ({ ':status': status }) => statuses.push(status)).resume();
    }
  }
  await eventually(() => server.openCalls() === 1_000);
  expect(await serialShown(url)).toBe(serialOf(certificates.server.cert));
  server.renewTls(renewed);
  expect(await serialShown(url)).toBe(serialOf(renewed.cert));
  expect(() => server.renewTls({ cert: renewed.cert, key: certificates.server.key })).toThrow();
  expect(await serialShown(url)).toBe(serialOf(renewed.cert));
  for (const release of releases) release();
  await eventually(() => server.openCalls() === 0);
  for (const session of sessions) session.close();
  await server.close();
  expect(statuses).toEqual(Array(1_000).fill(200));
});

describe('files', () => {
  let files: TemporaryFiles;
  let clock: FakeClock;
  let renewal: TlsRenewal;
  let certFile: string;
  let keyFile: string;
  const seen: string[] = [];

  const write = ({ cert, key }: Identity) => {
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
  };
  const look = async (times: number) => {
    for (let n = 0; n < times; n++) {
      await clock.advance(INTERVAL_MS);
      while (clock.pendingTimers < 2) await new Promise(setImmediate);
    }
    await renewal.renew();
  };
  const start = async () => {
    const names = { certFile, keyFile };
    renewal = await watchTlsFiles({
      files: names,
      initial: await readTlsFiles(names),
      watch: (file, onChange) => watchFile(file, onChange, { clock, intervalMs: INTERVAL_MS }),
      findFaults: (from) => checkServerTls({ clientCaFile: '', ...from }).map(({ message }) => message),
      onRenewed: ({ cert }) => seen.push(serialOf(cert)),
      onFault: (fault) => seen.push(fault),
    });
  };

  beforeEach(async () => {
    files = createTemporaryFiles();
    clock = createFakeClock();
    seen.length = 0;
    certFile = files.write('tls.crt', certificates.server.cert);
    keyFile = files.write('tls.key', certificates.server.key);
    await start();
  });
  afterEach(async () => {
    await renewal.close();
    expect(clock.pendingTimers).toBe(0);
    files.remove();
  });

  test('that nobody touches are not renewed, also when asked', async () => {
    await look(3);
    expect(seen).toEqual([]);
  });

  test('written in place', async () => {
    write(renewed);
    await look(2);
    expect(seen).toEqual([serialOf(renewed.cert)]);
  });

  test('renamed over the ones before', async () => {
    writeFileSync(`${certFile}.new`, renewed.cert);
    writeFileSync(`${keyFile}.new`, renewed.key);
    renameSync(`${certFile}.new`, certFile);
    renameSync(`${keyFile}.new`, keyFile);
    await look(2);
    expect(seen).toEqual([serialOf(renewed.cert)]);
  });

  test('behind a symlink that is swapped, as Kubernetes does it with secrets', async () => {
    await renewal.close();
    const folder = join(certFile, '..', 'secret');
    const version = (name: string, { cert, key }: Identity) => {
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, name, 'tls.crt'), cert);
      writeFileSync(join(folder, name, 'tls.key'), key);
    };
    version('..1', certificates.server);
    version('..2', renewed);
    symlinkSync('..1', join(folder, '..data'));
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(folder, name));
    [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    await start();
    symlinkSync('..2', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    await look(2);
    expect(seen).toEqual([serialOf(renewed.cert)]);
  });

  test.each<[string, () => void, string]>([
    ['a key that does not belong to the certificate', () => writeFileSync(certFile, renewed.cert), 'does not belong'],
    ['an empty certificate', () => writeFileSync(certFile, ''), 'is no PEM file with a CERTIFICATE'],
    ['half of a key', () => writeFileSync(keyFile, renewed.key.slice(0, 90)), 'cannot be used: '],
    ['a file that is gone', () => rmSync(keyFile), 'names a file that does not exist'],
  ])('%s changes nothing, is said once, and is over with files that fit', async (_name, spoil, fault) => {
    spoil();
    await look(4);
    expect(seen).toEqual([expect.stringContaining(fault)]);
    expect(renewal.fault()).toContain(fault);
    write(renewed);
    await look(2);
    expect(seen.slice(1)).toEqual([serialOf(renewed.cert)]);
    expect(renewal.fault()).toBeUndefined();
  });

  test('that changed before anybody watched are read at the start', async () => {
    await renewal.close();
    const initial = await readTlsFiles({ certFile, keyFile });
    write(renewed);
    renewal = await watchTlsFiles({
      files: { certFile, keyFile },
      initial,
      watch: (file, onChange) => watchFile(file, onChange, { clock }),
      findFaults: () => [],
      onRenewed: ({ cert }) => seen.push(serialOf(cert)),
      onFault: (fault) => seen.push(fault),
    });
    expect(seen).toEqual([serialOf(renewed.cert)]);
  });

  test('that only the listener finds wrong change nothing, and are tried again', async () => {
    await renewal.close();
    let refuses = true;
    renewal = await watchTlsFiles({
      files: { certFile, keyFile },
      initial: renewed,
      watch: (file, onChange) => watchFile(file, onChange, { clock }),
      findFaults: () => [],
      onRenewed({ cert }) {
        if (refuses) throw new Error('no such curve');
        seen.push(serialOf(cert));
      },
      onFault: (fault) => seen.push(fault),
    });
    await renewal.renew();
    refuses = false;
    await renewal.renew();
    expect(seen).toEqual(['the files of tls cannot be used', serialOf(certificates.server.cert)]);
  });
});
