// Every component is shown, however many there are, and no slice of the text holds the event loop for long.
import { expect, it } from '@jest/globals';
import type { GaugeMetricData } from '@opentelemetry/sdk-metrics';
import { STATUSES, type Status } from '../../src/core/status.ts';
import { type StatusReader, statusMetric, statusText } from '../../src/telemetry/component-status.ts';
import { parsePrometheusText } from './prometheus-text.ts';

/** More than the 2,000 sets of attributes that an instrument of the SDK keeps. */
const COMPONENTS = 3_000;
const ids = Array.from({ length: COMPONENTS }, (_, n) => `service-${n}`);
const statusOf = (n: number): Status => STATUSES[n % STATUSES.length]!;
const reader: StatusReader = { ids: () => ids, health: (id) => ({ status: statusOf(Number(id.split('-')[1])) }) };

it('writes each component with each status, and 1 for the one that it has', () => {
  const { samples, types } = parsePrometheusText([...statusText(reader)].join(''));
  expect(types.get('openk_component_status')).toBe('gauge');
  expect(samples).toHaveLength(COMPONENTS * STATUSES.length);
  const has = samples.filter(({ value }) => value === 1).map(({ labels }) => `${labels.component} ${labels.status}`);
  expect(has).toEqual(ids.map((id, n) => `${id} ${statusOf(n)}`));
});

it('sends the same over OTLP', () => {
  const { dataPoints } = statusMetric(reader, 1_700_000_000_500) as GaugeMetricData;
  expect(dataPoints).toHaveLength(COMPONENTS * STATUSES.length);
  const has = dataPoints.filter(({ value }) => value === 1).map(({ attributes }) => attributes);
  expect(has).toEqual(ids.map((component, n) => ({ component, status: statusOf(n) })));
  expect(dataPoints[0]?.endTime).toEqual([1_700_000_000, 500_000_000]);
});

it('leaves out what went away since it was asked which there are', () => {
  const gone: StatusReader = {
    ids: () => ['a', 'b'],
    health: (id) => (id === 'a' ? undefined : { status: 'HEALTHY' }),
  };
  const { samples } = parsePrometheusText([...statusText(gone)].join(''));
  expect(new Set(samples.map(({ labels }) => labels.component))).toEqual(new Set(['b']));
  expect((statusMetric(gone, 0) as GaugeMetricData).dataPoints).toHaveLength(STATUSES.length);
});

it('comes in slices', () => {
  const slices = [...statusText(reader)];
  const longest = Math.max(...slices.map((slice) => slice.split('\n').length));
  expect(longest).toBeLessThanOrEqual(250 * STATUSES.length + 1);
});
