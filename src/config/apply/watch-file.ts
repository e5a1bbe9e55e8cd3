// Tells when a file changes, whichever way: written in place, replaced by a rename, or behind symlinks that are swapped, as
// Kubernetes does it with ConfigMaps. It looks at the file again and again instead of asking the kernel: one stat() a second
// costs nothing, and sees also what network and container file systems never report.
import { stat } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';

export interface FileWatch {
  /** The file is about to be read all the same, as it is now: only what changes after that is reported. */
  reading(): Promise<void>;
  /** Nothing is left open once it settles; no call comes after it. */
  close(): Promise<void>;
}

export interface FileWatchOptions {
  readonly clock: Clock;
  /** Time between two looks. */
  readonly intervalMs?: number;
}

/**
 * Calls `onChange` when the file is another than before and has stayed that way for one interval, so that a file that is
 * still being written is left alone; also when it is gone. Ready once it settles: what changes from then on is reported, so
 * wait for it before reading the file.
 */
export async function watchFile(
  path: string,
  onChange: () => void,
  { clock, intervalMs = 1000 }: FileWatchOptions,
): Promise<FileWatch> {
  let reported = await identify(path);
  let last = reported;
  let closed = false;
  let looking = Promise.resolve();
  let cancel = () => {};

  const look = async () => {
    const now = await identify(path);
    if (closed) return;
    if (now === last && now !== reported) {
      reported = now;
      onChange();
    }
    last = now;
    arm();
  };
  const arm = () => {
    cancel = clock.after(intervalMs, () => {
      looking = look();
    });
  };
  arm();

  return {
    async reading() {
      await looking;
      reported = await identify(path);
    },
    close() {
      closed = true;
      cancel();
      return looking;
    },
  };
}

/** Differs whenever the content may: another inode, size or time of change, with symlinks followed. */
async function identify(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
