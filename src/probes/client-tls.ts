// TLS towards a target: the ClientTls options as Node's tls.connect takes them. It stands alone since every kind of
// probe that speaks TLS shares it. Files are read when a connection is made, and again once they change on disk, so
// that rotated certificates take effect without a reload.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, createSecureContext, type SecureContext } from 'node:tls';
import type { ClientTls } from '../../gen/openk/config/v1/config_pb.ts';
import { onFirstUse } from '../core/on-first-use.ts';
import type { ProbeFault } from './faults.ts';
import { readName } from './host-port.ts';

/** The part of ClientTls that can be set; a message of that type is one. */
export type ClientTlsOptions = Partial<
  Pick<ClientTls, 'caFile' | 'certFile' | 'keyFile' | 'serverName' | 'insecureSkipVerify'>
>;

export interface ClientTlsContext {
  /**
   * Options for one connection to `host`, a name or an IP address without brackets. Fit for `tls.connect` and
   * `http2.connect`, and to be used once. Keeps the certificates it had when the files cannot be read or do not fit together
   * just now, as in the middle of a rotation.
   * @throws {Error} when there were none before
   */
  connectOptions(host: string): ConnectionOptions;
}

const FILES = ['caFile', 'certFile', 'keyFile'] as const;

/** Opens nothing. `options` left out: verify against the authorities of the system. */
export function createClientTls(options: ClientTlsOptions = {}): ClientTlsContext {
  let current: { readonly version: string; readonly context: SecureContext } | undefined;

  const secureContext = () => {
    try {
      const version = fileVersion(options);
      // Without files Node's default serves, which all connections of the process share.
      if (version === '') return undefined;
      if (current?.version !== version) current = { version, context: readContext(options) };
    } catch (error) {
      if (current === undefined) throw error;
    }
    return current?.context;
  };

  return {
    connectOptions(host) {
      const name = nameToVerify(options.serverName || host);
      const context = secureContext();
      return {
        ...(context && { secureContext: context }),
        // Server name indication carries names only (RFC 6066, section 3).
        ...(isIP(name) === 0 && { servername: name }),
        // Node would verify the servername, and there may be none.
        checkServerIdentity: (_servername, certificate) => checkServerIdentity(name, certificate),
        rejectUnauthorized: options.insecureSkipVerify !== true,
      };
    },
  };
}

/** In ASCII; certificates and name indication have no dot at the end of a name, and no zone in an address (RFC 6066, section 3). */
function nameToVerify(text: string): string {
  return (readName(text) ?? text).replace(/\.$/, '').replace(/%.*$/, '');
}

/**
 * The first context of TLS that a process makes has the authorities of the system read, which takes a tenth of a second (src/runtime.ts): made
 * before the first run that may open TLS, it is in no latency.
 */
export const prepareTls = onFirstUse(() => void createSecureContext());

/** What is wrong with the files. `path` leads to the ClientTls message. */
export function checkClientTls(options: ClientTlsOptions | undefined, path: ProbeFault['path']): readonly ProbeFault[] {
  if (options === undefined) return [];
  const { caFile, certFile, keyFile } = options;
  const faults: ProbeFault[] = [];
  const fault = (field: string, message: string) => void faults.push({ path: [...path, field], message });
  const test = (field: string, read: () => unknown) => {
    const message = faultOf(read);
    if (message !== undefined) fault(field, message);
    return message === undefined;
  };
  if (certFile && !keyFile) fault('key_file', 'is missing: cert_file needs it');
  if (keyFile && !certFile) fault('cert_file', 'is missing: key_file needs it');
  if (caFile) test('ca_file', () => readCertificates(caFile));
  const certIsFine = certFile ? test('cert_file', () => readCertificates(certFile)) : false;
  const keyIsFine = keyFile ? test('key_file', () => readKey(keyFile)) : false;
  if (certFile && keyFile && certIsFine && keyIsFine) test('cert_file', () => readContext({ certFile, keyFile }));
  return faults;
}

function readContext(options: ClientTlsOptions): SecureContext {
  return createSecureContext({
    ...(options.caFile && { ca: readPem(options.caFile) }),
    ...(options.certFile && { cert: readPem(options.certFile) }),
    ...(options.keyFile && { key: readPem(options.keyFile) }),
  });
}

function readPem(file: string): string {
  const text = readFileSync(file, 'utf8');
  if (!text.includes('-----BEGIN ')) throw new Error('is no PEM file: it has no line -----BEGIN …-----');
  return text;
}

/** Node passes over what it cannot read in a list of authorities; then nothing would be trusted, and nobody knew why. */
function readCertificates(file: string): readonly X509Certificate[] {
  const blocks =
    readPem(file).match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END [A-Z0-9 ]+-----/g) ?? [];
  if (blocks.length === 0) throw new Error('holds no certificate');
  return blocks.map((block) => new X509Certificate(block));
}

function readKey(file: string): KeyObject {
  const text = readPem(file);
  // PKCS #8 (RFC 5958) says it in the label, the older form in a header (RFC 1421).
  if (text.includes('ENCRYPTED')) throw new Error('is encrypted: only keys without a passphrase can be used');
  return createPrivateKey(text);
}

/** Changes when any of the files does; empty when there are none. */
function fileVersion(options: ClientTlsOptions): string {
  const files = FILES.flatMap((name) => options[name] || []);
  return files
    .map((file) => {
      const { mtimeMs, ino, size } = statSync(file);
      return `${ino}:${size}:${mtimeMs}`;
    })
    .join(' ');
}

function faultOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'does not exist';
    if (code === 'EACCES') return 'cannot be read: permission denied';
    if (code === 'EISDIR') return 'is a directory';
    if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return 'does not belong to the key in key_file';
    // The words of OpenSSL are for its developers, and what they say about a key is nobody's business.
    return code === undefined ? message : 'holds something that cannot be read';
  }
}
