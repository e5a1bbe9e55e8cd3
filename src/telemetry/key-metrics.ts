// How API keys are used: whether an old one still is, before it is taken away, and which will soon expire. Past the SDK's gauges,
// which go on showing what is no longer observed.
import { ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type GaugeMetricData } from '@opentelemetry/sdk-metrics';
import { toHrTime } from './hr-time.ts';

export interface ShownKey {
  readonly name: string;
  /** Epoch milliseconds; undefined: not since the start. */
  readonly lastUsedMs: number | undefined;
  /** Epoch milliseconds; undefined: it does not expire. */
  readonly expiresAtMs: number | undefined;
}

export function keyMetrics(keys: readonly ShownKey[], nowMs: number): readonly GaugeMetricData[] {
  const time = toHrTime(nowMs);
  const gauge = (
    name: string,
    description: string,
    momentOf: (key: ShownKey) => number | undefined,
  ): GaugeMetricData => ({
    descriptor: { name, description, unit: 's', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints: keys.flatMap((key) => {
      const ms = momentOf(key);
      return ms === undefined
        ? []
        : [{ startTime: time, endTime: time, attributes: { key: key.name }, value: ms / 1000 }];
    }),
  });
  return [
    gauge(
      'openk.key.last_used_timestamp',
      'When the key was last used since the start, in seconds since 1970.',
      ({ lastUsedMs }) => lastUsedMs,
    ),
    gauge(
      'openk.key.expiry_timestamp',
      'When the key expires, in seconds since 1970.',
      ({ expiresAtMs }) => expiresAtMs,
    ),
  ];
}
