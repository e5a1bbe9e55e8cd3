// The database of Uptime Kuma (SQLite). It is copied first, with what waits in its write-ahead log, and never opened where it lies: Kuma may be at work.
import { copyFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { ImportError } from '../report.ts';
import type { KumaData, KumaPage, Row } from './model.ts';

const SIDE_FILES = ['-wal', '-shm'] as const;

/** @throws {ImportError} where somebody writes to it, or it is none */
export async function readDatabase(path: string): Promise<KumaData> {
  await mustBeIdle(path);
  const folder = await mkdtemp(join(tmpdir(), 'openk-kuma-'));
  try {
    const copy = join(folder, 'kuma.db');
    const before = await states(path);
    await copyFile(path, copy);
    if (before[1] !== undefined) await copyFile(`${path}-wal`, `${copy}-wal`);
    if ((await states(path)).join() !== before.join()) throw inUse();
    return readCopy(copy, basename(path));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function inUse(): ImportError {
  return new ImportError('somebody else has it open: stop Uptime Kuma, or copy its data folder and import the copy');
}

/** Of the file and its log: what changes when somebody writes. */
async function states(path: string): Promise<readonly (string | undefined)[]> {
  const names = [path, ...SIDE_FILES.slice(0, 1).map((suffix) => path + suffix)];
  return Promise.all(
    names.map((name) =>
      stat(name).then(
        ({ size, mtimeMs }) => `${size} ${mtimeMs}`,
        () => undefined,
      ),
    ),
  );
}

/** By the locks that the kernel lists, where it does: who has a database open holds one, on its -shm where there is a log. */
async function mustBeIdle(path: string): Promise<void> {
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '');
  if (locks === '') return;
  for (const suffix of ['', '-shm']) {
    const inode = await stat(path + suffix).then(
      ({ ino }) => ino,
      () => undefined,
    );
    if (inode !== undefined && new RegExp(`:${inode} `).test(locks)) throw inUse();
  }
}

function readCopy(path: string, source: string): KumaData {
  let database: Database.Database;
  try {
    database = new Database(path);
    database.pragma('query_only = 1');
    database.pragma('schema_version');
  } catch {
    throw new ImportError('is no database of SQLite, or a damaged one');
  }
  try {
    const tables = new Set(
      (database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as Row[]).map(({ name }) => name),
    );
    if (!tables.has('monitor')) throw new ImportError('is no database of Uptime Kuma: it has no monitors');
    const rows = (table: string, order = 'id') =>
      tables.has(table) ? (database.prepare(`SELECT * FROM "${table}" ORDER BY ${order}`).all() as Row[]) : [];
    const tagNames = new Map(rows('tag').map((tag) => [Number(tag.id), String(tag.name ?? '')]));
    return {
      source,
      monitors: rows('monitor'),
      proxies: rows('proxy'),
      notifications: rows('notification'),
      notified: pairs(rows('monitor_notification'), 'notification_id', Number),
      tags: pairs(
        rows('monitor_tag'),
        'tag_id',
        (id, row) => [tagNames.get(Number(id)) ?? '', String(row.value ?? '')] as const,
      ),
      maintenances: rows('maintenance'),
      maintained: pairs(rows('monitor_maintenance'), 'maintenance_id', Number),
      pages: pagesOf(rows),
    };
  } finally {
    database.close();
  }
}

/** What stands in `column`, by the monitor beside it. */
function pairs<T>(
  rows: readonly Row[],
  column: string,
  read: (value: unknown, row: Row) => T,
): ReadonlyMap<number, readonly T[]> {
  const found = new Map<number, T[]>();
  for (const row of rows) {
    const monitor = Number(row.monitor_id);
    found.set(monitor, [...(found.get(monitor) ?? []), read(row[column], row)]);
  }
  return found;
}

function pagesOf(rows: (table: string, order?: string) => readonly Row[]): readonly KumaPage[] {
  const groups = rows('group', 'weight, id');
  const members = rows('monitor_group', 'weight, id');
  return rows('status_page').map((page) => ({
    slug: String(page.slug ?? ''),
    title: String(page.title ?? ''),
    description: String(page.description ?? ''),
    isPublished:
      Number(page.published) === 1 && (page.password === null || page.password === undefined || page.password === ''),
    groups: groups
      .filter((group) => group.status_page_id === page.id && Number(group.public ?? 1) === 1)
      .map((group) => ({
        name: String(group.name ?? ''),
        monitors: members.filter((member) => member.group_id === group.id).map((member) => Number(member.monitor_id)),
      })),
  }));
}
