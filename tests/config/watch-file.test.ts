// Every way in which a file on a disk becomes another. Time is turned by hand; looks at the disk are real.
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FileWatch, watchFile } from '../../src/config/apply/watch-file.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createTemporaryFiles, type TemporaryFiles } from '../support/temporary-files.ts';

let files: TemporaryFiles;
let clock: FakeClock;
let watch: FileWatch;
let changes: number;

beforeEach(() => {
  files = createTemporaryFiles();
  clock = createFakeClock();
  changes = 0;
});

afterEach(async () => {
  await watch.close();
  expect(clock.pendingTimers).toBe(0);
  files.remove();
});

async function start(path: string): Promise<void> {
  watch = await watchFile(path, () => changes++, { clock, intervalMs: 1000 });
}

/** One look at the disk, from the timer that starts it to the one that it arms in the end. */
async function look(): Promise<void> {
  await clock.advance(1000);
  while (clock.pendingTimers === 0) await new Promise(setImmediate);
}

async function looks(count: number): Promise<number> {
  for (let index = 0; index < count; index++) await look();
  return changes;
}

describe('watchFile', () => {
  it('is silent while nothing changes', async () => {
    await start(files.write('openk.yaml', 'a'));
    expect(await looks(5)).toBe(0);
  });

  it('tells of a file that is written in place, once, when it rests', async () => {
    const path = files.write('openk.yaml', 'a');
    await start(path);
    files.write('openk.yaml', 'ab');
    expect(await looks(1)).toBe(0);
    files.write('openk.yaml', 'abc');
    expect(await looks(1)).toBe(0);
    expect(await looks(1)).toBe(1);
    expect(await looks(3)).toBe(1);
  });

  it('does not tell of what is read already, and of what comes after that', async () => {
    const path = files.write('openk.yaml', 'a');
    await start(path);
    files.write('openk.yaml', 'ab');
    await watch.reading();
    expect(await looks(3)).toBe(0);
    files.write('openk.yaml', 'abc');
    expect(await looks(2)).toBe(1);
  });

  it('does not tell of what is read while it rests', async () => {
    const path = files.write('openk.yaml', 'a');
    await start(path);
    files.write('openk.yaml', 'ab');
    expect(await looks(1)).toBe(0);
    await watch.reading();
    expect(await looks(3)).toBe(0);
  });

  it('tells of another content of the same size', async () => {
    await start(files.write('openk.yaml', 'a'));
    files.write('openk.yaml', 'b');
    expect(await looks(2)).toBe(1);
  });

  it('tells of a file that is replaced by a rename, also twice', async () => {
    const path = files.write('openk.yaml', 'a');
    await start(path);
    for (const expected of [1, 2]) {
      renameSync(files.write('openk.yaml.new', 'b'), path);
      expect(await looks(2)).toBe(expected);
    }
  });

  it('tells of symlinks that are swapped as in a Kubernetes volume', async () => {
    const version = (name: string, text: string) => {
      mkdirSync(files.path(name));
      writeFileSync(`${files.path(name)}/openk.yaml`, text);
      symlinkSync(name, files.path('..data_tmp'));
      renameSync(files.path('..data_tmp'), files.path('..data'));
    };
    version('..2026_01', 'a');
    symlinkSync('..data/openk.yaml', files.path('openk.yaml'));
    await start(files.path('openk.yaml'));
    version('..2026_02', 'a');
    rmSync(files.path('..2026_01'), { recursive: true });
    expect(await looks(2)).toBe(1);
  });

  it('tells of a file that is gone, and of one that comes', async () => {
    const path = files.write('openk.yaml', 'a');
    await start(path);
    unlinkSync(path);
    expect(await looks(2)).toBe(1);
    files.write(basename(path), 'a');
    expect(await looks(2)).toBe(2);
  });

  it('leaves alone a file that is away for a moment', async () => {
    const path = files.write('openk.yaml', 'a');
    await start(path);
    renameSync(path, files.path('aside'));
    expect(await looks(1)).toBe(0);
    renameSync(files.path('aside'), path);
    // The rename leaves its mark on the inode: at the most one call, never one for each step.
    expect(await looks(3)).toBeLessThanOrEqual(1);
  });

  it('tells nothing once it is closed, whatever it is doing', async () => {
    const path = files.write('openk.yaml', 'a');
    await start(path);
    files.write('openk.yaml', 'ab');
    await look();
    // The look that would tell has begun, and the disk has not answered yet.
    await clock.advance(1000);
    await watch.close();
    expect(changes).toBe(0);
  });
});
