// npm run package [-- VERSION…]: packs OpenK, installs the tarball into an empty folder with each Node (24 and the pinned one, or the
// majors that are named), and uses it there as people do: serves, reports and asks over gRPC with the generated types, checks, opens the
// pages, stops it, and runs it inside of another program. Needs the registry that npm is configured for.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const PINNED = process.versions.node.split('.')[0]!;
const NPM_MS = 600_000;
/** All that is asked of one server. */
const USE_MS = 240_000;
const run = promisify(execFile);

/** Only the Node at hand, as on a machine without any other. */
const environment = (node: string) => ({
  PATH: [dirname(node), process.env.PATH].join(delimiter),
  HOME: process.env.HOME,
});

const work = await mkdtemp(join(tmpdir(), 'openk-package-'));
try {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', work], { cwd: ROOT, timeout: NPM_MS });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as {
    filename: string;
    size: number;
    files: { path: string }[];
  }[];
  if (packed === undefined) throw new Error(`npm pack made nothing: ${stdout}`);
  const paths = packed.files.map(({ path }) => path);
  expect(
    paths.includes('dist/src/embed.js'),
    `a tarball of ${Math.round(packed.size / 1024)} KiB is built first`,
    paths,
  );
  expect(!paths.some((path) => path.endsWith('.map')), 'it has no maps', paths);
  const majors = process.argv.length > 2 ? process.argv.slice(2) : ['24', PINNED];
  for (const major of majors) await use(join(work, packed.filename), await nodeOf(major));
} finally {
  await rm(work, { recursive: true, force: true });
}

async function nodeOf(major: string): Promise<string> {
  if (major === PINNED) return process.execPath;
  const folder = join(work, `node-${major}`);
  await mkdir(folder);
  await run('npm', ['install', '--no-save', '--prefer-offline', '--loglevel=error', `node@${major}`], {
    cwd: folder,
    timeout: NPM_MS,
  });
  return join(folder, 'node_modules/node/bin/node');
}

async function use(tarball: string, node: string): Promise<void> {
  const env = environment(node);
  const { stdout: version } = await run(node, ['--version'], { env });
  console.log(`Node ${version.trim()}`);
  const folder = await mkdtemp(join(work, 'empty-'));
  for (const name of ['client.ts', 'program.ts', 'openk.yaml'])
    await copyFile(join(ROOT, 'scripts/package', name), join(folder, name));
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}');

  const beganAt = performance.now();
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], {
    cwd: folder,
    // As npm is configured here, by variables too: which registry, and whose certificates it trusts.
    env: { ...process.env, ...env },
    timeout: NPM_MS,
  });
  const seconds = (since: number) => ((performance.now() - since) / 1000).toFixed(1);
  console.log(`  installed after ${seconds(beganAt)} s`);

  const openk = join(folder, 'node_modules/.bin/openk');
  const server = spawn(openk, ['serve', '--listen', '127.0.0.1:0'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(server, 'close');
  const overdue = setTimeout(() => server.kill('SIGKILL'), USE_MS);
  try {
    const address = await listening(createInterface({ input: server.stdout }));
    server.stdout.resume();
    const ready = await fetch(`${address}/readyz`);
    expect(
      ready.status === 200,
      `the first answer, after ${seconds(beganAt)} s, is that it is ready`,
      await ready.text(),
    );
    const asked = await run(node, ['client.ts', address], { cwd: folder, env });
    expect(asked.stdout === 'HEALTHY by gRPC\n', 'a client with the generated types reports and asks over gRPC', asked);
    const checked = await run(openk, ['check', 'nightly-backup', '--server', address], { cwd: folder, env });
    expect(checked.stdout.includes('HEALTHY'), 'openk check says HEALTHY and exits with 0', checked);
    const page = await (await fetch(address)).text();
    const program = /src="(\.\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? '';
    const loaded = await fetch(new URL(program, `${address}/`), { headers: { 'accept-encoding': 'br' } });
    expect(
      loaded.headers.get('content-encoding') === 'br' && (await loaded.text()).length > 1000,
      'the dashboard and its program are there',
      page,
    );
    for (const path of ['/docs', '/docs/js/scalar.js', '/openapi.json']) {
      const answer = await fetch(new URL(path, address));
      expect(answer.status === 200 && (await answer.text()).length > 100, `${path} is there`, answer.status);
    }
  } finally {
    server.kill('SIGTERM');
    const [code] = await closed;
    clearTimeout(overdue);
    expect(code === 0, 'SIGTERM ends it with exit code 0', code);
  }
  const embedded = await run(node, ['program.ts'], { cwd: folder, env });
  expect(
    embedded.stdout.endsWith('HEALTHY in one process\n'),
    'a program that imports it serves, and ends by itself',
    embedded,
  );

  // What TypeScript makes of the declarations; the compiler is the checkout's.
  const flags = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--target',
    'esnext',
    '--module',
    'nodenext',
    '--types',
    'node',
  ];
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const typed = await run(process.execPath, [tsc, ...flags, 'client.ts', 'program.ts'], { cwd: folder }).catch(
    (error) => error,
  );
  expect(typed.stdout === '', 'both have types', typed.stdout);
  const proto = await readFile(
    join(folder, 'node_modules/openk/proto/third_party/buf/validate/validate.proto'),
    'utf8',
  );
  expect(proto.includes('package buf.validate'), 'protos come with what they import', proto);
}

async function listening(lines: AsyncIterable<string>): Promise<string> {
  for await (const line of lines) {
    const { msg, address } = JSON.parse(line);
    if (msg === 'listening') return address;
  }
  throw new Error('the server ended before it listened');
}

function expect(holds: boolean, what: string, came: unknown): void {
  if (holds) console.log(`  ok: ${what}`);
  else {
    console.error(`  FAILED: ${what}; what came: ${JSON.stringify(came)?.slice(0, 2000)}`);
    process.exitCode = 1;
  }
}
