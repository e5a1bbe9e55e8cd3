// The SBOM names every package that is installed with OpenK, also those that its development dependencies need as well, and no other.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');

it('has what the lock file has beyond development', () => {
  const lock: { packages: Record<string, { readonly version: string; readonly dev?: boolean }> } = JSON.parse(
    readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
  );
  const installed = Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && dev !== true)
    .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`);
  const sbom: { components: readonly { readonly purl: string }[] } = JSON.parse(
    execFileSync(process.execPath, ['scripts/sbom.ts'], { cwd: ROOT, encoding: 'utf8' }),
  );
  const named = sbom.components.map(({ purl }) => decodeURIComponent(purl).replace('pkg:npm/', '').split('?')[0]);

  expect(named.toSorted()).toEqual([...new Set(installed)].toSorted());
}, 30_000);
