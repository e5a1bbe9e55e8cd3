// What the libraries of OpenK take by themselves: the health service of gRPC with one answer, by Connect in Fastify, checked by protovalidate
// and counted by the SDK of OpenTelemetry, in one process that logs where it listens as OpenK does. start.ts bundles it as OpenK is, without
// what keeps OpenK's own start small.
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { createValidator } from '@bufbuild/protovalidate';
import { Code, ConnectError } from '@connectrpc/connect';
import { fastifyConnectPlugin } from '@connectrpc/connect-fastify';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { fastify } from 'fastify';
import {
  Health,
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus,
} from '../../gen/grpc/health/v1/health_pb.ts';

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

enableCompileCache(join(process.env.XDG_CACHE_HOME ?? '', 'libraries'));
const validator = createValidator();
const reader = new Reader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
const calls = new MeterProvider({ readers: [reader] }).getMeter('libraries').createCounter('calls');
const serializer = new PrometheusSerializer();
const app = fastify();
await app.register(fastifyConnectPlugin, {
  routes: (router) =>
    router.service(Health, {
      check(request) {
        calls.add(1);
        const { violations } = validator.validate(HealthCheckRequestSchema, request);
        if (violations !== undefined) throw new ConnectError('invalid', Code.InvalidArgument);
        return { status: HealthCheckResponse_ServingStatus.SERVING };
      },
    }),
});
app.get('/metrics', async () => serializer.serialize((await reader.collect()).resourceMetrics));
app.get('/livez', async () => 'ok');
const address = await app.listen({ port: 0, host: '127.0.0.1' });
flushCompileCache();
console.log(JSON.stringify({ msg: 'listening', address }));
