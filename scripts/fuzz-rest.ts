// npm run fuzz:rest [-- OPTION…]: schemathesis, a fuzzer that knows nothing but our OpenAPI document, against a started
// server: no answer may be a 5xx, and each must be what the document says. Options after -- go to schemathesis; the same
// seed makes the same calls. Exit 1 when it finds something, 2 when it is not there.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';

const NAMES = ['schemathesis', 'st'];
const VERSION = '4.32.5';
const SEED = 20_261_123;
/** For each operation, in each phase. */
const MAX_EXAMPLES = 60;
const REQUEST_TIMEOUT_S = 10;
const MAX_RUN_MS = 5 * 60_000;

/** Of the document, what is asked here. */
interface OpenapiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
}

const CONFIG = new URL('fuzz-rest.toml', import.meta.url).pathname;

const fuzzer = [process.env.SCHEMATHESIS, ...NAMES].find(isSchemathesis);
if (fuzzer === undefined) {
  console.error(`schemathesis is not here. Put it on the PATH, or its path into SCHEMATHESIS; with Python:

  python3 -m venv FOLDER && FOLDER/bin/pip install schemathesis==${VERSION}
`);
  process.exitCode = 2;
} else {
  process.exitCode = await fuzz(fuzzer);
}

function isSchemathesis(path: string | undefined): path is string {
  return path !== undefined && path !== '' && spawnSync(path, ['--version']).status === 0;
}

/** @returns an exit code */
async function fuzz(path: string): Promise<number> {
  const args = ['src/main.ts', 'serve', '--listen', '127.0.0.1:0', '--storage', 'memory:'];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const serverClosed = once(server, 'close');
  const folder = await mkdtemp(join(tmpdir(), 'openk-fuzz-'));
  try {
    const address = await listening(server.stdout);
    const options = [
      ['--seed', String(SEED)],
      ['--max-examples', String(MAX_EXAMPLES)],
      ['--request-timeout', String(REQUEST_TIMEOUT_S)],
      // A schema cannot say all rules: that a page token is of this list, or that a time is past. Numbers of enums are
      // taken beside their names, as protobuf's JSON has it.
      ['--exclude-checks', 'positive_data_acceptance,negative_data_rejection'],
      ['--phases', 'examples,coverage,fuzzing'],
      ['--workers', '1'],
      ['--continue-on-failure', '--no-color'],
      ...streamOperations().map((id) => ['--exclude-operation-id', id]),
      process.argv.slice(2),
    ];
    const child = spawn(path, ['--config-file', CONFIG, 'run', `${address}/openapi.json`, ...options.flat()], {
      // It leaves its notes where it runs.
      cwd: folder,
      stdio: 'inherit',
      timeout: MAX_RUN_MS,
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return code === 0 ? 0 : 1;
  } finally {
    server.kill('SIGTERM');
    await serverClosed;
    await rm(folder, { recursive: true, force: true });
  }
}

async function listening(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const { msg, address } = JSON.parse(line);
    if (msg === 'listening') {
      stdout.resume();
      return address;
    }
  }
  throw new Error('the server ended before it listened');
}

/** Their answers have no end, which the fuzzer waits for. tests/protocols/rest/streams.test.ts is about them. */
function streamOperations(): string[] {
  const isStream = (operation: object) => JSON.stringify(operation).includes('"text/event-stream"');
  const text = readFileSync(join(import.meta.dirname, '../docs/openapi.yaml'), 'utf8');
  const { paths } = parse(text) as OpenapiDocument;
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  return operations.filter(isStream).map(({ operationId }) => operationId);
}
