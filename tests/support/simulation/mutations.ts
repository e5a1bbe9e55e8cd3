// Bugs that are put in on purpose, each a trap that somebody who builds this may fall into: whoever simulates has to find them.
import type { Clock } from '../../../src/core/clock.ts';
import type { LeaseWord } from '../../../src/core/store.ts';
import type { SharedStore } from '../../../src/store/thread/shared-store.ts';
import type { Machine } from './machine.ts';

export interface Mutation {
  readonly name: string;
  /** What is sent to the database instead of a statement. */
  readonly statement?: (text: string) => string;
  /** What is taken for what the store says of the lease. */
  readonly word?: (word: LeaseWord, machine: Machine) => LeaseWord;
  /** What the lease takes for the time. */
  readonly leaseClock?: (machine: Machine) => Clock;
  readonly store?: (store: SharedStore) => SharedStore;
  /** Alerts are sent that the database does not have. */
  readonly sendsUnkept?: boolean;
}

/** What is there, as it is. */
export const NONE: Mutation = { name: 'none' };

const FENCE = /^UPDATE openk\.writer SET expires_at = .*WHERE holder = \$1 AND epoch = \$2 RETURNING batch$/s;

const held =
  (change: (word: Extract<LeaseWord, { kind: 'held' }>, machine: Machine) => LeaseWord) =>
  (word: LeaseWord, machine: Machine) =>
    word.kind === 'held' ? change(word, machine) : word;

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'numbers of a sequence, and a fence that locks nothing',
    statement: (text) =>
      FENCE.test(text) ? `SELECT nextval('batch') AS batch FROM openk.writer WHERE holder = $1 AND epoch = $2` : text,
  },
  {
    name: 'a write without the fence',
    statement: (text) =>
      FENCE.test(text) ? text.replace('WHERE holder = $1 AND epoch = $2', 'WHERE only_row = 1') : text,
  },
  { name: 'now() for clock_timestamp()', statement: (text) => text.replaceAll('clock_timestamp()', 'now()') },
  {
    name: 'the lease taken before its end',
    statement: (text) => text.replace('(expires_at <= clock_timestamp()', '(expires_at <= clock_timestamp() + 5000'),
  },
  {
    name: 'the lease of one that is gone never ends',
    statement: (text) =>
      text
        .replace('(expires_at <= clock_timestamp()', '(expires_at <= 0')
        .replace('expires_at <= clock_timestamp() AS', 'expires_at <= 0 AS'),
  },
  {
    name: 'acting until the end of the lease by the wall clock',
    leaseClock: ({ clock }) => ({ ...clock, monotonicMs: clock.nowMs }),
    word: held((word, machine) => ({ ...word, sentMs: machine.processMs() - (machine.wallMs() - word.sentWallMs) })),
  },
  {
    name: 'no margin',
    word: held((word) => ({ ...word, forMs: word.forMs + 2_000 })),
  },
  {
    name: 'the lease counted from the answer',
    word: held((word, machine) => ({ ...word, sentMs: machine.processMs(), sentWallMs: machine.wallMs() })),
  },
  {
    name: 'a machine that slept is not noticed',
    leaseClock: (machine) => ({ ...machine.clock, monotonicMs: machine.processMs }),
  },
  {
    name: 'a lost answer taken for one that was kept',
    statement: (text) =>
      text.startsWith('SELECT batch FROM openk.writer')
        ? 'SELECT batch + 1000000 AS batch FROM openk.writer WHERE holder = $1 AND epoch = $2 FOR UPDATE'
        : text,
  },
  {
    name: 'a lost answer taken for one that was not',
    statement: (text) =>
      text.startsWith('SELECT batch FROM openk.writer')
        ? 'SELECT batch - 1000000 AS batch FROM openk.writer WHERE holder = $1 AND epoch = $2 FOR UPDATE'
        : text,
  },
  {
    name: 'a lost answer asked for without waiting',
    statement: (text) => (text.startsWith('SELECT batch FROM openk.writer') ? text.replace(' FOR UPDATE', '') : text),
  },
  {
    name: 'what changed is not said in the transaction that changes it',
    statement: (text) =>
      text.startsWith('INSERT INTO openk.change') ? 'UPDATE openk.writer SET batch = batch WHERE only_row = 1' : text,
  },
  {
    name: 'NOTIFY without polling',
    // It is heard on the connection on which it was asked for, and that has ended: nobody says so.
    store(store) {
      let calls = 0;
      let last: ReturnType<SharedStore['follow']> | undefined;
      return {
        ...store,
        follow(afterBatch) {
          calls += 1;
          if (last === undefined || calls < 20) last = store.follow(afterBatch);
          return last;
        },
      };
    },
  },
  {
    name: 'an incarnation that begins by the time alone',
    statement: (text) =>
      text.startsWith('SELECT start_revision AS start FROM openk.incarnation') ? `${text} LIMIT 0` : text,
  },
  { name: 'alerts that the database does not have', sendsUnkept: true },
];
