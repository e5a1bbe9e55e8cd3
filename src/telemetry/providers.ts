// The OpenTelemetry SDK, started: one MeterProvider for /metrics and OTLP, traces and logs where somebody asked for them. The
// rest of OpenK is given the API's interfaces.
import { createNoopLogger, type Logger, type Meter, type Tracer } from '@opentelemetry/api';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, type MetricData } from '@opentelemetry/sdk-metrics';
import type { Signal, TelemetryEnvironment } from './environment.ts';
import { createOutsideMetrics } from './outside-metrics.ts';
import { createScrapeReader, type ScrapeReader } from './scrape-reader.ts';

export interface ProvidersOptions {
  readonly version: string;
  readonly environment: TelemetryEnvironment;
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

export async function createProviders(options: ProvidersOptions): Promise<Providers> {
  const { version, environment, collectForScrape, collectForPush, onExportChange } = options;
  const scope = { name: 'openk', version };
  const scrape = createScrapeReader(createOutsideMetrics({ scope, collect: collectForScrape }));
  const resource = defaultResource().merge(
    resourceFromAttributes({ 'service.name': 'openk', 'service.version': version }),
  );
  if (environment.sent.size === 0) {
    // Nobody sends: what would is not even loaded.
    const meters = new MeterProvider({ resource, readers: [scrape.reader] });
    return {
      meter: meters.getMeter(scope.name, scope.version),
      tracer: undefined,
      logger: createNoopLogger(),
      scrape,
      close: () => meters.shutdown(),
    };
  }
  const { startSdk } = await import('./sdk.ts');
  const sdk = startSdk({
    environment,
    scope,
    resource,
    scrapeReader: scrape.reader,
    outside: createOutsideMetrics({ scope, collect: collectForPush }),
    onExportChange,
  });
  return { ...sdk, scrape };
}
