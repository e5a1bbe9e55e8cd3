// The commands and configurations of docs/agents.md and docs/vantage.md, as they stand there, by processes that are killed: who probes from a
// place is replaced or missed, a component that is seen from several places has the same verdict over a reload and a restart, and nothing of it
// flaps or is counted twice.
import '../support/one-realm.ts';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { statusName, statusOf } from '../../src/cli/health-text.ts';
import { startCli } from '../cli/test-cli.ts';
import { ROOT } from '../docs/examples.ts';
import { freePort } from '../support/postgres.ts';
import { MAIN } from '../support/program.ts';
import { connectHealthClient, type HealthClient } from '../support/running-openk.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';

const TIMEOUT_MS = 60_000;
const [AGENTS = '', VANTAGE = ''] = ['agents', 'vantage'].map((page) =>
  readFileSync(join(ROOT, 'docs', `${page}.md`), 'utf8'),
);
const yamlOf = (page: string) => /^```yaml\n([\s\S]*?)^```$/m.exec(page)![1]!;
const [, AGENT_ARGS = ''] = /^OPENK_TOKEN=… openk (agent .*)$/m.exec(AGENTS)!;
const [, TOKEN_ARGS = ''] = /`openk (token new [^`]*)`/.exec(AGENTS)!;

const MEMBERS = ['payments-api', 'payments-api.eu', 'payments-api.home', 'payments-api.ap'];
const ALL_WELL = ['HEALTHY', 'HEALTHY', 'HEALTHY', 'HEALTHY'];

const files = createTemporaryFiles();
const ends: (() => unknown)[] = [];
let asked = 0;
let isWell = true;
let token = '';
let config = '';
let options: { readonly listen: string; readonly storage: string };
let openk: SpawnedOpenk;
let client: HealthClient;
let agents: readonly Agent[];

type Agent = ReturnType<typeof startAgent>;

function startAgent(id: string, place: string) {
  const args = AGENT_ARGS.replace('https://health.example.com', openk.address).replace(
    '--place eu',
    `--place ${place}`,
  );
  const child = spawn(process.execPath, [MAIN, ...args.split(' '), '--id', id], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, OPENK_TOKEN: token },
  });
  const exited = once(child, 'close');
  ends.push(() => {
    child.kill('SIGKILL');
    return exited;
  });
  const connected = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on(
    'line',
    (line) => JSON.parse(line).msg === 'connected' && connected.resolve(),
  );
  void exited.then(() => connected.reject(new Error(`${id} has ended`)));
  return { id, connected: connected.promise, kill: () => void child.kill('SIGKILL') };
}

/** Settles once they are like this, in the order of MEMBERS. */
async function until(wanted: readonly string[]): Promise<void> {
  const known = new Map<string, string>();
  for await (const { event } of client.watchHealth({ components: MEMBERS })) {
    if (event.case !== 'snapshot' && event.case !== 'change') continue;
    for (const health of event.value.components) known.set(health.component, statusName(statusOf(health)));
    if (MEMBERS.every((id, at) => known.get(id) === wanted[at])) return;
  }
  throw new Error('the stream has ended');
}

/** Components that it probes. */
async function componentsOf(agent: string): Promise<number> {
  const text = await (await fetch(`${openk.address}/metrics`)).text();
  return Number(new RegExp(`^openk_agent_components\\{.*agent="${agent}".*\\} (\\d+)`, 'm').exec(text)?.[1]);
}

/** What a component became, the oldest first. */
async function courseOf(component: string): Promise<string[]> {
  const { transitions } = await client.listTransitions({ component });
  return transitions.reverse().map(({ to }) => statusName(statusOf({ status: to })));
}

describe('agents and places', () => {
  beforeAll(async () => {
    const server = createServer((_, response) => {
      asked += 1;
      response.writeHead(isWell ? 200 : 503).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const cli = startCli(TOKEN_ARGS.split(' '), { randomBytes });
    expect(await cli.exitCode).toBe(0);
    token = cli.stdout.text.split('\n')[0]!.trim();
    const [, key = ''] = /sha256: "(\w+)"/.exec(cli.stdout.text)!;
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`;
    config = `${yamlOf(AGENTS).replace(/sha256: "\w+"/, `sha256: "${key}"`)}${yamlOf(VANTAGE)
      .replace('https://payments.example.com/healthz', url)
      // The server itself is at one of them.
      .replace('[ eu, us, ap ]', '[ eu, home, ap ]')
      .replace('interval: 30s', 'interval: 500ms\n    stale_after: 60s')}`;
    options = { listen: `127.0.0.1:${await freePort()}`, storage: `sqlite:${files.path('openk.db')}` };
    openk = await spawnOpenk(config, options);
    client = connectHealthClient(openk.address);
    agents = [startAgent('eu-1', 'eu'), startAgent('eu-2', 'eu'), startAgent('ap-1', 'ap')];
    await Promise.all(agents.map(({ connected }) => connected));
    await until(ALL_WELL);
  }, TIMEOUT_MS);
  afterAll(async () => {
    client?.close();
    for (const end of ends.reverse()) await end();
    await openk?.dispose();
    files.remove();
  });

  it(
    'are replaced where another one is at their place, and missed where none is',
    async () => {
      const before = await Promise.all(MEMBERS.map(courseOf));
      const counts = await Promise.all(agents.map(({ id }) => componentsOf(id)));
      const [eu1, eu2, ap] = agents as [Agent, Agent, Agent];
      expect(counts[0]! + counts[1]!).toBe(1);
      (counts[0] === 1 ? eu1 : eu2).kill();
      ap.kill();
      await until(['HEALTHY', 'HEALTHY', 'HEALTHY', 'UNKNOWN']);
      const { health } = await client.getHealth({ component: 'payments-api.ap' });
      expect(health?.reason?.code).toBe('PLACE_CUT_OFF');
      isWell = false;
      // With one that is cut off, two that see it gone are no quorum against it: docs/vantage.md.
      await until(['UNKNOWN', 'UNHEALTHY', 'UNHEALTHY', 'UNKNOWN']);
      isWell = true;
      await until(['HEALTHY', 'HEALTHY', 'HEALTHY', 'UNKNOWN']);
      const after = await Promise.all(MEMBERS.map(courseOf));
      expect(after.map((course, at) => course.slice(before[at]!.length))).toEqual([
        ['UNKNOWN', 'HEALTHY'],
        ['UNHEALTHY', 'HEALTHY'],
        ['UNHEALTHY', 'HEALTHY'],
        ['UNKNOWN'],
      ]);
    },
    TIMEOUT_MS,
  );

  it(
    'say the same after a reload, by the rule that holds then',
    async () => {
      const before = await courseOf('payments-api');
      config = config.replace(/^ *rule: .*\n/m, '');
      await writeFile(openk.configPath, config);
      openk.signal('SIGHUP');
      await openk.logged('configuration reloaded');
      isWell = false;
      await until(['UNHEALTHY', 'UNHEALTHY', 'UNHEALTHY', 'UNKNOWN']);
      isWell = true;
      await until(['HEALTHY', 'HEALTHY', 'HEALTHY', 'UNKNOWN']);
      const course = (await courseOf('payments-api')).slice(before.length);
      // While the two places differ nobody knows.
      expect(course.filter((status) => status !== 'UNKNOWN')).toEqual(['UNHEALTHY', 'HEALTHY']);
    },
    TIMEOUT_MS,
  );

  it(
    'come back by themselves to a server that was killed, and nothing flaps or is counted twice',
    async () => {
      const before = await Promise.all(MEMBERS.slice(0, 3).map(courseOf));
      openk.signal('SIGKILL');
      await openk.dispose();
      openk = await spawnOpenk(config, options);
      startAgent('ap-1', 'ap');
      await until(ALL_WELL);
      expect(await Promise.all(MEMBERS.slice(0, 3).map(courseOf))).toEqual(before);
      const counted = await Promise.all(
        MEMBERS.slice(1).map(
          async (component) => (await client.getAvailability({ component })).availability!.total!.observations,
        ),
      );
      const sum = counted.reduce((a, b) => a + Number(b), 0);
      expect(counted.every((count) => count > 0n)).toBe(true);
      expect(sum).toBeLessThanOrEqual(asked);
    },
    TIMEOUT_MS,
  );
});
