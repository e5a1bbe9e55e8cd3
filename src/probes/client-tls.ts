// TLS towards a target: the ClientTls options as Node's tls.connect takes them. It stands alone since every kind of
// probe that speaks TLS shares it. Files are read when a connection is made, and again once they change on disk, so
// that rotated certificates take effect without a reload.
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, createSecureContext, type SecureContext } from 'node:tls';
import type { ClientTls } from '../../gen/openk/config/v1/config_pb.ts';
import type { ProbeFault } from './probe.ts';

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

const FILES = [
  ['ca_file', 'caFile'],
  ['cert_file', 'certFile'],
  ['key_file', 'keyFile'],
] as const;

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
      const name = options.serverName || host;
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

/** What is wrong with the files. `path` leads to the ClientTls message. */
export function checkClientTls(options: ClientTlsOptions | undefined, path: ProbeFault['path']): readonly ProbeFault[] {
  if (options === undefined) return [];
  const faults: ProbeFault[] = [];
  if (options.certFile && !options.keyFile)
    faults.push({ path: [...path, 'key_file'], message: 'is missing: cert_file needs it' });
  if (options.keyFile && !options.certFile)
    faults.push({ path: [...path, 'cert_file'], message: 'is missing: key_file needs it' });
  for (const [field, name] of FILES) {
    const file = options[name];
    const message = file ? fileFault(() => readPem(file)) : undefined;
    if (message !== undefined) faults.push({ path: [...path, field], message });
  }
  if (faults.length > 0) return faults;
  const parts: readonly [string, ClientTlsOptions][] = [
    ['ca_file', { caFile: options.caFile ?? '' }],
    ['cert_file', { certFile: options.certFile ?? '', keyFile: options.keyFile ?? '' }],
  ];
  for (const [field, part] of parts) {
    const message = fileFault(() => readContext(part));
    if (message !== undefined) faults.push({ path: [...path, field], message });
  }
  return faults;
}

function readContext(options: ClientTlsOptions): SecureContext {
  return createSecureContext({
    ...(options.caFile && { ca: readPem(options.caFile) }),
    ...(options.certFile && { cert: readPem(options.certFile) }),
    ...(options.keyFile && { key: readPem(options.keyFile) }),
  });
}

/** Node takes a text without any PEM block as an empty list of authorities: everything would be untrusted. */
function readPem(file: string): string {
  const text = readFileSync(file, 'utf8');
  if (!text.includes('-----BEGIN ')) throw new Error('is no PEM file: it has no line -----BEGIN …-----');
  return text;
}

/** Changes when any of the files does; empty when there are none. */
function fileVersion(options: ClientTlsOptions): string {
  const files = FILES.flatMap(([, name]) => options[name] || []);
  return files
    .map((file) => {
      const { mtimeMs, ino, size } = statSync(file);
      return `${ino}:${size}:${mtimeMs}`;
    })
    .join(' ');
}

function fileFault(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'does not exist';
    if (code === 'EACCES') return 'cannot be read: permission denied';
    if (code === 'EISDIR') return 'is a directory';
    if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return 'does not belong to the key in key_file';
    return code === undefined ? message : `cannot be used: ${code}`;
  }
}
