// The durations of calls, counted past the SDK's instruments, as the SDK's readers take them.
import { ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import { DURATION_BOUNDARIES_S, type DurationSeries } from './calls/call-durations.ts';
import { callAttributes, outcomeAttributes } from './calls/call-outcome.ts';
import { toHrTime } from './hr-time.ts';

export function callDurationsMetric(durations: readonly DurationSeries[], nowMs: number): MetricData {
  return {
    descriptor: {
      name: 'rpc.server.call.duration',
      description: 'Duration of calls, from their first to their last byte; streams included.',
      unit: 's',
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: durations.map((series) => dataPointOf(series, nowMs)),
  };
}

function dataPointOf(series: DurationSeries, nowMs: number): DataPoint<Histogram> {
  const { sinceMs, buckets, count, sumMs, minMs, maxMs, code } = series;
  return {
    startTime: toHrTime(sinceMs),
    endTime: toHrTime(nowMs),
    attributes: { ...callAttributes(series), ...outcomeAttributes(code) },
    value: {
      // A copy: what is on its way out must not change.
      buckets: { boundaries: DURATION_BOUNDARIES_S, counts: [...buckets] },
      count,
      sum: sumMs / 1000,
      min: minMs / 1000,
      max: maxMs / 1000,
    },
  };
}
