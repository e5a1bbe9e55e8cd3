// A database of Uptime Kuma (github.com/louislam/uptime-kuma) made as a new one is: its own template, its old patches, its migrations by the knex that it
// names. Nothing of it is kept here: it is read where UPTIME_KUMA_SOURCE says.
import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';

export interface MigratedDatabase {
  readonly path: string;
  /** Of the Uptime Kuma. */
  readonly version: string;
  readonly patches: number;
  readonly migrations: number;
}

interface Knex {
  raw(sql: string): Promise<unknown>;
  readonly migrate: { latest(options: { readonly directory: string }): Promise<readonly [unknown, readonly string[]]> };
  destroy(): Promise<void>;
}

/** What its migrations take from npm. */
const PACKAGES = ['knex', 'tldts'];
const INSTALL_MS = 180_000;

/** In `folder`, which is empty. @throws where the checkout is none, or npm gives nothing */
export async function makeMigratedDatabase(checkout: string, folder: string): Promise<MigratedDatabase> {
  const readJson = async (path: string) => JSON.parse(await readFile(join(checkout, path), 'utf8'));
  const { version } = await readJson('package.json');
  const { packages } = await readJson('package-lock.json');
  const wanted = PACKAGES.map((name) => `${name}@${packages[`node_modules/${name}`].version}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const how = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  await promisify(execFile)('npm', ['install', ...how, ...wanted], { cwd: folder, timeout: INSTALL_MS });
  await cp(join(checkout, 'db'), join(folder, 'db'), { recursive: true });
  await mkdir(join(folder, 'extra'));
  await copyFile(join(checkout, 'extra/rdap-dns.json'), join(folder, 'extra/rdap-dns.json'));
  const path = join(folder, 'kuma.db');
  await copyFile(join(folder, 'db/kuma.db'), path);
  const patches = await oldPatches(checkout);
  const database = new Database(path);
  // One of them writes the schema itself.
  database.unsafeMode(true);
  for (const patch of patches) database.exec(await readFile(join(folder, 'db/old_migrations', patch), 'utf8'));
  database.close();
  const migrations = await migrate(folder, path);
  return { path, version, patches: patches.length, migrations };
}

/** Those that its server applies before the migrations, in its order. */
async function oldPatches(checkout: string): Promise<readonly string[]> {
  const server = await readFile(join(checkout, 'server/database.js'), 'utf8');
  const last = Number(/latestVersion = (\d+)/.exec(server)?.[1]);
  const listed = /static patchList = \{(.*?)\n {4}\};/s.exec(server)?.[1] ?? '';
  const named = [...listed.matchAll(/"(patch-[^"]+\.sql)":/g)].map(([, name]) => name!);
  return [...Array.from({ length: last }, (_, at) => `patch${at + 1}.sql`), ...named];
}

async function migrate(folder: string, path: string): Promise<number> {
  const fromFolder = createRequire(join(folder, 'package.json'));
  const Dialect = fromFolder('knex/lib/dialects/better-sqlite3/index.js');
  // OpenK's own driver, so that npm has nothing to compile.
  Dialect.prototype._driver = () => Database;
  const options = { client: Dialect, connection: { filename: path }, useNullAsDefault: true, pool: { min: 1, max: 1 } };
  const knex = fromFolder('knex')(options) as Knex;
  try {
    // As its server does it.
    await knex.raw('PRAGMA foreign_keys = OFF');
    const [, applied] = await knex.migrate.latest({ directory: join(folder, 'db/knex_migrations') });
    return applied.length;
  } finally {
    await knex.destroy();
  }
}

/** The types of monitors that it has, by its source. */
export async function kumaTypes(checkout: string): Promise<readonly string[]> {
  const read = (path: string) => readFile(join(checkout, path), 'utf8');
  const [registry, model] = await Promise.all([read('server/uptime-kuma-server.js'), read('server/model/monitor.js')]);
  const listed = [...registry.matchAll(/monitorTypeList\["([^"]+)"\]/g)].map(([, type]) => type!);
  const judged = [...model.matchAll(/this\.type === "([^"]+)"/g)].map(([, type]) => type!);
  return [...new Set([...listed, ...judged])].sort();
}

/** The kinds of notifications that it has. */
export async function kumaNotifications(checkout: string): Promise<readonly string[]> {
  const server = await readFile(join(checkout, 'server/notification.js'), 'utf8');
  const files = [...server.matchAll(/require\("\.\/notification-providers\/([^"]+)"\)/g)].map(([, file]) => file!);
  const texts = await Promise.all(
    files.map((file) =>
      readFile(join(checkout, `server/notification-providers/${file.replace(/\.js$/, '')}.js`), 'utf8'),
    ),
  );
  return texts.flatMap((text) => /^ {4}name = "([^"]+)"/m.exec(text)?.[1] ?? []).sort();
}

export interface Column {
  readonly name: string;
  readonly isRequired: boolean;
  readonly fallback: string | undefined;
  /** How SQLite keeps its values. */
  readonly kind: 'NUMBER' | 'TEXT' | 'REAL';
}

export function columnsOf(database: Database.Database, table: string): readonly Column[] {
  const rows = database.pragma(`table_info("${table}")`) as readonly {
    readonly name: string;
    readonly type: string;
    readonly notnull: number;
    readonly dflt_value: string | null;
    readonly pk: number;
  }[];
  return rows.map(({ name, type, notnull, dflt_value, pk }) => ({
    name,
    isRequired: notnull === 1 && pk === 0,
    fallback: dflt_value === null || /^null$/i.test(dflt_value) ? undefined : dflt_value.replace(/^'(.*)'$/, '$1'),
    kind: /char|text/i.test(type) ? 'TEXT' : /doub|real|floa/i.test(type) ? 'REAL' : 'NUMBER',
  }));
}
