// Who holds a database, as a token: which process, on which machine, in which container. It says to the next one whether that
// process is known to be gone, so that a restart after a crash does not have to wait for the end of its lease.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Neither changes while the process runs, and both are asked for at each look at the database. */
const HOST = hostname();
let here: string | undefined;

/** @param unique of this opening */
export function holderToken(unique: string): string {
  return [process.pid, encodeURIComponent(HOST), hereToken(), unique].join('/');
}

/** Only for one whose number can be looked up here: the same machine since it was started, the same container. */
export function isGone(token: string): boolean {
  const [pid, , place] = token.split('/');
  if (place === undefined || place === '' || place !== hereToken()) return false;
  try {
    process.kill(Number(pid), 0);
    return Number(pid) === process.pid;
  } catch (error) {
    return Error.isError(error) && 'code' in error && error.code === 'ESRCH';
  }
}

export function holderText(token: string): string {
  const [pid, host] = token.split('/');
  if (pid === undefined || host === undefined) return 'another OpenK';
  const name = decodeURIComponent(host);
  return `another OpenK, pid ${pid}${name === HOST ? '' : ` on ${name}`},`;
}

/** Where process numbers are those of this process; empty where that is not known. */
function hereToken(): string {
  here ??= readHere();
  return here;
}

function readHere(): string {
  try {
    const machine = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const [container] = /\d+/.exec(readlinkSync('/proc/self/ns/pid')) ?? [];
    return container === undefined ? '' : `${machine}.${container}`;
  } catch {
    return '';
  }
}
