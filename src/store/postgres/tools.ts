// What `openk storage` says of a database: PostgreSQL has programs of its own for it, and these are the commands.
import type { StoreFault } from '../../core/store.ts';
import { storeFault } from '../thread/operations.ts';
import { readTarget } from './target.ts';

const WORDS = {
  check: (url: string) => [
    'is looked after by PostgreSQL, not by OpenK',
    `Check it with: pg_amcheck --install-missing --schema=openk '${url}'`,
  ],
  compact: (url: string) => [
    'is kept small by PostgreSQL itself (autovacuum), and what is old is dropped by the day or month',
    `To have all of its room back at once, stop OpenK and run: vacuumdb --full --dbname='${url}'`,
  ],
  backup: (url: string, destination = 'FILE') => [
    'is copied by PostgreSQL, while OpenK runs',
    `Back it up with: pg_dump --format=custom --schema=openk --file='${destination}' --dbname='${url}'`,
  ],
} as const;

export function isDatabaseUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

/** @param url whose password is not said @param destination of a backup */
export function databaseWords(tool: keyof typeof WORDS, url: string, destination?: string): StoreFault {
  const { name } = readTarget(url, {});
  const [what = '', advice = ''] = WORDS[tool](name, destination);
  return storeFault(name, what, advice);
}
