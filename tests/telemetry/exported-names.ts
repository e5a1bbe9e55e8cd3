// What an OpenK exports once each of its instruments has recorded something.
import { randomFillSync } from 'node:crypto';
import { pino } from 'pino';
import { standingOf } from '../../src/core/slo/budget.ts';
import type { SloDefinition } from '../../src/core/slo/objective.ts';
import { createTimeline } from '../../src/core/slo/timeline.ts';
import type { Decision } from '../../src/engine/decision.ts';
import { startTelemetry } from '../../src/telemetry/telemetry.ts';
import { parsePrometheusText } from './prometheus-text.ts';

/** The names of all samples. */
const KEPT = {
  failing: false,
  observations: 0,
  transitions: 0,
  auditEntries: 0,
  states: 0,
  droppedObservations: 0,
  droppedTransitions: 0,
  droppedAuditEntries: 0,
  alerts: 0,
  deliveries: 0,
  droppedAlerts: 0,
  droppedDeliveries: 0,
};

/** No component is both; all there is to say of any is said of one. */
const MEMBERS = { total: 0, healthy: 0, degraded: 0, unhealthy: 0, unknown: 0, maintenance: 0, ignored: 0 };
const PROBE = {
  kind: 'tcp',
  options: {},
  fingerprint: '1',
  schedule: {
    intervalMs: 1,
    unhealthyIntervalMs: 1,
    timeoutMs: 1,
    healthyThreshold: 1,
    unhealthyThreshold: 1,
    staleAfterMs: 1,
  },
};

export async function exportedNames(): Promise<ReadonlySet<string>> {
  return new Set(parsePrometheusText(await exportedText()).samples.map(({ name }) => name));
}

/** What /metrics answers. */
export async function exportedText(): Promise<string> {
  const telemetry = await startTelemetry({
    version: '1.2.3',
    env: {},
    logger: pino({ level: 'silent' }),
    monotonicMs: () => performance.now(),
    nowMs: Date.now,
    fillRandom: randomFillSync,
  });
  const reason = { code: 'OK', message: 'fine' };
  telemetry.watch({
    aggregator: {
      ids: () => ['db'],
      health: () => ({ status: 'HEALTHY', causedBy: [], memberCounts: MEMBERS, latencyMs: 2 }),
      definition: () => ({ labels: { team: 'payments' }, subject: { type: 'probe', ...PROBE }, slo: SLO }),
      slo: () => standingOf(SLO, createTimeline('HEALTHY', 0), 1_000),
    },
    alerts: { list: () => [] },
    stats: () => ({ components: 1, subscribers: 0, jobs: 1, inFlight: 0, queued: 0, journal: KEPT }),
  });
  telemetry.watchDiscovery(
    () => new Map([['shop', { targets: 1, leftOut: 0, faulty: 0, failures: 1, succeededMs: 1 }]]),
  );
  telemetry.watchDeliveries(() => new Map([['hook', 1]]));
  telemetry.watchLease(() => false);
  telemetry.watchStanding({ heldBy: () => undefined, behindMs: () => 0, isOutdated: () => false });
  telemetry.onReload(true);
  telemetry.onDelivery('hook', 'accepted');
  telemetry.engine.onLag(3);
  telemetry.engine.onProbeRun({
    id: 'db',
    kind: 'tcp',
    observation: { outcome: 'HEALTHY', reason, latencyMs: 2, certificateExpiresMs: 4 },
  });
  const health = { component: 'db', status: 'HEALTHY', sinceMs: 0, reason, causedBy: [], revision: 1 } as const;
  const decision: Decision = {
    revision: 1,
    atMs: 0,
    records: [],
    changed: [health],
    removed: [],
    statusChanges: [{ from: 'UNKNOWN', health }],
    saved: [],
    structure: undefined,
    reread: [],
    trace: undefined,
  };
  for (const subscriber of telemetry.subscribers) subscriber(decision);
  // A call that no method takes.
  const visit = telemetry.calls.visit({
    httpMethod: 'POST',
    path: '/acme.Pay/Nothing',
    headers: { 'content-type': 'application/grpc' },
    scheme: 'http',
    peer: undefined,
  });
  visit.end({ httpStatus: 200, grpcStatus: 12 });
  let text = '';
  for await (const chunk of telemetry.metricsText()) text += chunk;
  await telemetry.close();
  return text;
}

const SLO: SloDefinition = {
  objective: 99,
  windowMs: 2_592_000_000,
  good: ['HEALTHY'],
  excluded: [],
  isUnknownBad: false,
  lookMs: 1_000,
};
