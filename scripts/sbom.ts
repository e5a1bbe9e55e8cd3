// npm run sbom: what the package consists of once it is installed, as CycloneDX. `npm sbom --omit dev` leaves out whatever a development
// dependency needs as well, fastify among it: so npm is shown a lock file that has no development dependencies.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Manifest {
  devDependencies?: unknown;
  scripts?: unknown;
}

interface Lock {
  packages: Record<string, Manifest & { readonly dev?: boolean }>;
}

const ROOT = join(import.meta.dirname, '..');
const read = <T>(name: string) => JSON.parse(readFileSync(join(ROOT, name), 'utf8')) as T;

const manifest = read<Manifest>('package.json');
const lock = read<Lock>('package-lock.json');
delete manifest.devDependencies;
delete lock.packages['']!.devDependencies;
for (const [path, { dev }] of Object.entries(lock.packages)) if (dev) delete lock.packages[path];

const folder = mkdtempSync(join(tmpdir(), 'openk-sbom-'));
try {
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  execFileSync('npm', args, { cwd: folder, stdio: 'inherit' });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
