// An OpenK over PostgreSQL that cannot prove that it may alert, and one that another has taken over from.
import '../support/one-realm.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { type ScriptedReceiver, startScriptedReceiver } from '../support/kill/scripted-receiver.ts';
import { type PostgresServer, postgresPrograms, startPostgres } from '../support/postgres.ts';
import { connectHealthClient, runOpenk } from '../support/running-openk.ts';
import { spawnOpenk } from '../support/spawned-openk.ts';

const HELD =
  'alerts are not sent and the watchdog is not pinged: the lease on the storage could not be renewed, and another OpenK may have taken over';
const TIMEOUT_MS = 60_000;

if (postgresPrograms === undefined) it.skip('not run: postgresql is not installed', () => {});
else describe('an OpenK over a database', tests);

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
  const config = () => `
components: [ { id: job, heartbeat: { period: 24h } } ]
alerts:
  channels: [ { id: hook, webhook: { url: "http://127.0.0.1:${receiver.port}/hook" } } ]
  routes: [ { id: all, to: [ hook ] } ]
`;

  it(
    'sends nothing while it cannot prove that it may, says so, and goes on once it can',
    async () => {
      let jumpedMs = 0;
      const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + jumpedMs };
      const storageUrl = server.url(await server.createDatabase());
      const openk = await runOpenk(config(), {}, '127.0.0.1', { storageUrl, clock });
      const client = connectHealthClient(openk.address);
      const page = async (path: string) => (await fetch(`${openk.address}${path}`)).text();
      try {
        expect(await page('/readyz?verbose')).not.toContain('lease');
        expect(await page('/metrics')).toMatch(/^openk_alert_sending_held(\{.*\})? 0$/m);
        await server.stop('fast');
        jumpedMs = 10_000;
        const said = client.reportHealth({ component: 'job', status: HealthStatus.UNHEALTHY, message: 'as it is' });
        await expect(said).rejects.toThrow(/unavailable/i);
        expect(await page('/readyz?verbose')).toContain(HELD);
        expect(await page('/metrics')).toMatch(/^openk_alert_sending_held(\{.*\})? 1$/m);
        expect(receiver.received).toEqual([]);
        const first = new Promise<void>((resolve) => {
          receiver.onReceived = resolve;
        });
        await server.start();
        await first;
        expect(receiver.received).toMatchObject([{ channel: 'hook', type: 'alert.opened' }]);
        expect(openk.log.map(({ msg }) => msg)).toEqual(
          expect.arrayContaining([HELD, 'the lease on the storage is proven again: alerts are sent']),
        );
        expect(await page('/readyz?verbose')).not.toContain('lease');
      } finally {
        client.close();
        await openk.close();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'sends nothing that the database does not have, since who takes over would decide and send it again',
    async () => {
      const storageUrl = server.url(await server.createDatabase());
      const openk = await runOpenk(config(), {}, '127.0.0.1', { storageUrl });
      const client = connectHealthClient(openk.address);
      const page = async (path: string) => (await fetch(`${openk.address}${path}`)).text();
      const first = new Promise<void>((resolve) => {
        receiver.onReceived = resolve;
      });
      const before = receiver.received.length;
      try {
        await server.stop('fast');
        const said = client.reportHealth({ component: 'job', status: HealthStatus.UNHEALTHY, message: 'as it is' });
        await expect(said).rejects.toThrow(/unavailable/i);
        expect(await page('/metrics')).toMatch(/^openk_alert_sending_held(\{.*\})? 1$/m);
        expect(await page('/readyz?verbose')).toContain('the database does not take what is decided');
        expect(receiver.received).toHaveLength(before);
        await server.start();
        await first;
        expect(receiver.received.slice(before)).toMatchObject([{ channel: 'hook', type: 'alert.opened' }]);
      } finally {
        client.close();
        await openk.close();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'ends with exit code 1 and one line that says who has taken over',
    async () => {
      const database = await server.createDatabase();
      const openk = await spawnOpenk(config(), { storage: server.url(database) });
      try {
        await server.query(database, "UPDATE openk.writer SET holder = '78/elsewhere//2', epoch = epoch + 1");
        expect(await openk.exited).toBe(1);
        expect(openk.log.filter(({ level }) => level === 'fatal')).toEqual([
          expect.objectContaining({
            msg: expect.stringMatching(/^cannot go on: .*pid 78 on elsewhere, has taken this/),
          }),
        ]);
      } finally {
        await openk.dispose();
      }
    },
    TIMEOUT_MS,
  );
}
