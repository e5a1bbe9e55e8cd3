// Everything that OpenK tells of itself, put together: observers of calls, listeners of the engine, the text of /metrics. The
// composition root hands each part to who needs it.
import { type Logger as OtelLogger, SeverityNumber } from '@opentelemetry/api';
import type { EngineListener, TraceRun } from '../engine/engine.ts';
import { type CallLogger, createCallLogging } from '../rpc/interceptors/logging.ts';
import { createCallMetrics } from '../rpc/interceptors/metrics.ts';
import { type CallTelemetry, createCallTelemetry } from '../rpc/interceptors/observe-calls.ts';
import { createCallTracing } from '../rpc/interceptors/tracing.ts';
import { observeStatuses, type StatusReader, statusText } from './component-status.ts';
import { createEngineMetrics } from './engine-metrics.ts';
import { createRunTracing } from './engine-traces.ts';
import type { Environment } from './environment.ts';
import { observeProcess } from './process-metrics.ts';
import { createProviders } from './providers.ts';

export interface TelemetryOptions {
  readonly version: string;
  readonly env: Environment;
  readonly logger: CallLogger;
  readonly monotonicMs: () => number;
}

export interface Telemetry {
  readonly calls: CallTelemetry;
  readonly engine: Required<Pick<EngineListener, 'onTransition' | 'onProbeRun' | 'onLag'>>;
  /** Undefined where no traces are sent. */
  readonly traceRun: TraceRun | undefined;
  /** Whose components are shown. To be called once, when the engine is there. */
  watch(reader: StatusReader): void;
  onReload(ok: boolean): void;
  /** /metrics, chunk by chunk: between two of them the event loop is free to answer calls. */
  metricsText(): AsyncGenerator<string>;
  /** Sends what is left, and ends. Never rejects. */
  close(): Promise<void>;
}

export function createTelemetry({ version, env, logger, monotonicMs }: TelemetryOptions): Telemetry {
  const providers = createProviders({ version, env });
  const { meter, tracer, pushMeter } = providers;
  const engineMetrics = createEngineMetrics(meter);
  const stopProcess = observeProcess(meter);
  let reader: StatusReader | undefined;
  let reloadOk = true;
  meter
    .createObservableGauge('openk.config.last_reload_successful', {
      description: 'Whether the last reload of the configuration was taken: 1 or 0.',
    })
    .addCallback((result) => result.observe(reloadOk ? 1 : 0));
  const observers = [
    createCallMetrics(meter),
    ...(tracer === undefined ? [] : [createCallTracing(tracer)]),
    createCallLogging({ logger }),
  ];
  return {
    calls: createCallTelemetry(observers, monotonicMs),
    engine: {
      ...engineMetrics,
      onTransition(transition) {
        engineMetrics.onTransition(transition);
        emitTransition(providers.logger, transition);
      },
    },
    traceRun: tracer && createRunTracing(tracer),
    watch(hub) {
      reader = hub;
      if (pushMeter !== undefined) observeStatuses(pushMeter, hub);
    },
    onReload(ok) {
      reloadOk = ok;
    },
    async *metricsText() {
      yield await providers.scrape.text();
      if (reader === undefined) return;
      for (const slice of statusText(reader)) {
        yield slice;
        await turnOfTheLoop();
      }
    },
    async close() {
      stopProcess();
      await providers.close();
    },
  };
}

function emitTransition(logger: OtelLogger, { from, health }: Parameters<EngineMetricsTransition>[0]): void {
  const isBad = health.status === 'UNHEALTHY';
  logger.emit({
    eventName: 'openk.transition',
    severityNumber: isBad ? SeverityNumber.WARN : SeverityNumber.INFO,
    severityText: isBad ? 'WARN' : 'INFO',
    body: `${health.component} went from ${from} to ${health.status}: ${health.reason.message}`,
    attributes: {
      'openk.component': health.component,
      'openk.from': from,
      'openk.to': health.status,
      'openk.reason': health.reason.code,
    },
  });
}

type EngineMetricsTransition = NonNullable<EngineListener['onTransition']>;

function turnOfTheLoop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}
