// Metrics that are counted outside of the SDK, for its readers: what the specification calls a MetricProducer
// (opentelemetry.io/docs/specs/otel/metrics/sdk). The sums are cumulative, whatever temporality a reader would choose.
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';

export interface OutsideMetricsOptions {
  readonly scope: { readonly name: string; readonly version: string };
  /** One collection. Metrics without a data point are left out. */
  readonly collect: () => readonly MetricData[];
}

export function createOutsideMetrics({ scope, collect }: OutsideMetricsOptions): MetricProducer {
  // Readers put their own in its place.
  const resource = resourceFromAttributes({});
  return {
    async collect() {
      const metrics = collect().filter(({ dataPoints }) => dataPoints.length > 0);
      return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] }, errors: [] };
    },
  };
}
