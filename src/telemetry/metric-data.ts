// Metrics that are made at each collection of what there is then, and not held by the SDK.
import { ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  type GaugeMetricData,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics';
import { toHrTime } from './hr-time.ts';

export interface Point {
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number;
}

/** @param nowMs epoch milliseconds */
export function gaugeOf(
  nowMs: number,
  name: string,
  description: string,
  unit: string,
  points: readonly Point[],
): GaugeMetricData {
  return {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints: timed(nowMs, points),
  };
}

/** Of something that only grows. @param nowMs epoch milliseconds */
export function sumOf(
  nowMs: number,
  name: string,
  description: string,
  unit: string,
  points: readonly Point[],
): SumMetricData {
  return {
    descriptor: { name, description, unit, valueType: ValueType.INT },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints: timed(nowMs, points),
  };
}

function timed(nowMs: number, points: readonly Point[]): GaugeMetricData['dataPoints'] {
  const time = toHrTime(nowMs);
  return points.map((point) => ({ startTime: time, endTime: time, ...point }));
}
