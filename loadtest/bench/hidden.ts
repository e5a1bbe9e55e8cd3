// npm run bench -- hidden: whether the time of an answer gives away that a component is there which does not exist for the caller. It is asked
// for in turns with one that nobody has, and that one beside itself, which shows how far apart the same are on this machine.
import { hash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Bench, type Figure, median } from './bench.ts';
import { requirePrograms } from './pinned.ts';
import { COMPONENT, startOpenkProcess } from './rpc-openk.ts';

const CALLS = 1_000;
const WARM_UP_CALLS = 2_000;
/** As long as the name of the hidden one. */
const MISSING = ['component-xyz', 'component-uvw'] as const;
const KEY = 'openk_bench_of_hidden_components';
const AUTH = `auth: { keys: [ { id: some, sha256: "${hash('sha256', KEY)}", allow: [EXPLAIN], select: ["team=other"] } ] }`;
const METHODS = ['/health', '/transitions', '/availability?window=1h', ':explain', ''];
/** Far less than what is within reach of somebody who asks over a network. */
const APART_AT_MOST = 1.1;

export const hiddenBench: Bench = {
  title: `answers about a hidden component beside those about one that is not there, p50 of ${CALLS} REST calls each`,
  async run() {
    requirePrograms({ taskset: 'util-linux' });
    const folder = await mkdtemp(join(tmpdir(), 'openk-bench-'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    try {
      const openk = await startOpenkProcess(folder, { auth: AUTH });
      try {
        const ask = (path: string) => timeNotFound(agent, openk.port, path);
        const figures: Figure[] = [];
        for (const method of METHODS) figures.push(...(await compare(method, ask)));
        return figures;
      } finally {
        await openk.end();
      }
    } finally {
      agent.destroy();
      await rm(folder, { recursive: true });
    }
  },
};

async function compare(method: string, ask: (path: string) => Promise<number>): Promise<Figure[]> {
  const [hidden, missing, other] = [COMPONENT, ...MISSING].map((id) => `/v1/components/${id}${method}`) as [
    string,
    string,
    string,
  ];
  const times: Record<string, number[]> = { [hidden]: [], [missing]: [], [other]: [] };
  const paths = Object.keys(times);
  for (let call = 0; call < WARM_UP_CALLS; call++) await ask(paths[call % paths.length]!);
  for (let call = 0; call < CALLS; call++) for (const path of paths) times[path]!.push(await ask(path));
  const p50 = (path: string) => median(times[path]!);
  const name = `GET /v1/components/{component}${method}`;
  const apart = (a: number, b: number) => Math.max(a, b) / Math.min(a, b);
  return [
    { name: `${name}: hidden`, value: p50(hidden), unit: 'ms' },
    { name: `${name}: not there`, value: p50(missing), unit: 'ms' },
    { name: `${name}: apart`, value: apart(p50(hidden), p50(missing)), unit: '×', atMost: APART_AT_MOST },
    { name: `${name}: two that are not there, apart`, value: apart(p50(missing), p50(other)), unit: '×' },
  ];
}

/** In milliseconds. @throws Error for another answer than 404 */
async function timeNotFound(agent: Agent, port: number, path: string): Promise<number> {
  const headers = { authorization: `Bearer ${KEY}` };
  const startedAt = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  request({ agent, port, host: '127.0.0.1', path, headers }, async (response) => {
    const body = await text(response);
    if (response.statusCode === 404) resolve(performance.now() - startedAt);
    else reject(new Error(`${path} answered ${response.statusCode}: ${body}`));
  })
    .on('error', reject)
    .end();
  return promise;
}
