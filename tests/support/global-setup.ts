// Jest's global setup: the page is built where what is there is older than its sources, so that each test is served today's. And what is started
// again and again as a process of its own keeps what it has compiled.
import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const WEB = join(import.meta.dirname, '../../web');

export default function setUp(): void {
  process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../../node_modules/.cache/openk-tests');
  buildPage();
}

function buildPage(): void {
  const built = statSync(join(WEB, 'dist/index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = globSync('{src,gen}/**/*.*', { cwd: WEB }).concat('index.html', 'vite.config.ts');
  if (sources.every((path) => statSync(join(WEB, path)).mtimeMs <= built)) return;
  execFileSync('npm', ['run', '--silent', 'build:web'], { cwd: join(WEB, '..'), stdio: 'inherit' });
}
