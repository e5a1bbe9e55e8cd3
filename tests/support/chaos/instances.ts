// Real OpenKs, each as on a machine of its own: with a name, a way to the database, a wall clock that may be set, and numbers of processes that
// nobody else knows, where the system allows that.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../postgres.ts';
import { type LaunchedOpenk, launchOpenk } from '../spawned-openk.ts';
import { type DatabaseLink, startDatabaseLink } from './database-link.ts';

export interface ChaosInstance {
  readonly name: string;
  readonly address: string;
  readonly link: DatabaseLink;
  readonly exited: Promise<number | null>;
  /** Settles when it decides from now on; of one that began as who decides, never. */
  readonly tookOver: Promise<void>;
  readonly log: LaunchedOpenk['log'];
  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Its wall clock is off by so many seconds from now on. */
  setClock(bySeconds: number): void;
  dispose(): Promise<void>;
}

export interface LaunchOptions {
  readonly name: string;
  readonly config: string;
  readonly databasePort: number;
  /** @param port of its way there */
  readonly storage: (port: number) => string;
  /** For a file of its own. */
  readonly folder: string;
}

/** Where Debian's package has it. */
const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
];
/** Sets the clock of a program; undefined: it is not installed. */
export const clockLibrary: string | undefined = [process.env.FAKETIME_LIBRARY ?? '', ...LIBRARIES].find(existsSync);
const NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child'];
/** Else who has died on this machine is known to be gone at once, and nobody waits for the end of its lease. */
export const isApart: boolean = spawnSync(NAMESPACE[0]!, [...NAMESPACE.slice(1), 'true']).status === 0;

export async function launchInstance(options: LaunchOptions): Promise<ChaosInstance> {
  const { name, config, databasePort, storage, folder } = options;
  const link = await startDatabaseLink(databasePort);
  const clockFile = join(folder, `${name}.clock`);
  const setClock = (bySeconds: number) => writeFileSync(clockFile, `${bySeconds < 0 ? '' : '+'}${bySeconds}\n`);
  setClock(0);
  const listen = `127.0.0.1:${await freePort()}`;
  const openk = await launchOpenk(config, {
    listen,
    storage: storage(link.port),
    ...(isApart && { within: NAMESPACE }),
    env: {
      INSTANCE: name,
      ADDRESS: `http://${listen}`,
      ...(clockLibrary !== undefined && {
        LD_PRELOAD: clockLibrary,
        FAKETIME_TIMESTAMP_FILE: clockFile,
        FAKETIME_CACHE_DURATION: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
      }),
    },
  });
  const tookOver = openk.logged('this instance decides from now on').then(() => {});
  tookOver.catch(() => {});
  /** Its own number, not that of the program that runs it. */
  const pid = () =>
    isApart ? Number(readFileSync(`/proc/${openk.pid}/task/${openk.pid}/children`, 'utf8').trim()) : openk.pid;
  try {
    const address = await openk.address;
    return {
      name,
      address,
      link,
      exited: openk.exited,
      tookOver,
      log: openk.log,
      signal: (signal) => void process.kill(pid(), signal),
      setClock,
      async dispose() {
        await openk.dispose();
        await link.close();
      },
    };
  } catch (error) {
    await openk.dispose();
    await link.close();
    throw error;
  }
}
