// What Prometheus scrapes of a MeterProvider, as text, served on OpenK's own port (the exporter's own server is not used).
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  type MetricData,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';

export interface ScrapeReader {
  readonly reader: MetricReader;
  /** In the text exposition format 0.0.4. */
  text(): Promise<string>;
}

export function createScrapeReader(cardinalityLimit: number): ScrapeReader {
  const reader = new Reader({
    aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE,
    cardinalitySelector: () => cardinalityLimit,
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

/** Prometheus has the unit in the name (prometheus.io/docs/practices/naming); the serializer leaves it out. */
const SUFFIX_OF_UNIT: Readonly<Record<string, string>> = { s: '.seconds', By: '.bytes' };

function withUnits(metrics: ResourceMetrics): ResourceMetrics {
  const rename = (data: MetricData): MetricData => {
    const { name, unit } = data.descriptor;
    return { ...data, descriptor: { ...data.descriptor, name: `${name}${SUFFIX_OF_UNIT[unit] ?? ''}` } };
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
