// npm run h2spec: the HTTP/2 cases of https://github.com/summerwind/h2spec against OpenK's port beside a bare node:http2 server,
// in cleartext and over TLS. Exit 1 when a case fails here that the bare server passes, 2 when the program is not there.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createSecureServer, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificates } from '../tests/support/certs.ts';
import { spawnOpenk } from '../tests/support/spawned-openk.ts';

const PROGRAM = 'h2spec';
const VERSION = 'v2.2.1+incompatible';
const MAX_RUN_MS = 60_000;
/** A machine that stalls fails a case that waits for an answer: what is a fault fails as often as this. */
const RUNS = 3;
/**
 * Large, and not answered in the turn of its request: a call is, over TLS, and its stream is then closed on both sides before
 * the next frame is read, which nghttp2 lets pass.
 */
const PAGE = '/openapi.json';
/** One port answers HTTP/1.1 too: what is no preface of HTTP/2 is taken for that, and answered by 400. */
const EXPECTED = new Set(['http2/3.5: Sends invalid connection preface']);

interface Run {
  readonly cases: number;
  /** `SECTION: CASE` of each, those among them that could not be asked. */
  readonly failed: ReadonlySet<string>;
}

const program = [PROGRAM, process.env.H2SPEC].find(
  (path): path is string => path !== undefined && path !== '' && spawnSync(path, ['--version']).status === 0,
);
if (program === undefined) {
  console.error(`h2spec is not here. Put it on the PATH, or its path into H2SPEC; with Go:

  go install github.com/summerwind/h2spec/cmd/h2spec@${VERSION}
`);
  process.exitCode = 2;
} else {
  const folder = await mkdtemp(join(tmpdir(), 'openk-h2spec-'));
  try {
    for (const isSecure of [false, true]) {
      const { own, bare, faults } = await compare(program, folder, isSecure);
      const title = `h2spec, ${isSecure ? 'TLS' : 'cleartext'}`;
      console.log(
        `${title}: ${own.cases} cases, ${own.failed.size} not passed; bare node:http2: ${bare.failed.size} not passed`,
      );
      for (const fault of faults) console.log(`  not passed here alone: ${fault}`);
      if (faults.length > 0) process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compare(path: string, folder: string, isSecure: boolean) {
  const { server: identity } = await createCertificates();
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(certFile, identity.cert);
  await writeFile(keyFile, identity.key);
  const openk = await spawnOpenk(
    `${isSecure ? `tls: { cert_file: "${certFile}", key_file: "${keyFile}" }\n` : ''}components: [ { id: job, heartbeat: { period: 24h } } ]\n`,
  );
  const reference = isSecure ? createSecureServer(identity) : createServer();
  reference.on('request', (request, response) => {
    request.resume();
    response.end('a bare server');
  });
  // What h2spec breaks is the connection's own to deal with.
  reference.on('sessionError', () => {});
  reference.listen(0, '127.0.0.1');
  await once(reference, 'listening');
  try {
    const ports = [Number(new URL(openk.address).port), (reference.address() as AddressInfo).port] as const;
    let last: readonly [Run, Run] | undefined;
    let faults: readonly string[] = [];
    for (let run = 0; run < RUNS; run++) {
      const [own, bare] = await Promise.all([
        ask(path, folder, ports[0], isSecure),
        ask(path, folder, ports[1], isSecure),
      ]);
      if (own.cases === 0 || own.cases !== bare.cases) throw new Error(`${own.cases} and ${bare.cases} cases were run`);
      last ??= [own, bare];
      const differ = [...own.failed].filter((name) => !bare.failed.has(name) && !EXPECTED.has(name));
      faults = run === 0 ? differ : faults.filter((name) => differ.includes(name));
      if (faults.length === 0) break;
    }
    return { own: last![0], bare: last![1], faults };
  } finally {
    reference.close();
    await openk.dispose();
  }
}

async function ask(path: string, folder: string, port: number, isSecure: boolean): Promise<Run> {
  const report = join(folder, `${port}.xml`);
  const args = ['-h', '127.0.0.1', '-p', String(port), '-P', PAGE, '-j', report, ...(isSecure ? ['-t', '-k'] : [])];
  const child = spawn(path, args, { stdio: 'ignore', timeout: MAX_RUN_MS });
  await once(child, 'close');
  const xml = await readFile(report, 'utf8');
  const cases = [
    ...xml.matchAll(/<testcase package="([^"]*)" classname="([^"]*)"[^>]*>\s*(<(?:failure|error|skipped))?/g),
  ];
  const failed = cases.filter(([, , , fault]) => fault !== undefined).map(([, section, name]) => `${section}: ${name}`);
  return { cases: cases.length, failed: new Set(failed) };
}
