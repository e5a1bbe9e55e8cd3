// A PostgreSQL of our own, and a PgBouncer before it: in a temporary folder, on loopback ports that the system chose, as a user without rights, since
// the server refuses root. Debian's packages; where they are not installed, tests say so.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const SUPERUSER = 'openk';

/** The folder of its programs; undefined: it is not installed. */
export const postgresPrograms: string | undefined = findPrograms();
export const pgbouncerProgram: string | undefined = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find(isThere);

export interface PostgresServer {
  readonly port: number;
  /** Folder of its socket. */
  readonly socketFolder: string;
  readonly folder: string;
  /** @param database that is there. @param port of something before it */
  url(database: string, port?: number): string;
  /** Makes an empty one. @returns its name */
  createDatabase(): Promise<string>;
  /** As its superuser. */
  query<Row = Record<string, unknown>>(database: string, text: string, values?: unknown[]): Promise<Row[]>;
  /** One of its programs, with its arguments. @throws when it fails, with what it says */
  runProgram(name: string, args: readonly string[]): Promise<void>;
  /** Ends it as `how` says: fast ends connections, immediate is as a crash. */
  stop(how?: 'fast' | 'immediate'): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
  /** Copies it while it runs, and starts what follows it as `name`: it is read from, and takes what the first one writes. */
  startStandby(name: string): Promise<PostgresServer>;
  /** Of one that follows: it is written to from now on. */
  promote(): Promise<void>;
  dispose(): Promise<void>;
}

export interface PostgresOptions {
  /** Lines of pg_hba.conf before the usual ones. */
  readonly hba?: string;
  /** Settings of postgresql.conf. */
  readonly settings?: string;
  /** Puts files where they are read at the start. */
  readonly prepare?: (folder: string) => void;
}

/** Ready to be asked. */
export async function startPostgres({
  hba = '',
  settings = '',
  prepare,
}: PostgresOptions = {}): Promise<PostgresServer> {
  const folder = newFolder();
  const data = join(folder, 'data');
  await asNobody(join(postgresPrograms!, 'initdb'), [
    ...['-D', data, '-U', SUPERUSER, '--auth', 'trust', '--no-sync', '-E', 'UTF8', '--locale', 'C.UTF-8'],
  ]);
  writeFileSync(
    join(data, 'pg_hba.conf'),
    `${hba}\nlocal all all trust\nhost all all 127.0.0.1/32 trust\nlocal replication all trust\n`,
  );
  prepare?.(folder);
  return serve(folder, settings);
}

/** What is in the folder `data` of a folder. */
async function serve(folder: string, settings: string): Promise<PostgresServer> {
  const data = join(folder, 'data');
  const port = await freePort();
  const config = join(data, 'postgresql.auto.conf');
  writeFileSync(
    config,
    // A kill of the process loses nothing without it either, and no machine loses its power here.
    `fsync = off\nmax_connections = 60\nport = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '${folder}'\nlog_min_messages = warning\n${settings}\n`,
  );
  if (isRoot) chownSync(config, NOBODY, NOBODY);
  let server: Running | undefined;
  const start = async () => {
    server = await startProgram(
      join(postgresPrograms!, 'postgres'),
      ['-D', data],
      /ready to accept (read-only )?connections/,
    );
  };
  const query = async <Row>(database: string, text: string, values: unknown[] = []): Promise<Row[]> => {
    const client = new pg.Client({ host: folder, port, user: SUPERUSER, database });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  const stop = async (how: 'fast' | 'immediate' = 'fast') => {
    await server?.end(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    server = undefined;
  };
  let databases = 0;
  try {
    await start();
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    port,
    socketFolder: folder,
    folder,
    url: (database, at = port) => `postgres://${SUPERUSER}@127.0.0.1:${at}/${database}`,
    async createDatabase() {
      databases += 1;
      const name = `openk_${process.pid}_${databases}`;
      await query('postgres', `CREATE DATABASE ${name}`);
      return name;
    },
    query,
    runProgram: (name, args) => asNobody(join(postgresPrograms!, name), args),
    stop,
    start,
    async startStandby(name) {
      const own = newFolder();
      const copy = ['--pgdata', join(own, 'data'), '--checkpoint', 'fast', '--no-sync', '--wal-method', 'stream'];
      try {
        await asNobody(join(postgresPrograms!, 'pg_basebackup'), [
          ...['--host', folder, '--port', String(port), '--username', SUPERUSER, ...copy],
        ]);
        writeFileSync(join(own, 'data', 'standby.signal'), '');
      } catch (error) {
        rmSync(own, { recursive: true, force: true });
        throw error;
      }
      const from = `host=${folder} port=${port} user=${SUPERUSER} application_name=${name}`;
      return serve(own, `${settings}\nprimary_conninfo = '${from}'`);
    },
    async promote() {
      await query('postgres', 'SELECT pg_promote(true)');
    },
    async dispose() {
      await stop('immediate');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'openk-postgres-'));
  chmodSync(folder, 0o755);
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  return folder;
}

/** Before all databases of a server. */
export async function startPgbouncer(
  { folder, port }: PostgresServer,
  mode: 'transaction' | 'statement' = 'transaction',
): Promise<{ port: number; stop(): Promise<void> }> {
  const own = await freePort();
  const config = join(folder, `pgbouncer-${mode}.ini`);
  writeFileSync(join(folder, 'users.txt'), `"${SUPERUSER}" ""\n`);
  writeFileSync(
    config,
    `[databases]\n* = host=127.0.0.1 port=${port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${own}\nunix_socket_dir =\nauth_type = trust\nauth_file = ${folder}/users.txt\npool_mode = ${mode}\ndefault_pool_size = 4\nserver_lifetime = 1\nserver_round_robin = 1\n`,
  );
  const running = await startProgram(pgbouncerProgram!, [config], /process up/);
  return { port: own, stop: () => running.end('SIGINT') };
}

interface Running {
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Settles when it says so. */
async function startProgram(program: string, args: readonly string[], ready: RegExp): Promise<Running> {
  const child: ChildProcess = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' },
  });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  const up = Promise.withResolvers<void>();
  createInterface({ input: child.stderr! }).on('line', (line) => {
    lines.push(line);
    if (lines.length > 200) lines.shift();
    if (ready.test(line)) up.resolve();
  });
  void ended.then(() => up.reject(new Error(`${program} has ended:\n${lines.join('\n')}`)));
  up.promise.catch(() => {});
  await up.promise;
  return {
    async end(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

async function asNobody(program: string, args: readonly string[]): Promise<void> {
  await run(program, args, { cwd: '/', ...(isRoot && { uid: NOBODY, gid: NOBODY }) });
}

/** Nobody else takes it so soon. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function findPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = isThere(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, 'bin')).find((folder) => isThere(join(folder, 'postgres')));
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
