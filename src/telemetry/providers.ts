// The OpenTelemetry SDK, started: one MeterProvider for /metrics and OTLP, traces and logs where somebody asked for them. The
// rest of OpenK is given the API's interfaces.
import { createNoopLogger, type Logger, type Meter, type Tracer } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, type MetricData, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { createCollectorConnections } from './collector-connections.ts';
import { batchLimits, createSampler, type Environment, metricInterval, otlpUrl, type Signal } from './environment.ts';
import { watchExports } from './export-watch.ts';
import { createOutsideMetrics } from './outside-metrics.ts';
import { createScrapeReader, type ScrapeReader } from './scrape-reader.ts';

export interface ProvidersOptions {
  readonly version: string;
  readonly env: Environment;
  /** What is counted outside of the SDK, for /metrics. */
  readonly collectForScrape: () => readonly MetricData[];
  /** The same for OTLP. */
  readonly collectForPush: () => readonly MetricData[];
  /** Called when sending a signal begins to fail, and, without an error, when it works again. */
  readonly onExportChange: (signal: Signal, error: Error | undefined) => void;
}

export interface Providers {
  readonly meter: Meter;
  /** Undefined where no traces are sent. */
  readonly tracer: Tracer | undefined;
  readonly logger: Logger;
  readonly scrape: ScrapeReader;
  /** Sends what is left, within a second, and ends. Never rejects. */
  close(): Promise<void>;
}

const SCOPE = 'openk';
/** What a collector that does not answer may hold up a shutdown. */
const LAST_EXPORT_MS = 1000;

export function createProviders(options: ProvidersOptions): Providers {
  const { version, env, collectForScrape, collectForPush, onExportChange } = options;
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': 'openk', 'service.version': version }))
    .merge(detectResources({ detectors: [envDetector] }));
  const scope = { name: SCOPE, version };
  const scrape = createScrapeReader(createOutsideMetrics({ scope, collect: collectForScrape }));
  const urls = { traces: otlpUrl(env, 'traces'), metrics: otlpUrl(env, 'metrics'), logs: otlpUrl(env, 'logs') };
  const connections = createCollectorConnections();
  const exporterTo = (url: string) => ({ url, httpAgentOptions: connections.createAgent });
  const createPushReader = (url: string) =>
    new PeriodicExportingMetricReader({
      exporter: watchExports(new OTLPMetricExporter(exporterTo(url)), (error) => onExportChange('metrics', error)),
      metricProducers: [createOutsideMetrics({ scope, collect: collectForPush })],
      ...metricInterval(env),
    });
  const meters = new MeterProvider({
    resource,
    readers: [scrape.reader, ...(urls.metrics === undefined ? [] : [createPushReader(urls.metrics)])],
  });
  const createSpanProcessor = (url: string) =>
    new BatchSpanProcessor({
      exporter: watchExports(new OTLPTraceExporter(exporterTo(url)), (error) => onExportChange('traces', error)),
      ...batchLimits(env, 'BSP'),
    });
  const tracers =
    urls.traces === undefined
      ? undefined
      : new TracerProvider({
          resource,
          sampler: createSampler(env),
          spanProcessors: [createSpanProcessor(urls.traces)],
        });
  const createLogProcessor = (url: string) =>
    new BatchLogRecordProcessor({
      exporter: watchExports(new OTLPLogExporter(exporterTo(url)), (error) => onExportChange('logs', error)),
      ...batchLimits(env, 'BLRP'),
    });
  const loggers =
    urls.logs === undefined ? undefined : new LoggerProvider({ resource, processors: [createLogProcessor(urls.logs)] });
  return {
    meter: meters.getMeter(SCOPE, version),
    tracer: tracers?.getTracer(SCOPE, version),
    logger: loggers?.getLogger(SCOPE, version) ?? createNoopLogger(),
    scrape,
    async close() {
      const sent = Promise.allSettled([meters, tracers, loggers].map((provider) => provider?.shutdown()));
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, LAST_EXPORT_MS);
      await Promise.race([sent, late]);
      clearTimeout(timer);
      connections.close();
    },
  };
}
