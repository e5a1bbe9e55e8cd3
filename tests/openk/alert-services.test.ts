// The services of alerts on the port of a whole OpenK: a channel that is tried, and what everybody may ask.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createClient } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AlertService } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { systemClock } from '../../src/engine/system-clock.ts';
import { openTransports, type Transports } from '../auth/ways.ts';
import { runTestCli } from '../cli/test-cli.ts';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: { readonly type: string; readonly data: { readonly alert: { readonly reason: { message: string } } } };
}

let receiver: Server;
let received: Received[];
let status: number;
let openk: RunningOpenk;
beforeEach(async () => {
  received = [];
  status = 204;
  receiver = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: (await json(request)) as Received['body'] });
    response.writeHead(status).end();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  openk = await runOpenk(`
components: [ { id: job, heartbeat: { period: 1h } } ]
alerts:
  channels: [ { id: hook, webhook: { url: "http://127.0.0.1:${port}/", secret: "${SECRET}" } } ]
  routes: [ { id: all, to: [ hook ] } ]
`);
});
afterEach(async () => {
  await openk.close();
  receiver.closeAllConnections();
  receiver.close();
});

it('openk alerts test sends one signed message', async () => {
  const run = () => runTestCli(['alerts', 'test', 'hook', '--server', openk.address]);
  expect(await run()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^hook accepted the test after /) });
  expect(received).toEqual([
    expect.objectContaining({
      headers: expect.objectContaining({ 'webhook-id': expect.stringMatching(/^test-/) }),
      body: expect.objectContaining({ type: 'openk.test' }),
    }),
  ]);
  expect(received[0]!.headers['webhook-signature']).toMatch(/^v1,/);
  status = 410;
  const refused = await run();
  expect([refused.exitCode, refused.stdout]).toEqual([1, expect.stringContaining('410')]);
  expect(refused.stdout).not.toContain(SECRET);
  expect(received).toHaveLength(2);
});

it('an alert is sent, acknowledged and resolved, and what is silenced is not opened', async () => {
  const run = async (...args: string[]) => {
    const answer = await runTestCli([...args, '--server', openk.address], { clock: systemClock });
    expect([answer.exitCode, answer.stderr]).toEqual([0, '']);
    return answer.stdout;
  };
  /** The time limit of the test bounds it. */
  const sent = async (type: string) => {
    while (received.at(-1)?.body.type !== type) await new Promise((resolve) => setImmediate(resolve));
  };
  await run('report', 'job', 'unhealthy', '--message', 'disk full');
  await sent('alert.opened');
  const [{ id }] = JSON.parse(await run('alerts', 'list', '--json')).alerts;
  expect(await run('ack', id, '--note', 'on it')).toContain('ACKNOWLEDGED job');
  await sent('alert.acknowledged');
  await run('report', 'job', 'healthy');
  await sent('alert.resolved');
  expect(await run('alerts', 'list', '--state', 'resolved')).toContain(`${id}  RESOLVED`);
  const silence = JSON.parse(await run('silence', 'id=job', '--for', '1h', '--reason', 'we know', '--json')).silence;
  await run('report', 'job', 'unhealthy');
  expect(received).toHaveLength(3);
  await run('silence', 'end', silence.id);
  await sent('alert.opened');
  await run('maintenance', 'start', 'id=job', '--for', '1h', '--reason', 'moving');
  expect(await run('alerts', 'list')).toContain('SUSPENDED');
  const audit = await fetch(`${openk.address}/v1/audit`);
  expect(await audit.text()).toContain('ACKNOWLEDGE_ALERT');
});

describe('over every protocol', () => {
  let transports: Transports;
  beforeEach(() => {
    transports = openTransports(openk.address);
  });
  afterEach(() => transports.close());

  it('lists, watches and tries', async () => {
    for (const [name, transport] of Object.entries(transports.byName)) {
      const client = createClient(AlertService, transport);
      expect([name, (await client.listAlerts({})).alerts]).toEqual([name, []]);
      expect((await client.listDeliveries({})).deliveries).toEqual([]);
      expect(await client.testChannel({ channel: 'hook' })).toMatchObject({ accepted: true });
      for await (const { event } of client.watchAlerts({})) {
        expect(event.case).toBe('snapshot');
        break;
      }
    }
    const rest = await fetch(`${openk.address}/v1/channels/hook:test`, { method: 'POST' });
    expect([rest.status, await rest.json()]).toEqual([200, expect.objectContaining({ accepted: true })]);
    const stream = await fetch(`${openk.address}/v1/alerts:watch`, { headers: { accept: 'text/event-stream' } });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toContain('"snapshot"');
    await reader.cancel();
  });
});
