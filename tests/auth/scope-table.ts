// The tables of docs/security.md: what each method and page takes, as users read it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scope } from '../../src/auth/scope.ts';

export type Takes =
  | Scope
  | 'nothing'
  | 'nothing of an open page, else STATUS_PAGES'
  | 'nothing about OpenK itself, else READ'
  | 'a ping token in the path';

const ROW = /^\| `([^`]+)` \| ([^|]+) \|$/gm;

/** By method (`package.Service/Method`) and by page (`/path`). */
export function readScopeTable(): ReadonlyMap<string, Takes> {
  const text = readFileSync(join(import.meta.dirname, '../../docs/security.md'), 'utf8');
  return new Map([...text.matchAll(ROW)].map(([, what = '', takes = '']) => [what, takes.trim() as Takes]));
}
