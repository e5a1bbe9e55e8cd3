// The version of OpenK, as its package.json has it: the same file for the sources and for what was built.
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** @throws when the installation is broken: there is no package.json around. */
export function readVersion(): string {
  const path = findPackageJSON(import.meta.url);
  if (path === undefined) throw new Error('openk is not installed as a package: there is no package.json around it');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
