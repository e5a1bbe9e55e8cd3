// The status of every component as a metric, read from the hub when somebody asks, and past the SDK's instruments: those keep
// every set of attributes, at most 2,000 of them unless told otherwise, and collect all in one go. 10,000 components are
// 50,000 sets. For /metrics they are written here in slices, between which calls are answered.
import { ValueType } from '@opentelemetry/api';
import { AggregationTemporality, type DataPoint, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import { STATUSES, type Status } from '../core/status.ts';
import { toHrTime } from './hr-time.ts';

export interface StatusReader {
  /** Of all components. The same array until a reload. */
  ids(): readonly string[];
  health(id: string): { readonly status: Status } | undefined;
}

/** Components per slice: well below a millisecond. */
const SLICE = 250;
const DESCRIPTION = 'Whether the component has this status: 1 for the one that it has, 0 for the others.';

/** One chunk of text per slice. Ids hold no character that the format would escape. */
export function* statusText({ ids, health }: StatusReader): Generator<string> {
  const all = ids();
  yield `# HELP openk_component_status ${DESCRIPTION}\n# TYPE openk_component_status gauge\n`;
  for (let from = 0; from < all.length; from += SLICE) {
    let text = '';
    for (const id of all.slice(from, from + SLICE)) {
      const status = health(id)?.status;
      if (status === undefined) continue;
      for (const each of STATUSES) {
        text += `openk_component_status{component="${id}",status="${each}"} ${each === status ? 1 : 0}\n`;
      }
    }
    yield text;
  }
}

/** The same for OTLP. */
export function statusMetric({ ids, health }: StatusReader, nowMs: number): MetricData {
  const time = toHrTime(nowMs);
  const dataPoints: DataPoint<number>[] = [];
  for (const component of ids()) {
    const is = health(component)?.status;
    if (is === undefined) continue;
    for (const status of STATUSES) {
      const value = status === is ? 1 : 0;
      dataPoints.push({ startTime: time, endTime: time, attributes: { component, status }, value });
    }
  }
  return {
    descriptor: { name: 'openk.component.status', description: DESCRIPTION, unit: '', valueType: ValueType.INT },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints,
  };
}
