// Two OpenK on one database: one decides, the other shows what that one has decided, and takes over when it is gone.
import '../support/one-realm.ts';
import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import type { WatchHealthResponse } from '../../gen/openk/health/v1/health_pb.ts';
import { createCertificates } from '../support/certs.ts';
import { type ScriptedReceiver, startScriptedReceiver } from '../support/kill/scripted-receiver.ts';
import { freePort, type PostgresServer, postgresPrograms, startPostgres } from '../support/postgres.ts';
import { connectHealthClient } from '../support/running-openk.ts';
import { type SpawnedOpenk, spawnOpenk } from '../support/spawned-openk.ts';
import { createTemporaryFiles } from '../support/temporary-files.ts';

const TIMEOUT_MS = 60_000;
const NAMES = new Map<HealthStatus, string>(Object.entries(HealthStatus).map(([name, status]) => [status, name]));

if (postgresPrograms === undefined) it.skip('not run: postgresql is not installed', () => {});
else describe('two instances on one database', tests);

function said({ event: update }: WatchHealthResponse): {
  readonly revision: bigint;
  readonly statuses: readonly string[];
} {
  const { revision = 0n } = update.value ?? {};
  const healths = update.case === 'snapshot' || update.case === 'change' ? update.value.components : [];
  return { revision, statuses: healths.map(({ component, status }) => `${component} ${NAMES.get(status)}`) };
}

function tests() {
  let server: PostgresServer;
  let receiver: ScriptedReceiver;
  beforeAll(async () => {
    server = await startPostgres();
    receiver = await startScriptedReceiver();
  }, TIMEOUT_MS);
  afterAll(async () => {
    receiver?.close();
    await server?.dispose();
  });

  it(
    'one decides, the other shows it, and takes over at once when the first ends, under the same streams',
    async () => {
      const storage = server.url(await server.createDatabase());
      const config = `
components: [ { id: job, heartbeat: { period: 24h } }, { id: other, heartbeat: { period: 24h } } ]
alerts:
  channels: [ { id: hook, webhook: { url: "http://127.0.0.1:${receiver.port}/hook" } } ]
  routes: [ { id: all, to: [ hook ] } ]
`;
      const running: SpawnedOpenk[] = [];
      const start = async () => {
        const openk = await spawnOpenk(config, { storage });
        running.push(openk);
        return openk;
      };
      const abort = new AbortController();
      const first = await start();
      const second = await start();
      const [a, b] = [connectHealthClient(first.address), connectHealthClient(second.address)];
      try {
        const page = async (path: string) => (await fetch(`${second.address}${path}`)).text();
        expect(second.log.map(({ msg }) => msg)).toContainEqual(
          expect.stringMatching(/^this instance stands by: another OpenK, pid \d+, decides/),
        );
        expect(await page('/readyz?verbose')).toMatch(
          /stands by, another OpenK, pid \d+, decides; what it shows is \d+\.\ds old/,
        );
        expect(await page('/metrics')).toMatch(/^openk_instance_role\{role="standby"\} 1$/m);
        await expect(b.reportHealth({ component: 'job', status: HealthStatus.UNHEALTHY })).rejects.toMatchObject({
          code: Code.Unavailable,
          message: expect.stringMatching(/stands by/),
        });

        const seen: ReturnType<typeof said>[] = [];
        let wake = () => {};
        const watching = (async () => {
          for await (const update of b.watchHealth({ components: ['job', 'other'] }, { signal: abort.signal })) {
            seen.push(said(update));
            wake();
          }
        })().catch((error) => error);
        const until = async (statuses: string) => {
          while (!seen.some((update) => update.statuses.includes(statuses))) {
            await Promise.race([
              watching.then((error) => Promise.reject(error)),
              new Promise<void>((resolve) => {
                wake = resolve;
              }),
            ]);
          }
        };
        const { health } = await a.reportHealth({
          component: 'job',
          status: HealthStatus.UNHEALTHY,
          message: 'as it is',
        });
        await until('job UNHEALTHY');
        const { health: root } = await a.getHealth({ component: 'system' });
        expect(seen.at(-1)?.revision).toBe(root?.revision);
        expect((await b.getHealth({ component: 'job' })).health).toMatchObject({ revision: health?.revision });

        first.signal('SIGTERM');
        expect(await first.exited).toBe(0);
        await second.logged('this instance decides from now on');
        await b.reportHealth({ component: 'other', status: HealthStatus.DEGRADED, message: 'as it is' });
        await until('other DEGRADED');
        const revisions = seen.map(({ revision }) => revision);
        expect(revisions).toEqual(revisions.toSorted((x, y) => Number(x - y)));
        expect(await page('/metrics')).toMatch(/^openk_instance_role\{role="holder"\} 1$/m);
        // Where the first one's watcher stood, nothing is missing.
        for await (const update of b.watchHealth({ sinceRevision: root!.revision }, { signal: abort.signal })) {
          expect(update.event.case).toBe('change');
          expect(said(update).statuses).toContain('other DEGRADED');
          break;
        }
        abort.abort();
        await watching;
        expect(second.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
      } finally {
        abort.abort();
        a.close();
        b.close();
        await Promise.all(running.map((openk) => openk.dispose()));
      }
    },
    TIMEOUT_MS,
  );

  it(
    'they share the probes over TLS, by a credential that nobody has configured and no log has',
    async () => {
      const storage = server.url(await server.createDatabase());
      const files = createTemporaryFiles();
      const certificates = await createCertificates();
      const { cert, key } = await certificates.issueServer({ names: ['openk.test'], addresses: [] });
      const [ca, certFile, keyFile] = [
        files.write('ca.pem', certificates.ca),
        files.write('cert.pem', cert),
        files.write('key.pem', key),
      ];
      const running: SpawnedOpenk[] = [];
      const start = async () => {
        const port = await freePort();
        const config = `
tls: { cert_file: ${certFile}, key_file: ${keyFile} }
auth: { anonymous: { allow: [ READ ] } }
instance: { id: "on-${port}", advertise: "https://127.0.0.1:${port}", tls: { ca_file: ${ca}, server_name: openk.test } }
components:
${Array.from({ length: 20 }, (_, at) => `  - { id: c${at}, interval: 1s, tcp: { target: "127.0.0.1:${port}" } }`).join('\n')}
`;
        running.push(await spawnOpenk(config, { storage, listen: `127.0.0.1:${port}` }));
        return running.at(-1)!;
      };
      try {
        const [first, second] = [await start(), await start()];
        const components = Number((await second.logged('this instance probes for the one that decides')).components);
        expect(components).toBeGreaterThan(0);
        expect(components).toBeLessThan(20);
        const come = await first.logged('an instance that shares the probes has come');
        expect(come).toMatchObject({ agent: expect.stringMatching(/^on-\d+$/), components });
        second.signal('SIGTERM');
        expect(await second.exited).toBe(0);
        expect(await first.logged('an instance that shares the probes has ended')).toMatchObject({ agent: come.agent });
        expect(JSON.stringify([first.log, second.log])).not.toContain('openk-instance-');
      } finally {
        await Promise.all(running.map((openk) => openk.dispose()));
        files.remove();
      }
    },
    TIMEOUT_MS,
  );
}
