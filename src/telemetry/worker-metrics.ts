// Agents and what they do. Past the SDK's gauges, which go on showing what is no longer observed.
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { WorkerStats } from '../engine/workers.ts';
import { gaugeOf, sumOf } from './metric-data.ts';

export function workerMetrics(workers: readonly WorkerStats[], nowMs: number): readonly MetricData[] {
  const byPlace = new Map<string, number>();
  for (const { place = '' } of workers) byPlace.set(place, (byPlace.get(place) ?? 0) + 1);
  const points = (read: (worker: WorkerStats) => number | undefined, more: Readonly<Record<string, string>> = {}) =>
    workers.flatMap((worker) => {
      const value = read(worker);
      const { id: agent, place = '' } = worker;
      return value === undefined ? [] : [{ attributes: { agent, place, ...more }, value }];
    });
  const agents = Array.from(byPlace, ([place, value]) => ({ attributes: { place }, value }));
  const seconds = (ms: number | undefined) => ms && ms / 1000;
  return [
    gaugeOf(nowMs, 'openk.agents', 'Agents that are connected, by place.', '{agent}', agents),
    gaugeOf(
      nowMs,
      'openk.agent.components',
      'Components that an agent probes.',
      '{component}',
      points(({ components }) => components),
    ),
    gaugeOf(
      nowMs,
      'openk.agent.lag',
      'From when an agent saw something until it counted, of the latest.',
      's',
      points(({ lagMs }) => seconds(lagMs)),
    ),
    gaugeOf(
      nowMs,
      'openk.agent.clock.skew',
      'How far the clock of an agent is ahead.',
      's',
      points(({ skewMs }) => seconds(skewMs)),
    ),
    sumOf(
      nowMs,
      'openk.agent.observations',
      'What agents have seen, by what became of it: counted; refused, since somebody else probes it by now; lost, since nobody took it in time.',
      '{observation}',
      [
        ...points(({ counted }) => counted, { outcome: 'counted' }),
        ...points(({ refused }) => refused, { outcome: 'refused' }),
        ...points(({ lost }) => lost, { outcome: 'lost' }),
      ],
    ),
  ];
}
