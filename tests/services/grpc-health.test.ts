import { create } from '@bufbuild/protobuf';
import { Code, createHandlerContext } from '@connectrpc/connect';
import { describe, expect, it } from '@jest/globals';
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '../../gen/grpc/health/v1/health_pb.ts';
import type { Maintenance } from '../../src/core/definition.ts';
import { createGrpcHealthService } from '../../src/services/grpc-health.ts';
import { details, failure } from '../rpc/support/errors.ts';
import { eventually } from '../support/eventually.ts';
import { type Api, createApi } from './support/api.ts';
import { group, probed, system } from './support/definitions.ts';
import { read, turn } from './support/streams.ts';

const { SERVING, NOT_SERVING, UNKNOWN, SERVICE_UNKNOWN } = ServingStatus;

const alwaysInMaintenance: Maintenance = { reason: 'moving', windows: [{ fromMs: 0 }] };

const shop = system(
  probed('web'),
  probed('acme.payments.v1.Payments', { servingWhenDegraded: false }),
  probed('old', { maintenance: alwaysInMaintenance }),
  group('checkout', ['web', 'acme.payments.v1.Payments']),
);

const statusOf = async (api: Api, service?: string) => (await api.grpcHealth.check({ service: service ?? '' })).status;

function watch(api: Api, service = '') {
  const stream = read((options) => api.grpcHealth.watch({ service }, options));
  return { ...stream, next: async () => (await stream.next()).status };
}

const shuttingDown = { code: Code.Unavailable, reason: 'SHUTTING_DOWN', retryDelaySeconds: 1, infos: 1 };

describe('Check', () => {
  it('answers what the status of a component means to gRPC', async () => {
    const api = createApi(shop);
    expect(await statusOf(api, 'web')).toBe(UNKNOWN);
    api.observe('web', 'HEALTHY');
    expect(await statusOf(api, 'web')).toBe(SERVING);
    api.observe('web', 'DEGRADED');
    expect(await statusOf(api, 'web')).toBe(SERVING);
    api.observe('web', 'UNHEALTHY');
    expect(await statusOf(api, 'web')).toBe(NOT_SERVING);
    expect(await statusOf(api, 'old')).toBe(NOT_SERVING);
  });

  it('answers for a whole group', async () => {
    const api = createApi(shop);
    api.observe('web', 'HEALTHY');
    expect(await statusOf(api, 'checkout')).toBe(UNKNOWN);
    api.observe('acme.payments.v1.Payments', 'HEALTHY');
    expect(await statusOf(api, 'checkout')).toBe(SERVING);
  });

  it('answers NOT_SERVING for a degraded component that is not to serve then', async () => {
    const api = createApi(shop);
    api.observe('acme.payments.v1.Payments', 'DEGRADED');
    expect(await statusOf(api, 'acme.payments.v1.Payments')).toBe(NOT_SERVING);
    api.observe('acme.payments.v1.Payments', 'HEALTHY');
    expect(await statusOf(api, 'acme.payments.v1.Payments')).toBe(SERVING);
  });

  it('answers for OpenK itself, whatever it watches', async () => {
    const api = createApi(shop);
    api.observe('web', 'UNHEALTHY');
    expect(await statusOf(api)).toBe(SERVING);
    api.setReady(false);
    expect(await statusOf(api)).toBe(NOT_SERVING);
    api.setReady(true);
    expect(await statusOf(api)).toBe(SERVING);
    api.drain();
    expect(await statusOf(api)).toBe(NOT_SERVING);
  });

  it.each(['nosuch', 'no id at all', 'x'.repeat(100_000)])('refuses a name that there is not', async (service) => {
    const error = await failure(createApi(shop).grpcHealth.check({ service }));
    expect(details(error)).toMatchObject({ code: Code.NotFound, reason: 'COMPONENT_NOT_FOUND', infos: 1 });
    expect(error.rawMessage.length).toBeLessThan(300);
  });
});

