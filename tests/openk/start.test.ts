// What a start with heartbeats alone takes: what it loads, its young generation, and what V8 compiles. Whatever comes to it costs everybody at each start.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SOURCES } from '../support/program.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';

const CONFIG = 'components: [{ id: api, heartbeat: { period: 1h, grace: 1h } }]\n';
const WHAT_IS_LOADED = new URL('../support/what-is-loaded.cjs', import.meta.url).pathname;
const MIB = 1024 * 1024;

/** An OpenK that listens, and answers by a line in its log when it is sent SIGUSR2: of the sources, since of what is bundled names of files say nothing. */
const start = (config: string) =>
  spawnOpenk(config, { program: SOURCES, env: { NODE_OPTIONS: `--require=${WHAT_IS_LOADED}` } });

interface Said {
  readonly urls: readonly string[];
  readonly youngBytes: number;
  readonly compiledInStart: boolean;
  readonly compiledNow: boolean;
  readonly authorities: boolean;
}

async function ask(openk: SpawnedOpenk): Promise<Said> {
  openk.signal('SIGUSR2');
  return (await openk.logged('loaded')) as unknown as Said;
}

describe('a start', () => {
  let openk: SpawnedOpenk;
  let said: Said;
  beforeAll(async () => {
    openk = await start(CONFIG);
    said = await ask(openk);
  }, 60_000);
  afterAll(() => openk.dispose());

  /** Without duplicates, the last folder of that name counts. */
  const below = (folder: string) => [
    ...new Set(said.urls.filter((url) => url.includes(folder)).map((url) => url.split(folder).at(-1) ?? '')),
  ];

  it('loads these packages and no other', () => {
    const packages = below('/node_modules/').map((path) => /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
    expect([...new Set(packages)].sort()).toEqual([
      '@bufbuild/cel',
      '@bufbuild/cel-spec',
      '@bufbuild/protobuf',
      '@bufbuild/re2',
      '@connectrpc/connect',
      '@connectrpc/connect-fastify',
      '@connectrpc/connect-node',
      '@fastify/cors',
      '@fastify/error',
      '@fastify/forwarded',
      '@fastify/proxy-addr',
      '@opentelemetry/api',
      '@opentelemetry/core',
      '@opentelemetry/exporter-prometheus',
      '@opentelemetry/propagator-b3',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-metrics',
      '@opentelemetry/semantic-conventions',
      '@pinojs/redact',
      'abstract-logging',
      'atomic-sleep',
      'avvio',
      'better-sqlite3',
      'commander',
      'croner',
      'fast-decode-uri-component',
      'fast-deep-equal',
      'fast-json-stringify',
      'fast-querystring',
      'fastify',
      'fastify-plugin',
      'fastq',
      'find-my-way',
      'helmet',
      'ipaddr.js',
      'nodemailer',
      'on-exit-leak-free',
      'pino',
      'pino-std-serializers',
      'process-warning',
      'quick-format-unescaped',
      'ret',
      'reusify',
      'rfdc',
      'safe-regex2',
      'safe-stable-stringify',
      'secure-json-parse',
      'semver',
      'sonic-boom',
      'thread-stream',
      'toad-cache',
      'yaml',
    ]);
  });

  it('loads of the command line what serve needs', () => {
    expect(below('/src/cli/').sort()).toEqual([
      'context.ts',
      'exit.ts',
      'http2-link.ts',
      'log-text.ts',
      'process-context.ts',
      'process-output.ts',
      'process-signals.ts',
      'run-cli.ts',
      'serve.ts',
      'text.ts',
      'version.ts',
      'wrong-usage.ts',
    ]);
  });

  it('leaves the young generation as small as it began: a megabyte, and one to copy to', () => {
    // It may have grown once by now, since it listens: grown at the start it has 8 MiB and more.
    expect(said.youngBytes).toBeLessThanOrEqual(5 * MIB);
  });

  it('has V8 compile what is hot once it listens, and not before', () => {
    expect(said.compiledInStart).toBe(false);
    expect(said.compiledNow).toBe(true);
  });

  it('reads no authorities of the system, since it opens no TLS', () => {
    expect(said.authorities).toBe(false);
  });
});

it.each([
  'http: { url: "https://127.0.0.1:1" }',
  'http: { url: "http://127.0.0.1:1", follow_redirects: 1 }',
  'tls: { target: "127.0.0.1:1" }',
  'grpc: { target: "127.0.0.1:1", tls: {} }',
])('reads them before a first run that may open TLS, so that they are in no latency: %s', async (probe) => {
  const openk = await start(`components: [{ id: api, ${probe} }]\n`);
  try {
    // Nobody listens there, so that no run comes as far as TLS.
    expect((await ask(openk)).authorities).toBe(true);
  } finally {
    await openk.dispose();
  }
});

it('with a large file it grows, as V8 has it', async () => {
  const components = Array.from({ length: 1500 }, (_, n) => `  - { id: service-${n}, heartbeat: { period: 24h } }\n`);
  const openk = await start(`components:\n${components.join('')}`);
  try {
    expect((await ask(openk)).youngBytes).toBeGreaterThan(4 * MIB);
  } finally {
    await openk.dispose();
  }
});
