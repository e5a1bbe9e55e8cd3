// The OpenTelemetry SDK, started: one MeterProvider for /metrics and OTLP, traces and logs where somebody asked for them. The
// rest of OpenK is given the API's interfaces.
import { createNoopLogger, type Logger, type Meter, type Tracer } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createSampler, type Environment, metricIntervalMs, otlpUrl } from './environment.ts';
import { createScrapeReader, type ScrapeReader } from './scrape-reader.ts';

export interface Providers {
  readonly meter: Meter;
  /** Only for OTLP: what /metrics writes by itself, in slices. Undefined where no OTLP metrics are sent. */
  readonly pushMeter: Meter | undefined;
  /** Undefined where no traces are sent. */
  readonly tracer: Tracer | undefined;
  readonly logger: Logger;
  readonly scrape: ScrapeReader;
  /** Sends what is left, within a second, and ends. Never rejects. */
  close(): Promise<void>;
}

/**
 * Attribute sets per instrument. The SDK's own limit of 2,000 would drop the statuses of all but 400 components without a
 * word. This one holds 100,000 components, and still bounds what a mistake can cost.
 */
const CARDINALITY_LIMIT = 500_000;
const SCOPE = 'openk';
/** What a collector that does not answer may hold up a shutdown. */
const LAST_EXPORT_MS = 1000;

export function createProviders({ version, env }: { readonly version: string; readonly env: Environment }): Providers {
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': 'openk', 'service.version': version }))
    .merge(detectResources({ detectors: [envDetector] }));
  const scrape = createScrapeReader(CARDINALITY_LIMIT);
  const urls = { traces: otlpUrl(env, 'traces'), metrics: otlpUrl(env, 'metrics'), logs: otlpUrl(env, 'logs') };
  const createPushReader = (url: string) =>
    new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ url }),
      exportIntervalMillis: metricIntervalMs(env),
      exportTimeoutMillis: Math.min(metricIntervalMs(env), 30_000),
    });
  const meters = new MeterProvider({
    resource,
    readers: [scrape.reader, ...(urls.metrics === undefined ? [] : [createPushReader(urls.metrics)])],
  });
  const pushMeters =
    urls.metrics === undefined
      ? undefined
      : new MeterProvider({
          resource,
          readers: [createPushReader(urls.metrics)],
          views: [{ instrumentName: '*', aggregationCardinalityLimit: CARDINALITY_LIMIT }],
        });
  const tracers =
    urls.traces === undefined
      ? undefined
      : new TracerProvider({
          resource,
          sampler: createSampler(env),
          spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: urls.traces }) })],
        });
  const loggers =
    urls.logs === undefined
      ? undefined
      : new LoggerProvider({
          resource,
          processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: urls.logs }) })],
        });
  return {
    meter: meters.getMeter(SCOPE, version),
    pushMeter: pushMeters?.getMeter(SCOPE, version),
    tracer: tracers?.getTracer(SCOPE, version),
    logger: loggers?.getLogger(SCOPE, version) ?? createNoopLogger(),
    scrape,
    async close() {
      const sent = Promise.allSettled([meters, pushMeters, tracers, loggers].map((provider) => provider?.shutdown()));
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LAST_EXPORT_MS);
      await Promise.race([sent, late]);
      clearTimeout(timer);
    },
  };
}
