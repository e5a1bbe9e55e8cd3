// Agents and what they do. Past the SDK's gauges, which go on showing what is no longer observed.
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { WorkerStats } from '../engine/worker-ports.ts';
import { gaugeOf, sumOf } from './metric-data.ts';

/** What this instance probes itself, beside others. */
export type OwnWork = Pick<WorkerStats, 'id' | 'place' | 'components'>;

export function workerMetrics(
  workers: readonly WorkerStats[],
  own: OwnWork | undefined,
  nowMs: number,
): readonly MetricData[] {
  const all = [...(own === undefined ? [] : [{ ...own, kind: 'instance' as const }]), ...workers];
  const byKind = Map.groupBy(all, ({ kind, place = '' }) => `${kind} ${place}`).values();
  const points = (read: (worker: WorkerStats) => number | undefined, more: Readonly<Record<string, string>> = {}) =>
    workers.flatMap((worker) => {
      const value = read(worker);
      const { id: agent, kind, place = '' } = worker;
      return value === undefined ? [] : [{ attributes: { agent, kind, place, ...more }, value }];
    });
  const agents = Array.from(byKind, (some) => {
    const { kind, place = '' } = some[0]!;
    return { attributes: { kind, place }, value: some.length };
  });
  const seconds = (ms: number | undefined) => ms && ms / 1000;
  return [
    gaugeOf(
      nowMs,
      'openk.agents',
      'Who probes: agents, and instances that share the probes, by place.',
      '{agent}',
      agents,
    ),
    gaugeOf(
      nowMs,
      'openk.agent.components',
      'Components that an agent or an instance probes.',
      '{component}',
      all.map(({ id: agent, kind, place = '', components: value }) => ({ attributes: { agent, kind, place }, value })),
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
