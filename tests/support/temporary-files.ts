// Files for tests, in a directory of their own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFiles {
  /** Writes a file, also over one that is there. Returns its absolute path. */
  write(name: string, text: string): string;
  /** The absolute path of a file that may not exist. */
  path(name: string): string;
  remove(): void;
}

export function createTemporaryFiles(): TemporaryFiles {
  const directory = mkdtempSync(join(tmpdir(), 'openk-test-'));
  const path = (name: string) => join(directory, name);
  return {
    path,
    write(name, text) {
      writeFileSync(path(name), text);
      return path(name);
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}
