// Fails when what `buf generate` made is not what it makes, no file more and none less: generates anew beside it and compares.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

for (const { template, out } of [
  { template: 'buf.gen.yaml', out: 'gen' },
  { template: 'tests/buf.gen.yaml', out: 'tests/gen' },
  { template: 'web/buf.gen.yaml', out: 'web/gen' },
]) {
  const stale = findStale(template, out);
  if (stale.length > 0) {
    console.error(`${out}/ is stale, run \`npm run generate\` and commit the result:\n  ${stale.join('\n  ')}`);
    process.exitCode = 1;
  }
}

function findStale(template: string, out: string): string[] {
  const fresh = mkdtempSync(join(tmpdir(), 'openk-gen-'));
  try {
    execFileSync('buf', ['generate', '--template', template, '--output', fresh], { stdio: 'inherit' });
    const made = join(fresh, out);
    const all = new Set([...filesOf(made), ...filesOf(out)]);
    return [...all].filter((file) => read(join(made, file)) !== read(join(out, file)));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
