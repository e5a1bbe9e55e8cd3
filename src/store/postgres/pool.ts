// Connections to one database, a bounded number of them, and transactions on them. A connection keeps nothing between two
// transactions (no settings, no named statements, no listening), so that a pooler that gives each transaction another one will do.
import pg from 'pg';
import type { Target } from './target.ts';

/** @param values of $1, $2 … */
export type Query = <Row = Record<string, unknown>>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

export interface Pool {
  /** One statement by itself, without the ways there and back that a transaction takes. Not for what may run or wait for long: only the answer has a bound. */
  readonly ask: Query;
  /** All of it as of one moment. */
  read<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** @throws OutcomeUnknown, or what it failed with; nothing is kept then */
  write<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Once the transactions that run have ended. */
  close(): Promise<void>;
}

/** One, for as long as a transaction takes. */
export interface Connection {
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: unknown[]; readonly command: string }>;
  /** @param lost Why nobody can use it any more */
  release(lost?: Error): void;
}

/** The connection was lost after the transaction was to be kept, and before the answer. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

const MAX_CONNECTIONS = 4;
const IDLE_MS = 60_000;
/** What one statement may take. The server ends it; the second is for a server that is not there any more. */
const [STATEMENT_MS, ANSWER_MS] = [10_000, 12_000];
/** What a statement may wait for another transaction. */
const LOCK_MS = 5_000;
/** A process that is frozen in the middle of a transaction holds its locks for this long at most. */
const IDLE_IN_TRANSACTION_MS = 8_000;

const LIMITS = `SET LOCAL statement_timeout = ${STATEMENT_MS};
  SET LOCAL lock_timeout = ${LOCK_MS};
  SET LOCAL idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`;
const BEGIN_READ = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${LIMITS}`;
const BEGIN_WRITE = `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; ${LIMITS}`;

/** Of bigint: what OpenK keeps in one is exact as a number. */
const INT8 = 20;
const TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

/** What a connection says while nobody asks it is a loss that the next who asks finds. */
class QuietClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

/** Connects when it is asked. */
export function createPool(target: Target): Pool {
  let tls = target.tls;
  const create = () =>
    new pg.Pool({
      ...(target.host !== undefined && { host: target.host }),
      ...(target.port !== undefined && { port: target.port }),
      ...(target.user !== undefined && { user: target.user }),
      ...(target.password !== undefined && { password: target.password }),
      ...(target.database !== undefined && { database: target.database }),
      ...(target.options !== undefined && { options: target.options }),
      ...(target.applicationName === undefined
        ? { fallback_application_name: 'openk' }
        : { application_name: target.applicationName }),
      ssl: tls,
      types: TYPES,
      keepAlive: true,
      max: MAX_CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      connectionTimeoutMillis: target.connectTimeoutMs,
      query_timeout: ANSWER_MS,
      Client: QuietClient,
    }).on('error', () => {});
  let pool = create();

  const connect = async (): Promise<pg.PoolClient> => {
    const asked = pool;
    try {
      return await asked.connect();
    } catch (error) {
      if (tls === false || !target.isTlsOptional || !knowsNoTls(error)) throw error;
      tls = false;
      pool = create();
      await asked.end();
      return pool.connect();
    }
  };
  const transactions = createTransactions(async () => {
    const client = await connect();
    return {
      query: (text, values) => client.query(text, values as unknown[] | undefined),
      release: (lost) => client.release(lost),
    };
  });
  return { ...transactions, close: () => pool.end() };
}

/** Each on a connection of its own. */
export function createTransactions(connect: () => Promise<Connection>): Omit<Pool, 'close'> {
  const transaction = async <T>(begin: string, work: (query: Query) => Promise<T>): Promise<T> => {
    const client = await connect();
    let lost: Error | undefined;
    try {
      await client.query(begin);
      const result = await work(async (text, values) => (await client.query(text, values)).rows as never);
      await commit(client);
      return result;
    } catch (error) {
      if (leavesConnection(error)) {
        await client.query('ROLLBACK').catch((failure: Error) => {
          lost = failure;
        });
      } else {
        lost = error as Error;
      }
      throw error;
    } finally {
      client.release(lost);
    }
  };
  return {
    async ask(text, values) {
      const client = await connect();
      let lost: Error | undefined;
      try {
        return (await client.query(text, values)).rows as never;
      } catch (error) {
        if (!leavesConnection(error)) lost = error as Error;
        throw error;
      } finally {
        client.release(lost);
      }
    },
    read: (work) => transaction(BEGIN_READ, work),
    write: (work) => transaction(BEGIN_WRITE, work),
  };
}

/** A statement that failed leaves its connection as it is; any other fault, and nobody knows what is on the way. */
function leavesConnection(error: unknown): boolean {
  return error instanceof pg.DatabaseError ? error.severity === 'ERROR' : !isOfConnection(error);
}

/** Also one of which it is not known whether it happened. */
export function isOfConnection(error: unknown): boolean {
  if (error instanceof OutcomeUnknown) return true;
  if (error instanceof pg.DatabaseError) return error.severity !== 'ERROR';
  if (!Error.isError(error)) return false;
  // pg has no class for these.
  return (
    'code' in error || 'errors' in error || /connect|terminated|timeout|SSL|TLS|not queryable/i.test(error.message)
  );
}

async function commit(client: Connection): Promise<void> {
  let done: { readonly command: string };
  try {
    done = await client.query('COMMIT');
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.severity === 'ERROR') throw error;
    throw new OutcomeUnknown(Error.isError(error) ? error.message : String(error), { cause: error });
  }
  // So the server answers where a statement before has failed.
  if (done.command !== 'COMMIT') throw new Error('the transaction was rolled back');
}

function knowsNoTls(error: unknown): boolean {
  return Error.isError(error) && error.message === 'The server does not support SSL connections';
}
