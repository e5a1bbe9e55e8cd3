import { execFile } from 'node:child_process';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { growingPercent } from '../../src/heap.ts';
import { type Certificates, createCertificates } from '../support/certs.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';

const of = (file: string) => JSON.stringify(new URL(`../../src/${file}`, import.meta.url).href);
/** Makes many objects that last, from one literal, and prints whether one more of them is allocated among the young. */
const PROGRAM = `
const { boundHeap } = await import(${of('heap.ts')});
boundHeap();
class Stream { constructor() { this.state = { id: 1 }; } }
const lasting = [];
for (let n = 0; n < 400_000; n++) lasting.push(new Stream());
console.log(%InYoungGeneration(new Stream().state));
`;

it('makes V8 allocate all objects among the young, whatever lasted before', async () => {
  // The smaller the young generation, the sooner V8 would make up its mind to allocate them among the old.
  const flags = ['--allow-natives-syntax', '--max-semi-space-size=1', '--input-type=module', '--eval', PROGRAM];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags);
  // V8 complains of flags that it does not know, and goes on.
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe('true');
});

it.each([
  ['16 MiB', 5, 16],
  ['8 MiB with very many components', 20_000, 8],
])('lets the young generation grow to two times %s and no further', async (_name, components, most) => {
  const program = `
    const { getHeapSpaceStatistics } = await import('node:v8');
    const { boundHeap } = await import(${of('heap.ts')});
    boundHeap().follow(${components});
    const lasting = [];
    let largest = 0;
    for (let n = 0; n < 4_000_000; n++) {
      lasting[n % 100_000] = { n, list: [n] };
      // A little in each turn, so that no two collections come before the first is heard of.
      if (n % 1_000 !== 0) continue;
      await new Promise(setImmediate);
      const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
      largest = Math.max(largest, young.space_used_size + young.space_available_size);
    }
    console.log(Math.round(largest / 2 ** 20));
  `;
  const flags = ['--input-type=module', '--eval', program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags);
  expect(stderr).toBe('');
  // What outlives a collection may take more for a moment; one step further is twice as much.
  expect(Number(stdout)).toBeGreaterThanOrEqual(most);
  expect(Number(stdout)).toBeLessThan(2 * most);
});

it.each([
  ['doubles at first', 5, 0, 100],
  ['doubles while full collections come often, as under calls', 5, 2_000, 100],
  ['grows by half while they are rare', 5, 20_000, 50],
  ['grows by less with very many components', 20_000, 2_000, 35],
])('the heap %s', (_name, components, apartMs, percent) => {
  expect(growingPercent(components, apartMs)).toBe(percent);
});

it('leaves to whoever has said it by flags what V8 compiles', async () => {
  const program = `
    const { startSmall } = await import(${of('small-start.ts')});
    const runAtFull = startSmall();
    runAtFull();
    const hot = (n) => { let sum = 0; for (let i = 0; i < n; i++) sum += i; return sum; };
    for (let call = 0; call < 1_000; call++) hot(1_000);
    // Its bit 3: the code is that of a compiler that optimises.
    console.log(%GetOptimizationStatus(hot) & 8);
  `;
  const flags = ['--allow-natives-syntax', '--no-turbofan', '--no-maglev', '--input-type=module', '--eval', program];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags);
  expect(stderr).toBe('');
  expect(stdout.trim()).toBe('0');
});

/** What Node has to open TLS with, each the first that does in its process: as a module has it, as a package in CommonJS has it. */
const WAYS: readonly (readonly [string, string])[] = [
  ['tls.connect', "once((await import('node:tls')).connect({ host: 'localhost', port }), 'secureConnect')"],
  [
    'tls.connect of a package',
    "once(process.getBuiltinModule('tls').connect({ host: 'localhost', port }), 'secureConnect')",
  ],
  ['https.get', "once((await import('node:https')).get({ host: 'localhost', port }), 'response')"],
  ['http2.connect', "once((await import('node:http2')).connect('https://localhost:' + port), 'connect')"],
  ['fetch', "fetch('https://localhost:' + port)"],
];

const files = createTemporaryFiles();
let certificates: Certificates;
let server: ReturnType<typeof createSecureServer>;
beforeAll(async () => {
  certificates = await createCertificates();
  server = createSecureServer({ ...certificates.server, allowHTTP1: true }, (_request, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
});
afterAll(() => {
  server.close();
  files.remove();
});

it.each(WAYS)('has the authorities of the system trusted: %s', async (_name, connect) => {
  const { port } = server.address() as AddressInfo;
  const file = files.write('authority.pem', certificates.ca);
  const program = `
    const { once } = await import('node:events');
    const { settleRuntime } = await import(${of('runtime.ts')});
    settleRuntime();
    const port = ${port};
    await (${connect});
    process.exit();
  `;
  // OpenSSL's name for the file that has them.
  const env = { PATH: process.env.PATH, SSL_CERT_FILE: file };
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { env });
  expect(stderr).toBe('');
});
