// What Prometheus scrapes of a MeterProvider, as text, served on OpenK's own port (the exporter's own server is not used).
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  type MetricData,
  type MetricProducer,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { withUnit } from './prometheus-names.ts';

export interface ScrapeReader {
  readonly reader: MetricReader;
  /** In the text exposition format 0.0.4. */
  text(): Promise<string>;
}

/** @param outside what is counted outside of the SDK */
export function createScrapeReader(outside: MetricProducer): ScrapeReader {
  const reader = new Reader({
    aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE,
    metricProducers: [outside],
  });
  // The scope says nothing here that the name of a metric does not.
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  return {
    reader,
    async text() {
      const { resourceMetrics } = await reader.collect();
      return serializer.serialize(withUnits(resourceMetrics));
    },
  };
}

/** The serializer does not write units out. */
function withUnits(metrics: ResourceMetrics): ResourceMetrics {
  const rename = (data: MetricData): MetricData => {
    const { descriptor } = data;
    return { ...data, descriptor: { ...descriptor, ...withUnit(descriptor.name, descriptor.unit) } };
  };
  return {
    ...metrics,
    scopeMetrics: metrics.scopeMetrics.map((scope) => ({ ...scope, metrics: scope.metrics.map(rename) })),
  };
}

/** Collects when asked, and keeps nothing. */
class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}
