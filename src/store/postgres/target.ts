// Which database a URL names, and how it is reached: the URL first, then the variables that psql and its library read. What is in
// neither is left to pg, which knows PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSWORD, PGPASSFILE and ~/.pgpass itself.
import { readFileSync } from 'node:fs';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import type { StoreFault } from '../../core/store.ts';
import { storeFault } from '../thread/operations.ts';

export interface Target {
  /** The URL without its password and without what only says how: for people. */
  readonly name: string;
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly applicationName?: string;
  /** Settings for the server, as PGOPTIONS has them. */
  readonly options?: string;
  readonly connectTimeoutMs: number;
  /** False: in cleartext. */
  readonly tls: ConnectionOptions | false;
  /** Whether a server that knows no TLS is talked to in cleartext. */
  readonly isTlsOptional: boolean;
}

/** As PostgreSQL's own library names them in a URL. */
const PARAMETERS = [
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'connect_timeout',
  'application_name',
  'options',
] as const;
type Parameter = (typeof PARAMETERS)[number];

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const DEFAULT_CONNECT_TIMEOUT_MS = 5000;
/** So that a URL with a user and no host, as for a socket, is one. */
const NO_HOST = 'no-host.invalid';
const ADVICE =
  'Write it as postgres://USER@HOST/DATABASE, with %-escapes for what is no letter or digit in a name; a password is best left to PGPASSWORD or ~/.pgpass';

/**
 * @param env PGSSLMODE, PGSSLROOTCERT, PGSSLCERT, PGSSLKEY and PGCONNECT_TIMEOUT are read here
 * @throws StoreFault, which holds nothing of the URL, since a password may be anywhere in one that is wrong
 */
export function readTarget(url: string, env: NodeJS.ProcessEnv): Target {
  const { parsed, given } = parse(url);
  const host =
    given.host ?? (parsed.hostname === NO_HOST ? undefined : decoded(parsed.hostname).replace(/^\[(.*)\]$/, '$1'));
  const portText = given.port ?? parsed.port;
  const port = portText === '' ? undefined : Number(portText);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536)) throw wrongUrl('its port is none');
  const user = given.user ?? decoded(parsed.username);
  const password = given.password ?? decoded(parsed.password);
  const database = given.dbname ?? decoded(parsed.pathname.slice(1));
  const isSocket = host?.startsWith('/') ?? false;
  const mode = isSocket ? 'disable' : (given.sslmode ?? env.PGSSLMODE ?? 'prefer');
  if (!MODES.includes(mode)) throw wrongUrl(`its sslmode is none of ${MODES.join(', ')}`);
  const seconds = Number(given.connect_timeout ?? env.PGCONNECT_TIMEOUT ?? 0);
  return {
    name: nameOf({ user, host, port, database, isSocket }),
    ...(host && { host }),
    ...(port !== undefined && { port }),
    ...(user && { user }),
    ...(password && { password }),
    ...(database && { database }),
    ...(given.application_name && { applicationName: given.application_name }),
    ...(given.options && { options: given.options }),
    connectTimeoutMs: seconds > 0 ? seconds * 1000 : DEFAULT_CONNECT_TIMEOUT_MS,
    tls: mode === 'disable' || mode === 'allow' ? false : readTls(mode, host ?? env.PGHOST ?? 'localhost', given, env),
    isTlsOptional: mode === 'prefer',
  };
}

function parse(url: string): { readonly parsed: URL; readonly given: Readonly<Partial<Record<Parameter, string>>> } {
  const parsed = URL.parse(url.replace(/^(postgres(?:ql)?:\/\/)([^/?#]*@)?(?=[/?#]|$)/, `$1$2${NO_HOST}`));
  // Most likely of a password: what follows it would be ignored.
  if (url.includes('#')) throw wrongUrl('its URL has a #, which is to be written as %23');
  if (parsed === null) throw wrongUrl('its URL is none');
  const given: Partial<Record<Parameter, string>> = {};
  for (const [name, value] of parsed.searchParams) {
    const known = PARAMETERS.find((each) => each === name);
    if (known === undefined) throw wrongUrl(`its URL has a parameter that is none of ${PARAMETERS.join(', ')}`);
    given[known] = value;
  }
  return { parsed, given };
}

/** As PostgreSQL's library reads the modes: only `verify-…` look whom the certificate is of. */
function readTls(
  mode: string,
  host: string,
  given: Readonly<Partial<Record<Parameter, string>>>,
  env: NodeJS.ProcessEnv,
): ConnectionOptions {
  const root = given.sslrootcert ?? env.PGSSLROOTCERT;
  const cert = given.sslcert ?? env.PGSSLCERT;
  const key = given.sslkey ?? env.PGSSLKEY;
  // With `system`, and without any, the authorities that Node trusts.
  const ca = root === undefined || root === 'system' ? undefined : readPem('sslrootcert', root);
  const isVerified = mode === 'verify-full' || mode === 'verify-ca' || (mode === 'require' && ca !== undefined);
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert: readPem('sslcert', cert) }),
    ...(key !== undefined && { key: readPem('sslkey', key) }),
    rejectUnauthorized: isVerified,
    // pg does not say the host to Node where it is an address.
    checkServerIdentity: (_host, certificate) =>
      mode === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
  };
}

function readPem(parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw storeFault('postgres://…', `its ${parameter} cannot be read`, 'Check the path and its rights', error);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrongUrl('its URL has a % that begins no escape');
  }
}

interface NameParts {
  readonly user: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly database: string;
  readonly isSocket: boolean;
}

function nameOf({ user, host = '', port, database, isSocket }: NameParts): string {
  const who = user === '' ? '' : `${encodeURIComponent(user)}@`;
  const where = isSocket ? '' : `${host}${port === undefined ? '' : `:${port}`}`;
  return `postgres://${who}${where}/${encodeURIComponent(database)}${isSocket ? `?host=${host}` : ''}`;
}

function wrongUrl(what: string): StoreFault {
  return storeFault('postgres://…', what, ADVICE);
}
