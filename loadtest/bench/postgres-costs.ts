// What PostgreSQL takes of the machine. From /proc, so on Linux only.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresServer } from '../../tests/support/postgres.ts';

/** User and system time of all its processes, also of those that have ended. In steps of 10 ms each. */
export function databaseMicros({ folder }: PostgresServer): number {
  const pid = Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  // proc(5): utime, stime, and the same of children that were waited for.
  const ticks = (of: number, fields: readonly number[]) => {
    try {
      const stat = readFileSync(`/proc/${of}/stat`, 'utf8');
      const all = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields.reduce((sum, field) => sum + Number(all[field]), 0);
    } catch {
      // It has ended meanwhile.
      return 0;
    }
  };
  const sum = children.reduce((total, child) => total + ticks(child, [11, 12]), ticks(pid, [11, 12, 13, 14]));
  return sum * 10_000;
}

/** Bytes of the log that it has written, which is what whoever follows it is sent. */
export async function loggedBytes(server: PostgresServer): Promise<number> {
  const [row] = await server.query<{ bytes: number }>(
    'postgres',
    "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS bytes",
  );
  return row!.bytes;
}
