// What the engine does, as metrics.
import type { Meter } from '@opentelemetry/api';
import type { EngineListener } from '../engine/engine.ts';

const PROBE_BOUNDARIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const LAG_BOUNDARIES = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export type EngineMetrics = Required<Pick<EngineListener, 'onTransition' | 'onProbeRun' | 'onLag'>>;

export function createEngineMetrics(meter: Meter): EngineMetrics {
  const latency = meter.createHistogram('openk.component.latency', {
    description: 'Latency of components, as their probes measured it.',
    unit: 's',
    advice: { explicitBucketBoundaries: PROBE_BOUNDARIES },
  });
  const executions = meter.createCounter('openk.probe.executions', {
    description: 'Probe runs, by what they saw.',
    unit: '{run}',
  });
  const duration = meter.createHistogram('openk.probe.duration', {
    description: 'Duration of probe runs.',
    unit: 's',
    advice: { explicitBucketBoundaries: PROBE_BOUNDARIES },
  });
  const lag = meter.createHistogram('openk.scheduler.lag', {
    description: 'How much later than due probe runs started.',
    unit: 's',
    advice: { explicitBucketBoundaries: LAG_BOUNDARIES },
  });
  const transitions = meter.createCounter('openk.transitions', {
    description: 'Changes of status of any component.',
    unit: '{transition}',
  });
  return {
    onTransition: ({ from, health }) => transitions.add(1, { from, to: health.status }),
    onProbeRun({ kind, observation: { outcome, latencyMs } }) {
      executions.add(1, { kind, outcome });
      if (latencyMs === undefined) return;
      duration.record(latencyMs / 1000, { kind });
      latency.record(latencyMs / 1000);
    },
    onLag: (lagMs) => lag.record(lagMs / 1000),
  };
}
