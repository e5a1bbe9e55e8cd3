// How sources of components are, by source. Past the SDK's gauges, which go on showing what is no longer observed.
import { ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  type GaugeMetricData,
  type MetricData,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics';
import { toHrTime } from './hr-time.ts';

export interface ShownSource {
  readonly targets: number;
  readonly leftOut: number;
  readonly faulty: number;
  readonly failures: number;
  /** Epoch milliseconds; undefined: never. */
  readonly succeededMs: number | undefined;
}

export function discoveryMetrics(sources: ReadonlyMap<string, ShownSource>, nowMs: number): readonly MetricData[] {
  const time = toHrTime(nowMs);
  const points = (read: (source: ShownSource) => number | undefined, more: Readonly<Record<string, string>> = {}) =>
    [...sources].flatMap(([source, shown]) => {
      const value = read(shown);
      return value === undefined ? [] : [{ startTime: time, endTime: time, attributes: { source, ...more }, value }];
    });
  const gauge = (
    name: string,
    description: string,
    unit: string,
    dataPoints: GaugeMetricData['dataPoints'],
  ): GaugeMetricData => ({
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints,
  });
  const failures: SumMetricData = {
    descriptor: {
      name: 'openk.discovery.failures',
      description: 'Times at which a source of components could not be read any more.',
      unit: '{failure}',
      valueType: ValueType.INT,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints: points(({ failures: count }) => count),
  };
  return [
    gauge('openk.discovery.targets', 'Targets of a source of components, by what became of them.', '{target}', [
      ...points(({ targets }) => targets, { state: 'watched' }),
      ...points(({ faulty }) => faulty, { state: 'faulty' }),
      ...points(({ leftOut }) => leftOut, { state: 'left_out' }),
    ]),
    gauge(
      'openk.discovery.last_success_timestamp',
      'When a source of components last said all that it knows, in seconds since 1970.',
      's',
      points(({ succeededMs }) => succeededMs && succeededMs / 1000),
    ),
    failures,
  ];
}
