// A database that behaves as PostgreSQL does in what OpenK asks of it: transactions that are there as a whole or not at all, in the order
// of their commits; snapshots; locks of rows that are waited for, and time-outs; its own clock; sessions that end.
import pg from 'pg';
import type { Events } from './events.ts';
import {
  ask,
  type Context,
  evaluate,
  itemsOf,
  type Kept,
  nameOf,
  type Row,
  rowsOf,
  type Scope,
} from './sql/evaluate.ts';
import { parse } from './sql/parse.ts';
import type { Item, Statement } from './sql/syntax.ts';
import { FIRST_ROWS, TABLES } from './tables.ts';

export interface Result {
  readonly rows: readonly Row[];
  readonly command: string;
}

/** Statements are done one after the other; each gets one answer, unless the session ends. */
export interface Session {
  execute(text: string, values: readonly unknown[], answer: (result: Result | Error) => void): void;
  /** Its client is gone: what is not committed is rolled back. */
  end(): void;
}

export type State = ReadonlyMap<string, ReadonlyMap<number, Row>>;

/** A transaction that wrote something, when it is committed. */
export interface Commit {
  readonly client: string;
  readonly atMs: number;
  readonly before: State;
  readonly after: State;
  readonly tables: ReadonlySet<string>;
}

export interface Database {
  /** @param onEnd Called where the server ends it. @throws Error where it does not run */
  connect(client: string, onEnd: (error: Error) => void): Session;
  /** What is committed. */
  readonly state: State;
  readonly isRunning: boolean;
  /** Ends all sessions, and takes none for so long. */
  restart(forMs: number): void;
}

interface Transaction {
  readonly client: string;
  readonly startedMs: number;
  readonly isSnapshot: boolean;
  readonly lockMs: number;
  readonly idleMs: number;
  snapshot: State | undefined;
  /** By table and row: what it is now; undefined: deleted. */
  readonly changed: Map<string, Map<number, Row | undefined>>;
  readonly locks: Set<string>;
  isFailed: boolean;
  /** Whoever waits for its end. */
  readonly waiting: Set<() => void>;
}

/** What a statement has to wait for. */
class Locked {
  readonly by: Transaction;
  constructor(by: Transaction) {
    this.by = by;
  }
}

/** Also of how it fails: with an error of a class that stays a connection, or of one that ends it. */
export function databaseError(severity: 'ERROR' | 'FATAL', code: string, message: string): pg.DatabaseError {
  const error = new pg.DatabaseError(message, message.length, 'error');
  error.severity = severity;
  error.code = code;
  return error;
}

type Bounds = Pick<Transaction, 'isSnapshot' | 'lockMs' | 'idleMs'>;
const bounds = new Map<string, Bounds>();

