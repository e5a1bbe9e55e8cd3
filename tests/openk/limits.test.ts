// What limits refuse, over the port of a whole OpenK, as /metrics has it.
import '../support/one-realm.ts';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { expect, it } from '@jest/globals';
import { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import { ask, openHttp2 } from '../support/raw-http2.ts';
import { runOpenk } from '../support/running-openk.ts';

it.each([true, false])('is counted by the key of the limit, with pipeline: %s', async (pipeline) => {
  const openk = await runOpenk(
    `{ server: { pipeline: ${pipeline} }, limits: { grpc_health_list: 1, request_bytes: 1024 }, components: [ { id: job, heartbeat: { period: 1h } } ] }`,
  );
  try {
    const client = createClient(Health, createGrpcTransport({ baseUrl: openk.address }));
    await expect(client.list({})).rejects.toThrow(/limits.grpc_health_list/);
    await expect(client.check({ service: 'x'.repeat(2_000) })).rejects.toThrow(/larger than/);
    await expect(client.check({ service: 'y'.repeat(2_000) })).rejects.toThrow(/larger than/);
    const metrics = await (await fetch(`${openk.address}/metrics`)).text();
    expect(metrics).toMatch(/^openk_limit_refusals_total\{.*limit="grpc_health_list".*\} 1$/m);
    expect(metrics).toMatch(/^openk_limit_refusals_total\{.*limit="request_bytes".*\} 2$/m);
  } finally {
    await openk.close();
  }
});

it('streams that have to wait for their turn are counted too', async () => {
  const openk = await runOpenk('{ limits: { pages_per_connection: 1 }, components: [] }');
  const session = await openHttp2(openk.address, undefined);
  try {
    await Promise.all(Array.from({ length: 3 }, () => ask(session, { ':path': '/metrics' })));
    const metrics = await (await fetch(`${openk.address}/metrics`)).text();
    expect(metrics).toMatch(/^openk_limit_refusals_total\{.*limit="pages_per_connection".*\} 2$/m);
  } finally {
    session.destroy();
    await openk.close();
  }
});
