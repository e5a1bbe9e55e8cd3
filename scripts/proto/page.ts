// Pages that are made: written anew, or with `--check` compared with what is there.
import { readFileSync, writeFileSync } from 'node:fs';

export interface MadePage {
  readonly path: string;
  readonly text: string;
}

/** Fails the process when a page is stale. @param command What makes it anew. */
export function writeOrCheck(pages: readonly MadePage[], command: string): void {
  for (const { path, text } of pages) {
    if (!process.argv.includes('--check')) writeFileSync(path, text);
    else if (readIfThere(path) !== text) {
      console.error(`${path} is stale, run \`${command}\` and commit the result`);
      process.exitCode = 1;
    }
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Text that fits in a cell of a table. */
export function cell(text: string): string {
  return text.trim().replaceAll('|', '\\|');
}
