// What the package has and has not, without making it: `npm run package` makes, installs and uses it.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const json = (name: string) => JSON.parse(readFileSync(join(ROOT, name), 'utf8'));
const manifest = json('package.json');

let paths: string[] = [];

beforeAll(async () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, timeout: 60_000 });
  paths = JSON.parse(stdout)[0].files.map(({ path }: { path: string }) => path);
}, 60_000);

it('has what it says of itself, and nothing else beside what is built', () => {
  const others = paths.filter((path) => !/^(dist|proto)\//.test(path));
  expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'bin/openk.js', 'package.json']);
  expect(paths.filter((path) => /(^|\/)tests?\/|\.test\.|\.map$|\.tsbuildinfo$/.test(path))).toEqual([]);
});

it('has every proto, with what it imports', () => {
  const protos = paths.filter((path) => path.endsWith('.proto'));
  const imported = protos.flatMap((path) =>
    [...readFileSync(join(ROOT, path), 'utf8').matchAll(/^import "(.+)";$/gm)].map(([, name]) => name!),
  );
  expect(imported.length).toBeGreaterThan(3);
  // Those of protobuf itself come with every compiler.
  const foreign = imported.filter((name) => !name.startsWith('google/protobuf/'));
  const missing = foreign.filter(
    (name) => ![`proto/${name}`, `proto/third_party/${name}`].some((path) => protos.includes(path)),
  );
  expect(missing).toEqual([]);
});

describe('an export', () => {
  const targets = Object.values<string | Record<string, string>>(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );

  it.each(targets)('%s is a file of the package, or is built of one', (target) => {
    const source = target.replace(/^\.\/dist\//, './').replace(/(\.d\.ts|\.js)$/, '.ts');
    const folder = source.split('*')[0]!;
    expect(existsSync(join(ROOT, folder))).toBe(true);
    expect(manifest.files.concat('package.json').some((name: string) => target.startsWith(`./${name}`))).toBe(true);
  });
});

it('is built before it is packed, without maps of sources that it has not', () => {
  const { prepack, build } = manifest.scripts;
  expect({ prepack, build }).toEqual({
    prepack: 'npm run --silent build',
    build: expect.stringContaining('tsc -p tsconfig.build.json'),
  });
  const { compilerOptions, include } = json('tsconfig.build.json');
  expect(compilerOptions).toMatchObject({ declaration: true, outDir: 'dist', rootDir: '.' });
  expect(compilerOptions).not.toHaveProperty('sourceMap');
  expect(include).toEqual(['src', 'gen']);
});
