// What went wrong with which database, with advice by PostgreSQL's and Node's codes. Holds nothing of the content.
import type { StoreFault } from '../../core/store.ts';
import { storeFault } from '../thread/operations.ts';

const UNREACHABLE = 'Is it running, and reachable from here?';
const CREDENTIALS = 'Check the user, and the password in PGPASSWORD, ~/.pgpass or the URL';
const ROOM = 'Make room on the disk of the database';
const POOLING = 'Transactions are needed: set pool_mode of PgBouncer to transaction or session';

/** By SQLSTATE or its class, and by code of Node. */
const ADVICE: Readonly<Record<string, string>> = {
  '08': UNREACHABLE,
  '25006': 'It is a standby, or was made read-only: name the primary',
  '28': CREDENTIALS,
  '3D000': 'Make it, with `createdb`, or name another one',
  '42501': 'The user must own the schema openk, or be allowed to create it: GRANT CREATE ON DATABASE … TO …',
  '53100': ROOM,
  '53300': 'It has too many connections: raise max_connections, or put PgBouncer before it',
  '55P03': 'Another transaction holds what is needed: look at pg_locks',
  '57014': 'It was too slow: look at its load',
  '57P': UNREACHABLE,
  XX001: 'Its files are damaged: go back to a backup',
  XX002: 'An index is damaged: REINDEX it',
  ENOTFOUND: 'Check the name of its host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Name the authority in sslrootcert',
  SELF_SIGNED_CERT_IN_CHAIN: 'Name the authority in sslrootcert',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'Name the authority in sslrootcert',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Its certificate is of another host: name that one, or use sslmode=verify-ca',
};

export function databaseFault(store: string, what: string, error: unknown): StoreFault {
  return storeFault(store, what, adviceFor(error), withWords(error));
}

/** Whether it may be over by itself: a server that starts, restarts, or cannot be reached. */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  if (isAboutPassword(error) || isAboutPooling(error)) return false;
  return (
    /^(08|57P|53300|55P03|40P01|25006)/.test(code) ||
    /^E(CONN|HOST|NET|PIPE|TIMEDOUT|NOENT|AI_AGAIN)/.test(code) ||
    code === ''
  );
}

function adviceFor(error: unknown): string {
  const code = codeOf(error);
  if (isAboutPassword(error)) return CREDENTIALS;
  if (isAboutPooling(error)) return POOLING;
  const known = Object.entries(ADVICE).find(([prefix]) => code.startsWith(prefix));
  return known?.[1] ?? (isPassing(error) ? UNREACHABLE : 'Look at the log of the database');
}

/** What pg says itself of a password that is missing or wrong has no code. */
function isAboutPassword(error: unknown): boolean {
  return Error.isError(error) && codeOf(error) === '' && /SASL|SCRAM|password/i.test(error.message);
}

/** PgBouncer has one code for whatever it says itself, such as that it cannot reach the database just now. */
function isAboutPooling(error: unknown): boolean {
  return Error.isError(error) && codeOf(error) === '08P01' && /statement pooling mode/.test(error.message);
}

/** Of a host with several addresses Node says nothing but how many there were. */
function withWords(error: unknown): unknown {
  if (!(error instanceof AggregateError) || error.message !== '') return error;
  return error.errors[0] ?? error;
}

function codeOf(error: unknown): string {
  return Error.isError(error) && 'code' in error ? String(error.code) : '';
}
