// What the page is measured with: a real OpenK that watches 10,000 components, of which 37 are unhealthy for 4 causes.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { end, SERVER_CORE, spawnPinned } from './pinned.ts';

export const COMPONENTS = 10_000;
export const CAUSES = 4;
export const UNHEALTHY = 37;
/** Those that are shown in a list of their own, and change while they are looked at. */
export const MARKS = 20;
export const MARK = 'mark-';

type Status = 'HEALTHY' | 'UNHEALTHY';

export interface World {
  readonly address: string;
  report(id: string, status: Status, message?: string): Promise<void>;
  kill(): Promise<void>;
  /** At the same address, with what it knew. Settles when it listens. */
  restart(): Promise<void>;
  end(): Promise<void>;
}

/** Ids of components that nothing is said of but what the load reports. */
export const idleIds = Array.from({ length: COMPONENTS - UNHEALTHY - MARKS }, (_, n) => `service-${n}`);
const causeIds = Array.from({ length: CAUSES }, (_, n) => `database-${n}`);
const consequences = Array.from({ length: UNHEALTHY - CAUSES }, (_, n) => ({
  id: `shop-${n}`,
  dependsOn: causeIds[n % CAUSES]!,
}));
const markIds = Array.from({ length: MARKS }, (_, n) => MARK + n);

/** @param folder for its configuration and storage; the caller's to remove */
export async function startWorld(folder: string, port: number): Promise<World> {
  const config = join(folder, 'openk.yaml');
  await writeFile(config, configText());
  const main = new URL('../../src/main.ts', import.meta.url).pathname;
  const storage = `sqlite:${join(folder, 'openk.db')}`;
  const args = ['serve', '--config', config, '--listen', `127.0.0.1:${port}`, '--storage', storage];
  const address = `http://127.0.0.1:${port}`;
  let server: ChildProcess;
  let session: ClientHttp2Session;
  const start = async () => {
    server = spawnPinned(SERVER_CORE, [process.execPath, main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    await listening(server);
    session = connect(address);
    session.on('error', () => {});
  };
  const report = async (component: string, status: Status, message = '') => {
    const call = session.request({
      ':method': 'POST',
      ':path': '/openk.health.v1.HealthService/ReportHealth',
      'content-type': 'application/json',
    });
    call.end(JSON.stringify({ component, status: `HEALTH_STATUS_${status}`, message }));
    const [headers] = (await once(call, 'response')) as [IncomingHttpHeaders];
    if (Number(headers[':status']) !== 200) throw new Error(`ReportHealth answered ${headers[':status']}`);
    await once(call.resume(), 'close');
  };

  await start();
  const healthy = [...idleIds, ...markIds];
  for (let from = 0; from < healthy.length; from += 200)
    await Promise.all(healthy.slice(from, from + 200).map((id) => report(id, 'HEALTHY')));
  for (const id of causeIds) await report(id, 'UNHEALTHY', 'connection refused: 10.3.2.1:5432');
  for (const { id, dependsOn } of consequences) await report(id, 'UNHEALTHY', `cannot reach ${dependsOn}`);

  return {
    address,
    report,
    async kill() {
      session.destroy();
      const exited = once(server, 'exit');
      server.kill('SIGKILL');
      await exited;
    },
    restart: start,
    async end() {
      session.destroy();
      await end(server);
    },
  };
}

function configText(): string {
  const component = (id: string, n: number, more = '') =>
    `  - { id: ${id}, labels: { team: team-${n % 20} }, heartbeat: { period: 24h, grace: 1h }${more} }`;
  return [
    'limits: { reports_per_second: 10000, reports_per_second_per_client: 100000 }',
    'components:',
    ...[...idleIds, ...causeIds, ...markIds].map((id, n) => component(id, n)),
    ...consequences.map(({ id, dependsOn }, n) => component(id, n, `, depends_on: [ ${dependsOn} ]`)),
  ].join('\n');
}

async function listening(server: ChildProcess): Promise<void> {
  for await (const line of createInterface({ input: server.stdout! })) {
    if (JSON.parse(line).msg !== 'listening') continue;
    server.stdout?.resume();
    return;
  }
  throw new Error('OpenK ended before it listened');
}