describe('Watch', () => {
  it('tells the status at once, then only when it is another', async () => {
    const api = createApi(shop);
    const stream = watch(api, 'web');
    expect(await stream.next()).toBe(UNKNOWN);
    let isTold = false;
    const first = stream.next();
    api.observe('web', 'HEALTHY');
    expect(await first).toBe(SERVING);
    const second = stream.next().finally(() => {
      isTold = true;
    });
    // Changes, but not of the serving status.
    api.observe('web', 'DEGRADED');
    await turn();
    api.observe('web', 'HEALTHY');
    await turn();
    expect(isTold).toBe(false);
    api.observe('web', 'UNHEALTHY');
    expect(await second).toBe(NOT_SERVING);
    stream.cancel();
  });

  it('gives a slow reader the latest', async () => {
    const api = createApi(shop);
    const stream = watch(api, 'web');
    expect(await stream.next()).toBe(UNKNOWN);
    for (let index = 0; index < 1_000; index++) api.observe('web', index % 2 === 0 ? 'HEALTHY' : 'UNHEALTHY');
    expect(await stream.next()).toBe(NOT_SERVING);
    let isTold = false;
    const next = stream.next().finally(() => {
      isTold = true;
    });
    await turn();
    expect(isTold).toBe(false);
    api.observe('web', 'HEALTHY');
    expect(await next).toBe(SERVING);
    stream.cancel();
  });

  it('stays open for a name that there is not, and goes on when it appears and when it goes', async () => {
    const api = createApi(shop);
    const stream = watch(api, 'late');
    expect(await stream.next()).toBe(SERVICE_UNKNOWN);
    const appears = stream.next();
    api.aggregator.reload(system(probed('web'), probed('late')));
    expect(await appears).toBe(UNKNOWN);
    const serves = stream.next();
    api.observe('late', 'HEALTHY');
    expect(await serves).toBe(SERVING);
    const goes = stream.next();
    api.aggregator.reload(system(probed('web')));
    expect(await goes).toBe(SERVICE_UNKNOWN);
    stream.cancel();
  });

  it('tells whether OpenK itself is ready', async () => {
    const api = createApi(shop);
    const stream = watch(api);
    expect(await stream.next()).toBe(SERVING);
    const next = stream.next();
    api.observe('web', 'UNHEALTHY');
    api.setReady(false);
    expect(await next).toBe(NOT_SERVING);
    stream.cancel();
    await eventually(() => api.readySubscriptions === 0);
  });

  it('ends when the server drains; OpenK itself is told NOT_SERVING first', async () => {
    const api = createApi(shop);
    api.observe('web', 'HEALTHY');
    const [openk, web] = [watch(api), watch(api, 'web')];
    expect([await openk.next(), await web.next()]).toEqual([SERVING, SERVING]);
    const [last, end] = [openk.next(), failure(web.next())];
    api.drain();
    expect(await last).toBe(NOT_SERVING);
    expect(details(await failure(openk.next()))).toMatchObject(shuttingDown);
    expect(details(await end)).toMatchObject(shuttingDown);
    await eventually(() => api.aggregator.subscriberCount + api.readySubscriptions === 0);
  });

  it('that begins while the server drains tells the status, and ends', async () => {
    const api = createApi(shop);
    api.drain();
    const stream = watch(api);
    expect(await stream.next()).toBe(NOT_SERVING);
    expect(details(await failure(stream.next()))).toMatchObject(shuttingDown);
  });

  it('leaves nothing behind when the caller cancels', async () => {
    const api = createApi(shop);
    const streams = ['', 'web', 'nosuch'].map((service) => watch(api, service));
    for (const stream of streams) await stream.next();
    expect(api.aggregator.subscriberCount).toBe(2);
    expect(api.readySubscriptions).toBe(1);
    const ends = streams.map((stream) => failure(stream.next()));
    for (const stream of streams) stream.cancel();
    for (const end of ends) expect((await end).code).toBe(Code.Canceled);
    await eventually(() => api.aggregator.subscriberCount + api.readySubscriptions === 0);
    await turn();
    expect(api.defects).toEqual([]);
  });
});

describe('a Watch whose reader stops early', () => {
  it('ends its subscription by itself, whatever the call does', async () => {
    const { aggregator } = createApi(shop);
    const { watch: watchDirectly } = createGrpcHealthService({
      readerOf: () => aggregator,
      ready: () => true,
      subscribeReady: () => () => {},
      listLimit: 100,
      draining: new AbortController().signal,
    });
    const context = createHandlerContext({
      service: Health,
      method: Health.method.watch,
      protocolName: 'grpc',
      requestMethod: 'POST',
      url: 'https://in-memory/',
    });
    const request = create(HealthCheckRequestSchema, { service: 'web' });
    for await (const { status } of watchDirectly(request, context)) {
      expect(status).toBe(UNKNOWN);
      expect(aggregator.subscriberCount).toBe(1);
      break;
    }
    expect(aggregator.subscriberCount).toBe(0);
    expect(context.signal.aborted).toBe(false);
  });
});

describe('List', () => {
  it('answers for OpenK itself, groups, then the others', async () => {
    const api = createApi(shop);
    api.observe('web', 'HEALTHY');
    const { statuses } = await api.grpcHealth.list({});
    expect(Object.entries(statuses).map(([service, { status }]) => [service, status])).toEqual([
      ['', SERVING],
      ['checkout', UNKNOWN],
      ['system', UNKNOWN],
      ['acme.payments.v1.Payments', UNKNOWN],
      ['old', NOT_SERVING],
      ['web', SERVING],
    ]);
  });

  it('refuses more components than its limit', async () => {
    const components = Array.from({ length: 99 }, (_, index) => probed(`c${index}`));
    const hundred = createApi(system(...components));
    expect(Object.keys((await hundred.grpcHealth.list({})).statuses)).toHaveLength(101);
    const refused: string[] = [];
    const onRefused = (limit: string) => void refused.push(limit);
    const more = createApi(system(...components, probed('one-more')), { onRefused });
    expect(details(await failure(more.grpcHealth.list({})))).toMatchObject({
      code: Code.ResourceExhausted,
      reason: 'LIST_TOO_LARGE',
      metadata: { components: '101', limit: '100' },
      infos: 1,
    });
    expect(refused).toEqual(['grpc_health_list']);
  });
});
