// The examples in README.md and docs/ that are marked with `<!-- run -->`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
/** What examples say where a server is. */
const WRITTEN_ADDRESS = '127.0.0.1:8080';
const MARKED_BLOCK = /^<!-- run -->\n```(\w+)\n([\s\S]*?)^```$/gm;

export interface Example {
  /** File and line. */
  readonly place: string;
  /** Of the fence: `sh` or `ts`. */
  readonly language: string;
  readonly text: string;
}

export function readExamples(): Example[] {
  const pages = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', ...pages.map((name) => join('docs', name))].flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(MARKED_BLOCK)].map(([block, language = '', example = '']) => {
      const line = text.slice(0, text.indexOf(block)).split('\n').length;
      return { place: `${page}:${line}`, language, text: example };
    });
  });
}

/** The example for a server at another address. People wait longer than tests, too. */
export function aim(text: string, host: string): string {
  return text.replaceAll(WRITTEN_ADDRESS, host).replaceAll('--for 10s', '--for 10ms');
}
