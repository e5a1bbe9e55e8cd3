// npm run bench -- rest: GetHealth by its REST path beside a plain Fastify route that answers the same JSON, in turns,
// round by round.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { end, firstMessage, requirePrograms, SERVER_CORE, spawnPinned } from './pinned.ts';
import { load } from './rpc-load.ts';
import { COMPONENT, startOpenkProcess } from './rpc-openk.ts';

const ROUNDS = 5;
const ROUND_S = 2;
const WARM_UP_S = 6;
const PATH = `/v1/components/${COMPONENT}/health`;

export const restBench: Bench = {
  title: `GET ${PATH}, ${ROUNDS} rounds of ${ROUND_S} s each`,
  async run() {
    requirePrograms({ wrk: 'wrk', taskset: 'util-linux' });
    const folder = await mkdtemp(join(tmpdir(), 'openk-bench-'));
    const ends: (() => Promise<void>)[] = [];
    try {
      const openk = await startOpenkProcess(folder, { leanLanes: true });
      ends.push(openk.end);
      const own = `http://127.0.0.1:${openk.port}`;
      const answer = await report(own);
      const reference = await startReference(answer, ends);
      const rates = { OpenK: [] as number[], fastify: [] as number[] };
      const servers = { OpenK: own, fastify: reference };
      for (let round = 0; round <= ROUNDS; round++) {
        for (const name of ['OpenK', 'fastify'] as const) {
          const request = { tool: 'wrk', url: servers[name] + PATH, headers: {} } as const;
          const { requestsPerSecond } = await load(folder, request, round === 0 ? WARM_UP_S : ROUND_S);
          if (round > 0) rates[name].push(requestsPerSecond);
        }
      }
      if ((await readAnswer(reference)) !== (await readAnswer(own))) throw new Error('the two do not answer alike');
      return [
        ...(['OpenK', 'fastify'] as const).map((name) => ({
          name: `GetHealth by REST: ${name}`,
          value: Math.round(median(rates[name])),
          unit: '/s',
          rounds: rates[name],
        })),
        {
          name: 'GetHealth by REST: OpenK to fastify',
          value: median(rates.OpenK) / median(rates.fastify),
          unit: '×',
          atLeast: 0.8,
        },
      ];
    } finally {
      for (const endOne of ends) await endOne();
      await rm(folder, { recursive: true });
    }
  },
};

/** Makes the component healthy. @returns what OpenK then answers */
async function report(origin: string): Promise<string> {
  const response = await fetch(`${origin}/v1/components/${COMPONENT}:report`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"message":"done"}',
  });
  if (!response.ok) throw new Error(`the report was answered by ${response.status}: ${await response.text()}`);
  return readAnswer(origin);
}

async function startReference(answer: string, ends: (() => Promise<void>)[]): Promise<string> {
  const program = new URL('rest-reference.ts', import.meta.url).pathname;
  const child = spawnPinned(SERVER_CORE, [process.execPath, program, answer], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  ends.push(() => end(child));
  return `http://127.0.0.1:${await firstMessage<number>(child)}`;
}

async function readAnswer(origin: string): Promise<string> {
  return (await fetch(origin + PATH)).text();
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
