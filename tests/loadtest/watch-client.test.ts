// What holds the streams of `npm run bench -- watch` open reckons by bytes: it knows how long each answer is.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { connectHealthClient, type HealthClient, type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const PROGRAM = new URL('../../loadtest/bench/watch-client.ts', import.meta.url).pathname;
const STREAMS = 5;
const CONNECTIONS = 2;

let openk: RunningOpenk;
let client: HealthClient;
let watching: ChildProcess;
beforeAll(async () => {
  openk = await runOpenk('components: [ { id: job, heartbeat: { period: 24h } } ]');
  client = connectHealthClient(openk.address);
});
afterEach(async () => {
  const ended = once(watching, 'exit');
  watching.disconnect();
  await ended;
});
afterAll(async () => {
  client.close();
  await openk.close();
});

it.each([[[]], [['gzip']]])('it says when all streams have had an answer, and each change: %j', async (coding) => {
  await client.reportHealth({ component: 'job', status: HealthStatus.HEALTHY });
  const args = [new URL(openk.address).port, 'job', String(STREAMS), String(CONNECTIONS), ...coding];
  watching = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await answered(watching);
  for (const status of [HealthStatus.UNHEALTHY, HealthStatus.HEALTHY]) {
    const all = answered(watching);
    await client.reportHealth({ component: 'job', status });
    await all;
  }
});

async function answered(process: ChildProcess): Promise<void> {
  const first = await Promise.race([once(process, 'message'), once(process, 'exit')]);
  expect(first[0]).toEqual({ firstNs: expect.any(String), lastNs: expect.any(String) });
}
