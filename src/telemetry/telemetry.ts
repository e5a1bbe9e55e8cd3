// All telemetry of OpenK itself, put together: observers of calls, listeners of the engine, the text of /metrics. The
// composition root hands each part to who needs it.
import type { AlertReader } from '../core/alert.ts';
import type { DecisionSubscriber } from '../engine/decision.ts';
import type { EngineListener } from '../engine/engine.ts';
import type { Standing } from '../engine/instance.ts';
import type { TraceRun } from '../engine/prober.ts';
import type { WorkerStats } from '../engine/worker-ports.ts';
import { callDurationsMetric } from './call-durations-metric.ts';
import { type CallLogger, createCallLogging } from './calls/logging.ts';
import { createCallMetrics } from './calls/metrics.ts';
import { type CallTelemetry, createCallTelemetry } from './calls/observe-calls.ts';
import { createRequestMetrics } from './calls/request-metrics.ts';
import { createCallTracing } from './calls/tracing.ts';
import { createCertificates } from './certificates.ts';
import type { ComponentReader } from './component-columns.ts';
import { componentMetrics, componentsText, type WrittenBlocks } from './component-metrics.ts';
import { discoveryMetrics, type ShownSource } from './discovery-metrics.ts';
import {
  createEngineMetrics,
  observeAlerts,
  observeDeliveries,
  observeEngine,
  observeLease,
  observeStanding,
  type ShownStats,
} from './engine-metrics.ts';
import { createRunTracing, createUntracedRuns } from './engine-traces.ts';
import { type Environment, isDisabled, readEnvironment } from './environment.ts';
import { createRedaction, findPairFaults } from './environment-pairs.ts';
import { keyMetrics, type ShownKey } from './key-metrics.ts';
import { observeProcess } from './process-metrics.ts';
import { createPropagation } from './propagation.ts';
import { createProviders } from './providers.ts';
import { logSdk } from './sdk-log.ts';
import { emitStatusChange } from './transition-logs.ts';
import { type OwnWork, workerMetrics } from './worker-metrics.ts';

export interface TelemetryOptions {
  readonly version: string;
  readonly env: Environment;
  readonly logger: CallLogger;
  readonly monotonicMs: () => number;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
  /** Fills the array with random bytes, all of it. */
  readonly fillRandom: (bytes: Uint8Array) => void;
  /** Lines of the log that were dropped since the start. */
  readonly droppedLines?: () => number;
  /** Aborted when OpenK is to end. Default: never. */
  readonly draining?: AbortSignal;
}

/** Where a defect came from: the port, a probe, or a channel of alerts. */
export type DefectSource = 'server' | 'probe' | 'channel';

export interface Telemetry {
  /** Undefined where telemetry is off: calls then pass nothing of it. */
  readonly calls: CallTelemetry | undefined;
  readonly engine: Pick<EngineListener, 'onProbeRun' | 'onLag'>;
  /** Counts and logs changes of status. */
  readonly subscribers: readonly DecisionSubscriber[];
  readonly traceRun: TraceRun;
  /** Whose components and figures are shown. To be called once, when the engine is there. */
  watch(engine: {
    readonly aggregator: ComponentReader;
    readonly alerts: Pick<AlertReader, 'list'>;
    stats(): ShownStats;
  }): void;
  /** Whose keys are shown. To be called once. */
  watchKeys(keys: () => readonly ShownKey[]): void;
  /** @param waiting messages about alerts in memory, by channel */
  watchDeliveries(waiting: () => ReadonlyMap<string, number>): void;
  watchStanding(standing: Standing): void;
  /** @param isHeld whether they wait for a lease */
  watchLease(isHeld: () => boolean): void;
  /** Sources of components. To be called once. */
  watchDiscovery(sources: () => ReadonlyMap<string, ShownSource>): void;
  /** Who probes: workers that are there, and this instance itself where it shares the probes. To be called once. */
  watchWorkers(workers: () => readonly WorkerStats[], own: () => OwnWork | undefined): void;
  onReload(ok: boolean): void;
  /** @param limit the key of the configuration, below `limits` */
  onLimitRefusal(limit: string): void;
  /** What was thrown where nothing should be. */
  onDefect(source: DefectSource): void;
  /** Something happened to the file of the store: damaged, deleted, replaced. */
  onStorageIncident(kind: string): void;
  /** An attempt to send a message about an alert ended, or it needs none. */
  onDelivery(channel: string, outcome: string): void;
  /**
   * /metrics, chunk by chunk: between two of them the event loop is free to answer calls. One that is no text is the same object as long as
   * it says the same. Undefined where telemetry is off.
   */
  readonly metricsText: MetricsText | undefined;
  /** Sends what is left, and ends. Never rejects. */
  close(): Promise<void>;
}