function boundsOf(text: string): Bounds {
  const known = bounds.get(text);
  if (known !== undefined) return known;
  const limit = (name: string) => Number(new RegExp(`${name} = (\\d+)`).exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
  const found = {
    isSnapshot: text.includes('REPEATABLE READ'),
    lockMs: limit('lock_timeout'),
    idleMs: limit('idle_in_transaction_session_timeout'),
  };
  bounds.set(text, found);
  return found;
}

const parsed = new Map<string, Statement>();

function parseOnce(text: string): Statement {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const statement = parse(text);
  parsed.set(text, statement);
  return statement;
}

export function createDatabase(events: Events, onCommit: (commit: Commit) => void): Database {
  let state: State = new Map(
    Object.keys(TABLES).map((name) => [name, new Map(FIRST_ROWS[name]?.map((row, at) => [-at, row] as const))]),
  );
  let lastId = 0;
  let isRunning = true;
  const sequences = new Map<string, number>();
  const locks = new Map<string, Transaction>();
  const sessions = new Set<(error: Error) => void>();

  const finish = (transaction: Transaction) => {
    for (const lock of transaction.locks) locks.delete(lock);
    for (const go of [...transaction.waiting]) go();
  };
  const commit = (transaction: Transaction) => {
    if (transaction.changed.size > 0) {
      const before = state;
      const after = new Map(state);
      for (const [table, rows] of transaction.changed) {
        const next = new Map(state.get(table));
        for (const [id, row] of rows) {
          if (row === undefined) next.delete(id);
          else next.set(id, row);
        }
        after.set(table, next);
      }
      state = after;
      const tables = new Set(transaction.changed.keys());
      onCommit({ client: transaction.client, atMs: events.nowMs, before, after, tables });
    }
    finish(transaction);
  };

  const run = (transaction: Transaction, statement: Statement, values: readonly unknown[]): readonly Row[] => {
    // READ COMMITTED: each statement sees what is committed when it begins; else all see what the first has seen.
    if (transaction.isSnapshot) transaction.snapshot ??= state;
    const seen = transaction.snapshot ?? state;
    const rows = (table: string): Iterable<Kept> => {
      const own = transaction.changed.get(table);
      const base = seen.get(table);
      if (base === undefined) throw databaseError('ERROR', '42P01', `relation ${table} does not exist`);
      if (own === undefined) return base;
      const merged = new Map(base);
      for (const [id, row] of own) {
        if (row === undefined) merged.delete(id);
        else merged.set(id, row);
      }
      return merged;
    };
    const context: Context = {
      rows,
      values,
      startedMs: transaction.startedMs,
      nowMs: events.nowMs,
      next(name) {
        const next = (sequences.get(name) ?? 0) + 1;
        sequences.set(name, next);
        return next;
      },
      answers: new Map(),
    };
    const lock = (name: string) => {
      const by = locks.get(name);
      if (by !== undefined && by !== transaction) throw new Locked(by);
      return () => {
        locks.set(name, transaction);
        transaction.locks.add(name);
      };
    };
    const write = (table: string, id: number, row: Row | undefined) => {
      const own = transaction.changed.get(table) ?? new Map<number, Row | undefined>();
      transaction.changed.set(table, own);
      own.set(id, row);
    };
    const give = (items: readonly Item[], scopes: readonly Scope[]): Row[] =>
      scopes.map((scope) => {
        const cells = itemsOf(items, context, scope);
        return Object.fromEntries(items.map((item, at) => [nameOf(item), cells[at]]));
      });

    switch (statement.kind) {
      case 'select': {
        const { columns, rows: found, madeOf } = ask(statement, context);
        if (statement.isForUpdate) {
          const [source] = statement.sources;
          const table = source?.kind === 'table' ? source.name : '';
          for (const take of madeOf.flat().map((id) => lock(`${table}/${id}`))) take();
        }
        return found.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])));
      }
      case 'update': {
        const { table, set, from, where, returning } = statement;
        const matched: { readonly id: number; readonly row: Row; readonly scope: Scope }[] = [];
        for (const [id, row] of rows(table)) {
          const own = { alias: table, row };
          const others = from === undefined ? [undefined] : rowsOf(from, context, { rows: [own] });
          for (const other of others) {
            const scope: Scope = { rows: other === undefined ? [own] : [own, other] };
            if (where !== undefined && evaluate(where, context, scope) !== true) continue;
            matched.push({ id, row, scope });
            break;
          }
        }
        for (const take of matched.map(({ id }) => lock(`${table}/${id}`))) take();
        const updated = matched.map(({ id, row, scope }) => {
          const next = {
            ...row,
            ...Object.fromEntries(set.map(({ column, value }) => [column, evaluate(value, context, scope)])),
          };
          write(table, id, next);
          return { rows: [{ alias: table, row: next }] };
        });
        return give(returning, updated);
      }
      case 'delete': {
        const { table, where, returning } = statement;
        const gone = [...rows(table)].filter(
          ([, row]) => where === undefined || evaluate(where, context, { rows: [{ alias: table, row }] }) === true,
        );
        for (const take of gone.map(([id]) => lock(`${table}/${id}`))) take();
        for (const [id] of gone) write(table, id, undefined);
        return give(
          returning,
          gone.map(([, row]) => ({ rows: [{ alias: table, row }] })),
        );
      }
      case 'insert': {
        const { table, onConflict } = statement;
        const { columns, key } = TABLES[table]!;
        const names = statement.columns.length === 0 ? columns : statement.columns;
        const given =
          'kind' in statement.rows
            ? ask(statement.rows, context).rows
            : [statement.rows.map((value) => evaluate(value, context, { rows: [] }))];
        const keyOf = (row: Row) => key.map((column) => row[column]).join('#');
        const find = (wanted: Row): Kept | undefined => {
          for (const one of rows(table)) if (key.every((column) => one[1][column] === wanted[column])) return one;
          return undefined;
        };
        const wanted = given.map((cells) => {
          const row: Row = {
            ...Object.fromEntries(columns.map((column) => [column, null])),
            ...Object.fromEntries(names.map((column, at) => [column, cells[at] ?? null])),
          };
          return { row, before: find(row), take: lock(`${table}#${keyOf(row)}`) };
        });
        for (const { row, before, take } of wanted) {
          take();
          if (before === undefined) {
            write(table, ++lastId, row);
            continue;
          }
          if (onConflict === undefined) {
            throw databaseError('ERROR', '23505', `duplicate key value violates unique constraint of ${table}`);
          }
          if (onConflict.length === 0) continue;
          const scope: Scope = {
            rows: [
              { alias: table, row: before[1] },
              { alias: 'excluded', row },
            ],
          };
          const next = onConflict.map(({ column, value }) => [column, evaluate(value, context, scope)] as const);
          write(table, before[0], { ...before[1], ...Object.fromEntries(next) });
        }
        return [];
      }
    }
  };
  return {
    get state() {
      return state;
    },
    get isRunning() {
      return isRunning;
    },
    connect(client, onEnd) {
      if (!isRunning) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      let transaction: Transaction | undefined;
      let isOver = false;
      let isBusy = false;
      let stopIdling = () => {};
      const queue: {
        readonly text: string;
        readonly values: readonly unknown[];
        readonly answer: (result: Result | Error) => void;
      }[] = [];

      const end = () => {
        isOver = true;
        stopIdling();
        sessions.delete(fail);
        if (transaction !== undefined) finish(transaction);
        transaction = undefined;
      };
      const fail = (error: Error) => {
        if (isOver) return;
        end();
        onEnd(error);
      };
      const begin = (text: string): Transaction => {
        return {
          client,
          startedMs: events.nowMs,
          ...boundsOf(text),
          snapshot: undefined,
          changed: new Map(),
          locks: new Set(),
          isFailed: false,
          waiting: new Set(),
        };
      };
      const answerOf = (text: string, values: readonly unknown[]): Result => {
        if (text.startsWith('BEGIN')) {
          transaction = begin(text);
          return { rows: [], command: 'BEGIN' };
        }
        if (text === 'COMMIT' || text === 'ROLLBACK') {
          const ended = transaction;
          transaction = undefined;
          const isKept = text === 'COMMIT' && ended?.isFailed === false;
          if (ended !== undefined) (isKept ? commit : finish)(ended);
          return { rows: [], command: isKept ? 'COMMIT' : 'ROLLBACK' };
        }
        if (transaction === undefined) return { rows: run(begin(text), parseOnce(text), values), command: 'OK' };
        if (transaction.isFailed) throw databaseError('ERROR', '25P02', 'current transaction is aborted');
        if (text.startsWith('SET LOCAL')) return { rows: [], command: 'SET' };
        return { rows: run(transaction, parseOnce(text), values), command: 'OK' };
      };
      const next = () => {
        if (isBusy || isOver) return;
        const asked = queue.shift();
        if (asked === undefined) {
          // Whoever holds locks and says nothing is ended.
          if (transaction !== undefined && transaction.idleMs < Number.POSITIVE_INFINITY) {
            stopIdling = events.after(transaction.idleMs, () =>
              fail(databaseError('FATAL', '25P03', 'terminating connection due to idle-in-transaction timeout')),
            );
          }
          return;
        }
        stopIdling();
        attempt(asked, undefined);
      };
      const attempt = (asked: (typeof queue)[number], untilMs: number | undefined) => {
        if (isOver) return;
        isBusy = true;
        const own = transaction;
        try {
          const result = answerOf(asked.text, asked.values);
          isBusy = false;
          asked.answer(result);
        } catch (error) {
          if (error instanceof Locked && own !== undefined) {
            const limitMs = untilMs ?? events.nowMs + own.lockMs;
            const { waiting } = error.by;
            const again = () => {
              stopWaiting();
              waiting.delete(again);
              // In the order in which they came, each once the one before has what it wanted.
              events.after(0, () => attempt(asked, limitMs));
            };
            waiting.add(again);
            const stopWaiting = events.after(limitMs - events.nowMs, () => {
              waiting.delete(again);
              if (isOver) return;
              own.isFailed = true;
              isBusy = false;
              asked.answer(databaseError('ERROR', '55P03', 'canceling statement due to lock timeout'));
              next();
            });
            return;
          }
          if (transaction !== undefined) transaction.isFailed = true;
          isBusy = false;
          asked.answer(error as Error);
        }
        next();
      };
      sessions.add(fail);
      return {
        execute(text, values, answer) {
          if (isOver) return;
          queue.push({ text, values, answer });
          next();
        },
        end,
      };
    },
    restart(forMs) {
      isRunning = false;
      for (const fail of [...sessions])
        fail(databaseError('FATAL', '57P01', 'terminating connection due to administrator command'));
      events.after(forMs, () => {
        isRunning = true;
      });
    },
  };
}
