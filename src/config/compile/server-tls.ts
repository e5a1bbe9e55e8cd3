// Whether the certificate files of OpenK's own port can be used: better told with the other faults of the file than by a
// listener that does not start.
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { ServerTls } from '../../../gen/openk/config/v1/config_pb.ts';
import type { PathFault } from '../fault.ts';

/** `paths` are from the message on. File names must be absolute. */
export function checkServerTls(tls: Pick<ServerTls, 'certFile' | 'keyFile' | 'clientCaFile'>): readonly PathFault[] {
  const faults: PathFault[] = [];
  const attempt = <Result>(field: string, action: () => Result): Result | undefined => {
    try {
      return action();
    } catch (error) {
      faults.push({ path: [field], message: describe(error) });
      return undefined;
    }
  };
  const cert = attempt('cert_file', () => readPem(tls.certFile, 'CERTIFICATE'));
  const key = attempt('key_file', () => readPem(tls.keyFile, 'PRIVATE KEY'));
  if (cert !== undefined) attempt('cert_file', () => createSecureContext({ cert }));
  if (key !== undefined) attempt('key_file', () => createSecureContext({ key }));
  if (faults.length === 0) attempt('key_file', () => createSecureContext({ cert: cert!, key: key! }));
  if (tls.clientCaFile !== '') {
    attempt('client_ca_file', () => createSecureContext({ ca: readPem(tls.clientCaFile, 'CERTIFICATE') }));
  }
  return faults;
}

class NotPem extends Error {}

/** Node takes a file with no certificate in it for an empty list of authorities. */
function readPem(file: string, label: string): string {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(`${label}-----`)) throw new NotPem(`is no PEM file with a ${label}`);
  return text;
}

/** Only what is known to hold no secret: OpenSSL's own messages may quote from keys. */
function describe(error: unknown): string {
  if (error instanceof NotPem) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'names a file that does not exist';
  if (code === 'EACCES') return 'names a file that this process may not read';
  if (code === 'EISDIR') return 'names a directory, not a file';
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return 'does not belong to the certificate in cert_file';
  return `cannot be used: ${code ?? 'it is damaged'}`;
}
