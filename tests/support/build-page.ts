// Jest's global setup: the page is built where what is there is older than its sources, so that each test is served today's.
import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const WEB = join(import.meta.dirname, '../../web');

export default function buildPage(): void {
  const built = statSync(join(WEB, 'dist/index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = globSync('{src,gen}/**/*.*', { cwd: WEB }).concat('index.html', 'vite.config.ts');
  if (sources.every((path) => statSync(join(WEB, path)).mtimeMs <= built)) return;
  execFileSync('npm', ['run', '--silent', 'build:web'], { cwd: join(WEB, '..'), stdio: 'inherit' });
}
