// The configuration of nginx in deploy/compose/instances as it stands there, with other addresses, in front of three real instances on a real database.
import '../support/one-realm.ts';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { freePort, type PostgresServer, postgresPrograms, startPostgres } from '../support/postgres.ts';
import { connectHealthClient } from '../support/running-openk.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';
import { DEPLOY } from './manifests.ts';

const TIMEOUT_MS = 120_000;
const CONFIG = readFileSync(new URL('compose/instances/nginx.conf', DEPLOY), 'utf8');
const REPORTED = [HealthStatus.UNHEALTHY, HealthStatus.HEALTHY] as const;
const NAMES = new Map<HealthStatus, string>(Object.entries(HealthStatus).map(([name, status]) => [status, name]));

const isInstalled = (program: string) => {
  try {
    execFileSync(program, ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const missing = [...(postgresPrograms === undefined ? ['postgresql'] : []), ...(isInstalled('nginx') ? [] : ['nginx'])];

if (missing.length > 0) it.skip(`not run: ${missing.join(' and ')} not installed`, () => {});
else {
  it(
    'reports come to the instance that decides, and a watcher goes on at another one and misses nothing',
    run,
    TIMEOUT_MS,
  );
}

async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'openk-balancer-'));
  const instances: SpawnedOpenk[] = [];
  let server: PostgresServer | undefined;
  let nginx: ChildProcess | undefined;
  try {
    server = await startPostgres();
    const storage = server.url(await server.createDatabase());
    const config = 'components: [ { id: job, heartbeat: { period: 24h } } ]';
    instances.push(await spawnOpenk(config, { storage }));
    instances.push(...(await Promise.all([1, 2].map(() => spawnOpenk(config, { storage })))));

    const [port, grpcPort] = [await freePort(), await freePort()];
    const text = CONFIG.replaceAll(
      /10\.213\.7\.1(\d):8080/g,
      (_, at) => new URL(instances[Number(at) - 1]!.address).host,
    )
      .replace('listen 8080', `listen 127.0.0.1:${port}`)
      .replace('listen 8081', `listen 127.0.0.1:${grpcPort}`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const file = join(folder, 'nginx.conf');
    writeFileSync(
      file,
      `daemon off; pid ${folder}/pid; error_log stderr;\n${text.replace('http {', `http { access_log off; ${temporary.join(' ')}`)}`,
    );
    execFileSync('nginx', ['-t', '-q', '-e', 'stderr', '-c', file], { stdio: ['ignore', 'ignore', 'inherit'] });
    nginx = spawn('nginx', ['-e', 'stderr', '-c', file], { stdio: 'ignore' });
    const balancer = `http://127.0.0.1:${port}`;
    while (
      !(await fetch(`${balancer}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      ))
    )
      await nextLook();

    /** As curl would: nothing is asked again by the client, but where nobody decides. */
    const report = async (status: HealthStatus): Promise<number> => {
      for (let asked = 1; ; asked++) {
        const answer = await fetch(`${balancer}/v1/components/job:report`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ status: NAMES.get(status) }),
        });
        await answer.arrayBuffer();
        if (answer.ok) return asked;
        // Of the last that was asked: one that stands by, or one that is gone.
        expect([502, 503]).toContain(answer.status);
        await nextLook();
      }
    };
    const stop = new AbortController();
    const seen: HealthStatus[] = [];
    let [revision, streams] = [0n, 0];
    let wake = () => {};
    const watching = (async () => {
      const client = connectHealthClient(`http://127.0.0.1:${grpcPort}`);
      while (!stop.signal.aborted) {
        try {
          streams += 1;
          const request = { components: ['job'], sinceRevision: revision };
          for await (const { event } of client.watchHealth(request, { signal: stop.signal })) {
            expect(event.value!.revision).toBeGreaterThanOrEqual(revision);
            revision = event.value!.revision;
            if (event.case === 'change' || event.case === 'snapshot')
              seen.push(...event.value.components.map((one) => one.status));
            wake();
          }
        } catch {
          // The instance drains.
        }
        await nextLook();
      }
      client.close();
    })();
    const sees = async (status: HealthStatus) => {
      while (seen.at(-1) !== status) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };
    // More often than there are instances: each is asked first at some time.
    for (let count = 0; count < 6; count++) {
      const status = REPORTED[count % 2]!;
      expect(await report(status)).toBe(1);
      await sees(status);
    }
    for (const one of instances) {
      one.signal('SIGTERM');
      if (one === instances.at(-1)) break;
      expect(await one.exited).toBe(0);
      for (const status of REPORTED) {
        await report(status);
        await sees(status);
      }
    }
    expect(streams).toBeGreaterThan(1);
    stop.abort();
    await watching;
  } finally {
    // With its workers.
    nginx?.kill('SIGTERM');
    if (nginx !== undefined && nginx.exitCode === null) await once(nginx, 'exit');
    await Promise.all(instances.map((one) => one.dispose()));
    await server?.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a client waits before it connects again: a balancer without an instance would be asked without end. */
function nextLook(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
