// grpc.health.v1 as the clients that gRPC's own authors ship see it: @grpc/grpc-js with the service of grpc-health-check.
import { type ClientReadableStream, credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { service } from 'grpc-health-check';
import { type RunningOpenk, runOpenk } from '../support/running-openk.ts';

const CONFIG = `
components:
  - { id: acme.payments.v1.Payments, heartbeat: { period: 1h } }
  - { id: strict, heartbeat: { period: 1h }, serving_when_degraded: false }
  - { id: shop, group: { members: [ { component: acme.payments.v1.Payments } ] } }
`;

interface Answer {
  readonly status: string;
}

const HealthClient = makeGenericClientConstructor(service, 'Health');

let openk: RunningOpenk;
let client: InstanceType<typeof HealthClient>;
beforeEach(async () => {
  openk = await runOpenk(CONFIG);
  client = new HealthClient(new URL(openk.address).host, credentials.createInsecure());
});
afterEach(async () => {
  client.close();
  await openk.close();
});

function check(name: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  client.check!({ service: name }, (error: Error | null, answer: Answer) => (error ? reject(error) : resolve(answer)));
  return promise;
}

/** Reads the stream one status at a time. */
function watch(name: string) {
  const stream: ClientReadableStream<Answer> = client.watch!({ service: name });
  const iterator = stream[Symbol.asyncIterator]();
  return {
    next: async () => ((await iterator.next()).value as Answer).status,
    cancel() {
      stream.on('error', () => {});
      stream.cancel();
    },
  };
}

const report = (id: string, outcome: 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY') =>
  openk.engine.aggregator.report(id, { outcome, message: '' });

it('Check answers about OpenK itself, components and groups', async () => {
  expect(await check('')).toEqual({ status: 'SERVING' });
  expect(await check('shop')).toEqual({ status: 'UNKNOWN' });
  await report('acme.payments.v1.Payments', 'DEGRADED');
  expect(await check('acme.payments.v1.Payments')).toEqual({ status: 'SERVING' });
  expect(await check('shop')).toEqual({ status: 'SERVING' });
  await report('strict', 'DEGRADED');
  expect(await check('strict')).toEqual({ status: 'NOT_SERVING' });
  await expect(check('nobody')).rejects.toMatchObject({ code: status.NOT_FOUND });
});

it('Watch tells the status at once, then changes of it only, also of what comes later', async () => {
  const shop = watch('shop');
  const later = watch('later');
  expect([await shop.next(), await later.next()]).toEqual(['UNKNOWN', 'SERVICE_UNKNOWN']);
  await report('acme.payments.v1.Payments', 'HEALTHY');
  expect(await shop.next()).toBe('SERVING');
  await report('acme.payments.v1.Payments', 'DEGRADED');
  await report('acme.payments.v1.Payments', 'UNHEALTHY');
  expect(await shop.next()).toBe('NOT_SERVING');
  await openk.reloadWith(`${CONFIG}  - { id: later, heartbeat: { period: 1h } }\n`);
  expect(await later.next()).toBe('UNKNOWN');
  shop.cancel();
  later.cancel();
});

it('Watch hears of a reload that changes what DEGRADED means', async () => {
  await report('strict', 'DEGRADED');
  const strict = watch('strict');
  expect(await strict.next()).toBe('NOT_SERVING');
  await openk.reloadWith(CONFIG.replace('serving_when_degraded: false', 'serving_when_degraded: true'));
  expect(await strict.next()).toBe('SERVING');
  strict.cancel();
});

it('List answers groups first, with the server itself', async () => {
  const { promise, resolve, reject } = Promise.withResolvers<{ statuses: Record<string, Answer> }>();
  client.list!({}, (error: Error | null, answer: { statuses: Record<string, Answer> }) =>
    error ? reject(error) : resolve(answer),
  );
  const { statuses } = await promise;
  expect(Object.keys(statuses).sort()).toEqual(['', 'acme.payments.v1.Payments', 'shop', 'strict', 'system']);
  expect(statuses['']).toEqual({ status: 'SERVING' });
});
