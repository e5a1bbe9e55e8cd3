// What the engine does, as metrics: what it reports as it happens, and what is read at each collection.

import type { BatchObservableResult, Meter } from '@opentelemetry/api';
import type { AlertReader, AlertState } from '../core/alert.ts';
import type { StatusChange } from '../engine/decision.ts';
import type { EngineListener, EngineStats } from '../engine/engine.ts';
import type { Standing } from '../engine/instance.ts';

const PROBE_BOUNDARIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const LAG_BOUNDARIES = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface EngineMetrics extends Required<Pick<EngineListener, 'onProbeRun' | 'onLag'>> {
  countStatusChange(change: StatusChange): void;
}

export function createEngineMetrics(meter: Meter): EngineMetrics {
  const latency = meter.createHistogram('openk.component.latency', {
    description: 'Latency of components, as their probes measured it.',
    unit: 's',
    advice: { explicitBucketBoundaries: PROBE_BOUNDARIES },
  });
  // Counted here, and read when somebody asks: the SDK would look its counter up by a text of all attributes at each run.
  const executions = new Map<string, Map<string, number>>();
  meter
    .createObservableCounter('openk.probe.executions', { description: 'Probe runs, by what they saw.', unit: '{run}' })
    .addCallback((result) => {
      for (const [kind, counts] of executions) {
        for (const [outcome, count] of counts) result.observe(count, { kind, outcome });
      }
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
    countStatusChange: ({ from, health }) => transitions.add(1, { from, to: health.status }),
    onProbeRun({ kind, observation: { outcome, latencyMs } }) {
      const counts = executions.get(kind) ?? new Map<string, number>();
      executions.set(kind, counts.set(outcome, (counts.get(outcome) ?? 0) + 1));
      if (latencyMs === undefined) return;
      duration.record(latencyMs / 1000, { kind });
      latency.record(latencyMs / 1000);
    },
    onLag: (lagMs) => lag.record(lagMs / 1000),
  };
}

/** Of the engine's own figures, those that are shown. */
export type ShownStats = Pick<EngineStats, 'subscribers' | 'inFlight' | 'queued' | 'journal'>;

export function observeEngine(meter: Meter, stats: () => ShownStats): void {
  const subscribers = meter.createObservableGauge('openk.subscribers', {
    description: 'Open subscriptions to changes: streams, and probes of other OpenKs.',
    unit: '{subscriber}',
  });
  const inFlight = meter.createObservableGauge('openk.probe.in_flight', {
    description: 'Probe runs that hold a slot.',
    unit: '{run}',
  });
  const queued = meter.createObservableGauge('openk.probe.queued', {
    description: 'Probe runs that are due and wait for a slot.',
    unit: '{run}',
  });
  const { journal, observeJournal } = journalInstruments(meter);
  // Asked once: to count what is due takes as long as there is much of it.
  meter.addBatchObservableCallback(
    (result) => {
      const now = stats();
      result.observe(subscribers, now.subscribers);
      result.observe(inFlight, now.inFlight);
      result.observe(queued, now.queued);
      observeJournal(result, now.journal);
    },
    [subscribers, inFlight, queued, ...journal],
  );
}

const ALERT_STATES = ['PENDING', 'HELD', 'OPEN', 'ACKNOWLEDGED', 'SUSPENDED'] as const satisfies readonly AlertState[];

export function observeAlerts(meter: Meter, alerts: Pick<AlertReader, 'list'>): void {
  meter
    .createObservableGauge('openk.alerts', { description: 'Alerts that are not over, by state.', unit: '{alert}' })
    .addCallback((result) => {
      const counts = new Map<AlertState, number>();
      for (const { state } of alerts.list()) counts.set(state, (counts.get(state) ?? 0) + 1);
      for (const state of ALERT_STATES) result.observe(counts.get(state) ?? 0, { state });
    });
}

/** Of a channel that is away for long, what is behind a bound waits in the store alone. */
export function observeDeliveries(meter: Meter, waiting: () => ReadonlyMap<string, number>): void {
  meter
    .createObservableGauge('openk.alert.deliveries.waiting', {
      description: 'Messages about alerts that wait to be sent, by channel; of each the oldest 1,000 at most.',
      unit: '{delivery}',
    })
    .addCallback((result) => {
      for (const [channel, count] of waiting()) result.observe(count, { channel });
    });
}

/** Which one it is of several instances on one storage. */
export function observeStanding(meter: Meter, standing: Standing): void {
  meter
    .createObservableGauge('openk.instance.role', {
      description: 'Whether this instance decides (`holder`) or stands by (`standby`): 1 or 0.',
    })
    .addCallback((result) => {
      const isHolder = standing.heldBy() === undefined;
      result.observe(isHolder ? 1 : 0, { role: 'holder' });
      result.observe(isHolder ? 0 : 1, { role: 'standby' });
    });
  meter
    .createObservableGauge('openk.instance.behind', {
      description: 'How old what an instance that stands by shows is; 0 for the one that decides.',
      unit: 's',
    })
    .addCallback((result) => result.observe(standing.behindMs() / 1000));
}

/** @param isHeld whether messages about alerts wait since it cannot be proven that nobody else sends them */
export function observeLease(meter: Meter, isHeld: () => boolean): void {
  meter
    .createObservableGauge('openk.alert.sending.held', {
      description:
        'Whether messages about alerts and pings of the watchdog wait, since the lease on the storage cannot be renewed: 1 or 0.',
    })
    .addCallback((result) => result.observe(isHeld() ? 1 : 0));
}

/** How far the store is behind what was published. */
function journalInstruments(meter: Meter) {
  const failing = meter.createObservableGauge('openk.storage.failing', {
    description: 'Whether history cannot be kept at present: 1 or 0. Watching and serving go on.',
  });
  const backlog = meter.createObservableGauge('openk.storage.backlog', {
    description: 'Observations, changes of status, audit entries, alerts and deliveries that are not kept yet.',
    unit: '{record}',
  });
  const dropped = meter.createObservableCounter('openk.storage.dropped', {
    description:
      'Observations, changes of status, audit entries, alerts and deliveries that were given up, since the store failed for too long.',
    unit: '{record}',
  });
  const observeJournal = (result: BatchObservableResult, stats: EngineStats['journal']) => {
    result.observe(failing, stats.failing ? 1 : 0);
    result.observe(backlog, stats.observations, { record: 'observation' });
    result.observe(backlog, stats.transitions, { record: 'transition' });
    result.observe(backlog, stats.auditEntries, { record: 'audit_entry' });
    result.observe(backlog, stats.alerts, { record: 'alert' });
    result.observe(backlog, stats.deliveries, { record: 'delivery' });
    result.observe(dropped, stats.droppedObservations, { record: 'observation' });
    result.observe(dropped, stats.droppedTransitions, { record: 'transition' });
    result.observe(dropped, stats.droppedAuditEntries, { record: 'audit_entry' });
    result.observe(dropped, stats.droppedAlerts, { record: 'alert' });
    result.observe(dropped, stats.droppedDeliveries, { record: 'delivery' });
  };
  return { journal: [failing, backlog, dropped], observeJournal };
}
