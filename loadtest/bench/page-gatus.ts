// Gatus' page with as many endpoints, where GATUS names its program: for `npm run bench -- page`.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { COMPONENTS } from './page-world.ts';
import { end, SERVER_CORE } from './pinned.ts';

const GROUPS = 40;
const TOKEN = 'bench';
const AT_ONCE = 50;
const START_MS = 30_000;
/** Its page shows the first of its pages of endpoints, and how many there are of them. */
export const GATUS_IS_COMPLETE = `/Page 1 of|service-0/.test(document.querySelector('#app')?.innerText ?? '')`;

export interface GatusWorld {
  readonly address: string;
  end(): Promise<void>;
}

/** All endpoints are pushed to, once each: those that it probes begin one after the other, a fifth of a second apart. */
export async function startGatus(program: string, folder: string, port: number): Promise<GatusWorld> {
  const address = `http://127.0.0.1:${port}`;
  const names = Array.from({ length: COMPONENTS }, (_, n) => ({ name: `service-${n}`, group: `team-${n % GROUPS}` }));
  const itself = {
    name: 'itself',
    url: `tcp://127.0.0.1:${port}`,
    interval: '1h',
    conditions: ['[CONNECTED] == true'],
  };
  const file = join(folder, 'gatus.yaml');
  const config = {
    web: { address: '127.0.0.1', port },
    endpoints: [itself],
    'external-endpoints': names.map((one) => ({ ...one, token: TOKEN })),
  };
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const child = spawn('taskset', ['-c', String(SERVER_CORE), program], {
    stdio: 'ignore',
    env: { ...process.env, GATUS_CONFIG_PATH: file },
  });
  try {
    await answering(`${address}/health`);
    for (let from = 0; from < names.length; from += AT_ONCE) {
      await Promise.all(names.slice(from, from + AT_ONCE).map((one, n) => push(address, one, (from + n) % 270 !== 0)));
    }
  } catch (error) {
    await end(child);
    throw error;
  }
  return { address, end: () => end(child) };
}

async function push(address: string, { name, group }: { name: string; group: string }, isUp: boolean): Promise<void> {
  const answer = await fetch(`${address}/api/v1/endpoints/${group}_${name}/external?success=${isUp}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  if (!answer.ok) throw new Error(`Gatus took no push: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

async function answering(url: string): Promise<void> {
  for (const until = performance.now() + START_MS; performance.now() < until; await sleep(50)) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
  }
  throw new Error(`Gatus did not answer ${url}`);
}
