// What Prometheus scrapes of a MeterProvider, as text, served on OpenK's own port (the exporter's own server is not used).
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  type MetricData,
  type MetricProducer,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';

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

/** Prometheus writes units out, and has them in the name too (prometheus.io/docs/practices/naming); the serializer does neither. */
const PROMETHEUS_UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes' };

function withUnits(metrics: ResourceMetrics): ResourceMetrics {
  const rename = (data: MetricData): MetricData => {
    const unit = PROMETHEUS_UNITS[data.descriptor.unit];
    const name = unit === undefined ? data.descriptor.name : `${data.descriptor.name}.${unit}`;
    // Units like `{call}` are words for people, and no units to Prometheus.
    return { ...data, descriptor: { ...data.descriptor, name, unit: unit ?? '' } };
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