/** How long the text of components is written in one go. */
const SLICE_MS = 5;

/** @param only the components that it is about, and nothing else. Default: everything */
export type MetricsText = (only?: ComponentReader) => AsyncGenerator<string | { toString(): string }>;

/** Telemetry that is on. */
export interface RunningTelemetry extends Telemetry {
  readonly calls: CallTelemetry;
  readonly engine: Required<Telemetry['engine']>;
  readonly metricsText: MetricsText;
}

/** `OTEL_SDK_DISABLED=true` is off: nothing is observed, and nothing of the SDK is made. Targets are told of traces all the same. */
export async function createTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  if (!isDisabled(options.env)) return startTelemetry(options);
  const { variables, warnings } = readEnvironment(options.env);
  for (const { variable, message } of warnings) {
    if (variable === 'OTEL_PROPAGATORS') options.logger.warn({ variable }, `${variable}: ${message}`);
  }
  const propagation = createPropagation(variables);
  return { ...OFF, traceRun: createUntracedRuns(propagation, options.fillRandom) };
}

const OFF: Omit<Telemetry, 'traceRun'> = {
  calls: undefined,
  engine: {},
  subscribers: [],
  watch() {},
  watchKeys() {},
  watchDeliveries() {},
  watchLease() {},
  watchDiscovery() {},
  watchStanding() {},
  watchWorkers() {},
  onReload() {},
  onLimitRefusal() {},
  onDefect() {},
  onStorageIncident() {},
  onDelivery() {},
  metricsText: undefined,
  async close() {},
};

