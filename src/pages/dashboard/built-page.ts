// The page as vite has built it out of web/: its HTML, and its files with their compressed forms beside them.
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { Encoding } from '../content-encoding.ts';

export interface BuiltPage {
  readonly html: string;
  /** Undefined where there is no such file. */
  asset(name: string): Asset | undefined;
  /** Name of the file that makes status pages live. */
  readonly statusPageScript: string | undefined;
}

export interface Asset {
  readonly contentType: string;
  /** Read when it is first asked for in that form. */
  bytes(encoding: Encoding): Promise<Buffer>;
}

/** What the page may do, and with it its worker: run and load what this port answers with, and ask this port. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join(';');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const SUFFIX: Readonly<Record<Encoding, string>> = { br: '.br', gzip: '.gz', identity: '' };

/** In a checkout beside `src/`, in the package with all that was built. */
const BUILT = join(
  dirname(findPackageJSON(import.meta.url) ?? import.meta.dirname),
  import.meta.url.endsWith('.ts') ? 'web/dist' : 'dist/web/dist',
);

/** Undefined where it was not built. */
export function findBuiltPage(folder = BUILT): BuiltPage | undefined {
  let html: string;
  let names: readonly string[];
  try {
    html = readFileSync(join(folder, 'index.html'), 'utf8');
    names = readdirSync(join(folder, 'assets'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  // What is not among them is not looked for: no path of a request reaches the disk.
  const assets = new Map(
    names.flatMap((name) => {
      const contentType = TYPES[extname(name)];
      return contentType === undefined ? [] : [[name, readOnce(join(folder, 'assets', name), contentType)] as const];
    }),
  );
  return {
    html,
    asset: (name) => assets.get(name),
    statusPageScript: names.find((name) => /^status-page-.*\.js$/.test(name)),
  };
}

function readOnce(path: string, contentType: string): Asset {
  const read = new Map<Encoding, Promise<Buffer>>();
  return {
    contentType,
    bytes(encoding) {
      let bytes = read.get(encoding);
      if (bytes === undefined) {
        bytes = readFile(path + SUFFIX[encoding]);
        read.set(encoding, bytes);
        bytes.catch(() => read.delete(encoding));
      }
      return bytes;
    },
  };
}
