// How sources of components are, by source. Past the SDK's gauges, which go on showing what is no longer observed.
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { gaugeOf, sumOf } from './metric-data.ts';

export interface ShownSource {
  readonly targets: number;
  readonly leftOut: number;
  readonly faulty: number;
  readonly failures: number;
  /** Epoch milliseconds; undefined: never. */
  readonly succeededMs: number | undefined;
}

export function discoveryMetrics(sources: ReadonlyMap<string, ShownSource>, nowMs: number): readonly MetricData[] {
  const points = (read: (source: ShownSource) => number | undefined, more: Readonly<Record<string, string>> = {}) =>
    [...sources].flatMap(([source, shown]) => {
      const value = read(shown);
      return value === undefined ? [] : [{ attributes: { source, ...more }, value }];
    });
  return [
    gaugeOf(
      nowMs,
      'openk.discovery.targets',
      'Targets of a source of components, by what became of them.',
      '{target}',
      [
        ...points(({ targets }) => targets, { state: 'watched' }),
        ...points(({ faulty }) => faulty, { state: 'faulty' }),
        ...points(({ leftOut }) => leftOut, { state: 'left_out' }),
      ],
    ),
    gaugeOf(
      nowMs,
      'openk.discovery.last_success_timestamp',
      'When a source of components last said all that it knows, in seconds since 1970.',
      's',
      points(({ succeededMs }) => succeededMs && succeededMs / 1000),
    ),
    sumOf(
      nowMs,
      'openk.discovery.failures',
      'Times at which a source of components could not be read any more.',
      '{failure}',
      points(({ failures }) => failures),
    ),
  ];
}