/** On, whatever the environment says. */
export async function startTelemetry(options: TelemetryOptions): Promise<RunningTelemetry> {
  const { version, env, logger, monotonicMs, nowMs, fillRandom, droppedLines = () => 0, draining } = options;
  let reader: ComponentReader | undefined;
  let readKeys: () => readonly ShownKey[] = () => [];
  let readWorkers: () => readonly WorkerStats[] = () => [];
  let readOwn: () => OwnWork | undefined = () => undefined;
  let readSources: () => ReadonlyMap<string, ShownSource> = () => new Map();
  const certificates = createCertificates();
  const written = new WeakMap<ComponentReader, WrittenBlocks>();
  let reloadOk = true;
  const environment = readEnvironment(env);
  const redact = createRedaction(environment);
  for (const { variable, message } of [...environment.warnings, ...findPairFaults(environment)]) {
    logger.warn({ variable }, `${variable}: ${message}`);
  }
  if (environment.sent.size > 0) logSdk(logger, environment, redact);
  const { expiresMs } = certificates;
  const callDurations = () => callDurationsMetric(callMetrics.durations(), nowMs());
  const providers = await createProviders({
    version,
    environment,
    collectForScrape: () => [
      callDurations(),
      ...keyMetrics(readKeys(), nowMs()),
      ...discoveryMetrics(readSources(), nowMs()),
      ...workerMetrics(readWorkers(), readOwn(), nowMs()),
    ],
    onExportChange(signal, error) {
      if (error === undefined) logger.info({ signal }, 'telemetry is sent again');
      else logger.warn({ signal, error: redact(error.message) }, 'telemetry cannot be sent: is the collector there?');
    },
    collectForPush: () => [
      callDurations(),
      ...keyMetrics(readKeys(), nowMs()),
      ...discoveryMetrics(readSources(), nowMs()),
      ...workerMetrics(readWorkers(), readOwn(), nowMs()),
      ...(reader === undefined ? [] : componentMetrics(reader, expiresMs, nowMs())),
    ],
  });
  const { meter, tracer } = providers;
  const propagation = createPropagation(environment.variables);
  const callMetrics = createCallMetrics(meter, nowMs);
  const callTracing = tracer && createCallTracing(tracer, propagation);
  const engineMetrics = createEngineMetrics(meter);
  const stopProcess = observeProcess(meter);
  meter
    .createObservableGauge('openk.config.last_reload_successful', {
      description: 'Whether the last reload of the configuration was taken: 1 or 0.',
    })
    .addCallback((result) => result.observe(reloadOk ? 1 : 0));
  const reloads = meter.createCounter('openk.config.reloads', {
    description: 'Reloads of the configuration, by whether it was taken or refused.',
    unit: '{reload}',
  });
  const refusals = meter.createCounter('openk.limit.refusals', {
    description: 'What was refused because of a limit, by the key of the limit in the configuration.',
    unit: '{refusal}',
  });
  const defects = meter.createCounter('openk.defects', {
    description:
      'Faults of OpenK itself that ended a connection or a probe run, by where they came from. Each stands in the log.',
    unit: '{defect}',
  });
  const incidents = meter.createCounter('openk.storage.incidents', {
    description: 'What happened to the file of the storage, by kind: damaged, deleted, replaced.',
    unit: '{incident}',
  });
  const deliveries = meter.createCounter('openk.alert.deliveries', {
    description:
      'Messages about alerts, by channel: accepted, failed (given up), dropped (needless before anybody was told); and attempts that are to be repeated: retried.',
    unit: '{delivery}',
  });
  meter
    .createObservableCounter('openk.log.lines.dropped', {
      description: 'Lines of the log that were dropped, since nobody read them in time.',
      unit: '{line}',
    })
    .addCallback((result) => result.observe(droppedLines()));
  const observers = [
    callMetrics.observe,
    ...(callTracing === undefined ? [] : [callTracing.observe]),
    createCallLogging({
      logger,
      monotonicMs,
      propagation,
      ...(draining && { draining }),
      ...(callTracing && { traceIdOf: callTracing.traceIdOf }),
    }),
  ];
  return {
    calls: createCallTelemetry({ observers, onRequest: createRequestMetrics(meter), monotonicMs }),
    engine: {
      onLag: engineMetrics.onLag,
      onProbeRun(run) {
        engineMetrics.onProbeRun(run);
        certificates.see(run.id, reader?.definition(run.id), run.observation.certificateExpiresMs);
      },
    },
    subscribers: [
      ({ statusChanges }) => statusChanges.forEach(engineMetrics.countStatusChange),
      ({ statusChanges, trace }) => {
        for (const change of statusChanges) emitStatusChange(providers.logger, change, trace);
      },
    ],
    traceRun: tracer ? createRunTracing(tracer, propagation) : createUntracedRuns(propagation, fillRandom),
    watch({ aggregator, alerts, stats }) {
      reader = aggregator;
      observeEngine(meter, stats);
      observeAlerts(meter, alerts);
    },
    watchDeliveries: (waiting) => observeDeliveries(meter, waiting),
    watchStanding: (standing) => observeStanding(meter, standing),
    watchLease: (isHeld) => observeLease(meter, isHeld),
    watchKeys(keys) {
      readKeys = keys;
    },
    watchDiscovery(sources) {
      readSources = sources;
    },
    watchWorkers(workers, own) {
      readWorkers = workers;
      readOwn = own;
    },
    onReload(ok) {
      reloadOk = ok;
      if (ok) certificates.forgetOthers((id) => reader?.definition(id) !== undefined);
      reloads.add(1, { result: ok ? 'taken' : 'refused' });
    },
    onDefect: (source) => defects.add(1, { source }),
    onLimitRefusal: (limit) => refusals.add(1, { limit }),
    onStorageIncident: (kind) => incidents.add(1, { kind }),
    onDelivery: (channel, outcome) => deliveries.add(1, { channel, outcome }),
    async *metricsText(only) {
      if (only === undefined) yield await providers.scrape.text();
      const shown = only ?? reader;
      if (shown === undefined) return;
      const blocks = written.get(shown) ?? { blocks: [] };
      written.set(shown, blocks);
      let endMs = monotonicMs() + SLICE_MS;
      for (const slice of componentsText(shown, expiresMs, blocks)) {
        if (slice !== '') yield slice;
        if (monotonicMs() < endMs) continue;
        await turnOfTheLoop();
        endMs = monotonicMs() + SLICE_MS;
      }
    },
    async close() {
      stopProcess();
      await providers.close();
    },
  };
}

function turnOfTheLoop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}
