// Every package that the production dependencies bring has a licence that Apache-2.0 may be given away with. What an installation has is
// compared with the lock file, so packages of other platforms, which are absent, count by what the lock file says of them.
import { readFileSync } from 'node:fs';

/** Permissive, without conditions beyond naming the authors. */
const ALLOWED = new Set([
  'Apache-2.0',
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
]);

interface LockedPackage {
  readonly dev?: boolean;
  readonly license?: string;
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const brought = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev !== true);
const refused = brought
  .map(([path, locked]) => ({ path, licence: licenceOf(path) ?? locked.license ?? 'none' }))
  .filter(({ licence }) => !isAllowed(licence));
for (const { path, licence } of refused)
  console.error(`${path}: its licence (${licence}) is not in the list of scripts/check-licences.ts`);
process.exitCode = refused.length > 0 || brought.length === 0 ? 1 : 0;

function licenceOf(path: string): string | undefined {
  try {
    return JSON.parse(readFileSync(`${path}/package.json`, 'utf8')).license;
  } catch {
    return undefined;
  }
}

/** SPDX expressions of one level: of alternatives one is enough, of conjunctions all are needed. */
function isAllowed(expression: string): boolean {
  const words = expression.replaceAll(/[()]/g, '');
  if (words.includes(' AND ')) return words.split(' AND ').every((part) => !part.includes(' OR ') && ALLOWED.has(part));
  return words.split(' OR ').some((part) => ALLOWED.has(part));
}
