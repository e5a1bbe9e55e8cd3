// @opentelemetry/sdk-node, started: it makes resource, sampler, limits and batches of what the variables say. Loaded only where
// something is sent, since it brings every exporter there is along. It registers what it makes for the whole process; that is
// taken back at once, for OpenK hands its parts around itself.
import {
  context,
  diag,
  type Logger,
  logs,
  type Meter,
  metrics,
  propagation,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { type MetricProducer, type MetricReader, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { createCollectorConnections } from './collector-connections.ts';
import {
  metricInterval,
  type Protocol,
  recordLimits,
  type Signal,
  type TelemetryEnvironment,
  withVariables,
} from './environment.ts';
import { watchExports } from './export-watch.ts';
import { EXPORTERS, type Exporters } from './exporters.ts';
import { credentialsForAddress } from './grpc-to-address.ts';

export interface SdkOptions {
  readonly environment: TelemetryEnvironment;
  readonly scope: { readonly name: string; readonly version: string };
  /** What the variables say of the resource goes over it. */
  readonly resource: Resource;
  readonly scrapeReader: MetricReader;
  /** What is counted outside of the SDK, for OTLP. */
  readonly outside: MetricProducer;
  readonly onExportChange: (signal: Signal, error: Error | undefined) => void;
}

export interface Sdk {
  readonly meter: Meter;
  /** Undefined where no traces are sent. */
  readonly tracer: Tracer | undefined;
  readonly logger: Logger;
  /** Sends what is left, within a second, and ends. Never rejects. */
  close(): Promise<void>;
}

/** What a collector that does not answer may hold up a shutdown. */
const LAST_EXPORT_MS = 1000;

export function startSdk(options: SdkOptions): Sdk {
  const { environment, scope, resource, scrapeReader, outside, onExportChange } = options;
  const { sent, variables } = environment;
  const connections = createCollectorConnections();
  const watch = (signal: Signal) => ({
    // The exporters for gRPC read their certificates when they first send.
    during: (send: () => void) => connections.during(() => withVariables(variables, send)),
    onChange: (error: Error | undefined) => onExportChange(signal, error),
  });
  /** Undefined where the signal is not sent, or cannot be: a header that gRPC takes for none, a certificate that is none. */
  const exporterOf = <S extends Signal>(signal: S) => {
    const protocol = sent.get(signal);
    if (protocol === undefined) return undefined;
    try {
      const credentials = protocol === 'grpc' ? credentialsForAddress(variables, signal) : undefined;
      return EXPORTERS[signal][protocol]({ ...(credentials && { credentials }) }) as ReturnType<Exporters[S][Protocol]>;
    } catch (error) {
      onExportChange(signal, error as Error);
      return undefined;
    }
  };
  const { name, version } = scope;
  return withVariables(variables, () => {
    const exporters = { traces: exporterOf('traces'), metrics: exporterOf('metrics'), logs: exporterOf('logs') };
    const sdk = new NodeSDK({
      resource,
      metricReaders: [
        scrapeReader,
        ...(exporters.metrics === undefined
          ? []
          : [
              new PeriodicExportingMetricReader({
                exporter: watchExports(exporters.metrics, watch('metrics')),
                metricProducers: [outside],
                ...metricInterval(variables),
              }),
            ]),
      ],
      ...(exporters.traces === undefined
        ? { spanProcessors: [] }
        : { traceExporter: watchExports(exporters.traces, watch('traces')) }),
      logRecordProcessors:
        exporters.logs === undefined
          ? []
          : [
              new BatchLogRecordProcessor({
                exporter: watchExports(exporters.logs, watch('logs')),
                ...recordLimits(variables),
              }),
            ],
    });
    sdk.start();
    const started = {
      meter: metrics.getMeter(name, version),
      tracer: exporters.traces === undefined ? undefined : trace.getTracer(name, version),
      logger: logs.getLogger(name, version),
    };
    for (const registered of [trace, metrics, logs, context, propagation]) registered.disable();
    return {
      ...started,
      async close() {
        const { promise: late, resolve } = Promise.withResolvers<void>();
        const timer = setTimeout(resolve, LAST_EXPORT_MS);
        await Promise.race([sdk.shutdown().catch(() => {}), late]);
        clearTimeout(timer);
        connections.close();
        diag.disable();
      },
    };
  });
}
