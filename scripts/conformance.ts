// npm run conformance: the Connect authors' suite against OpenK's port, with the pipeline and without. Exit 1 when a case
// fails, 2 when the runner is not there.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RUNNER = 'connectconformance';
const VERSION = 'v1.0.5';
/** Of both runs, at the same time; they take three and a half minutes on two cores: the runner keeps about one busy. */
const MAX_RUN_MS = 8 * 60_000;

const runner = findRunner();
if (runner === undefined) {
  console.error(`The conformance runner is not here. Put it on the PATH, or its path into CONNECTCONFORMANCE; with Go:

  go install connectrpc.com/conformance/cmd/connectconformance@${VERSION}
`);
  process.exitCode = 2;
} else {
  const compiled = await mkdtemp(join(tmpdir(), 'openk-conformance-'));
  try {
    // Their servers take any free port.
    await Promise.all(
      ['on', 'off'].map(async (pipeline) => {
        const { output, counts, code } = await run(runner, pipeline, compiled);
        console.log(`${output}conformance, pipeline ${pipeline}: ${counts ?? 'the run was not complete'}`);
        if (code !== 0 || counts === undefined) process.exitCode = 1;
      }),
    );
  } finally {
    await rm(compiled, { recursive: true });
  }
}

function findRunner(): string | undefined {
  const candidates = [RUNNER, process.env.CONNECTCONFORMANCE];
  return candidates.find(
    (path): path is string => path !== undefined && path !== '' && spawnSync(path, ['--version']).status === 0,
  );
}

/**
 * What the runner says, and its last line, `N passed, N failed`.
 *
 * @param compiled a folder that keeps what a server has compiled: the runner starts sixteen, each of which would do it again
 */
async function run(path: string, pipeline: string, compiled: string) {
  const config = ['--mode', 'server', '--conf', 'tests/conformance/features.yaml'];
  const server = [process.execPath, 'tests/conformance/server.ts', '--pipeline', pipeline];
  const child = spawn(path, [...config, '--', ...server], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compiled },
    timeout: MAX_RUN_MS,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { output, counts: /^\d+ passed, \d+ failed.*$/m.exec(output.slice(-1024))?.[0], code };
}
