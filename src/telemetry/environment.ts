// The standard OTEL_* variables (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables), as far as they
// decide what is started. Headers, compression and time-outs of OTLP the exporters read themselves.
import type { Sampler } from '@opentelemetry/sdk-trace';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';

export type Environment = Readonly<Record<string, string | undefined>>;
export const SIGNALS = ['traces', 'metrics', 'logs'] as const;
export type Signal = (typeof SIGNALS)[number];

const BASE_ENDPOINT = 'OTEL_EXPORTER_OTLP_ENDPOINT';

/** Whether nothing at all is to be observed. */
export function isDisabled(env: Environment): boolean {
  return env.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true';
}

/** Variables that name no place to send to. Their values may hold a secret, and are not shown. */
export function findEndpointFaults(env: Environment): { readonly variable: string; readonly message: string }[] {
  if (isDisabled(env)) return [];
  const wrong = new Set<string>();
  for (const signal of SIGNALS) {
    const own = ownEndpoint(signal);
    const variable = env[own] ? own : BASE_ENDPOINT;
    const isWritten = otlpUrl(env, signal) !== undefined && Boolean(env[variable]);
    if (isWritten && !/^https?:$/.test(URL.parse(env[variable]!)?.protocol ?? '')) wrong.add(variable);
  }
  return Array.from(wrong, (variable) => ({ variable, message: 'is not a URL such as http://localhost:4318' }));
}

/** Where the signal goes over OTLP/HTTP; undefined when it is off, which it is unless somebody names an exporter or an endpoint. */
export function otlpUrl(env: Environment, signal: Signal): string | undefined {
  const exporters = env[`OTEL_${signal.toUpperCase()}_EXPORTER`];
  // An empty variable is one that is not set, as the specification has it.
  const own = env[ownEndpoint(signal)];
  const base = env[BASE_ENDPOINT];
  const isWanted = exporters ? exporters.split(',').includes('otlp') : Boolean(own || base);
  if (!isWanted) return undefined;
  return own || `${(base || 'http://localhost:4318').replace(/\/$/, '')}/v1/${signal}`;
}

function ownEndpoint(signal: Signal): string {
  return `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`;
}

/** `parentbased_always_on` unless OTEL_TRACES_SAMPLER says otherwise. */
export function createSampler(env: Environment): Sampler {
  const name = env.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on';
  const ratio = Number(env.OTEL_TRACES_SAMPLER_ARG ?? '1');
  const root = createRootSampler(name.replace(/^parentbased_/, ''), ratio);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

function createRootSampler(name: string, ratio: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler();
  if (name === 'traceidratio') return new TraceIdRatioBasedSampler(Number.isFinite(ratio) ? ratio : 1);
  return new AlwaysOnSampler();
}

/** How often metrics are sent, and how long one sending may take, in milliseconds. */
export function metricInterval(env: Environment) {
  const exportIntervalMillis = positive(env.OTEL_METRIC_EXPORT_INTERVAL) ?? 60_000;
  const exportTimeoutMillis = positive(env.OTEL_METRIC_EXPORT_TIMEOUT) ?? 30_000;
  return { exportIntervalMillis, exportTimeoutMillis: Math.min(exportIntervalMillis, exportTimeoutMillis) };
}

/** How spans (`BSP`) and log records (`BLRP`) are batched, where a variable says so. */
export function batchLimits(env: Environment, processor: 'BSP' | 'BLRP') {
  const limits = {
    scheduledDelayMillis: positive(env[`OTEL_${processor}_SCHEDULE_DELAY`]),
    exportTimeoutMillis: positive(env[`OTEL_${processor}_EXPORT_TIMEOUT`]),
    maxQueueSize: positive(env[`OTEL_${processor}_MAX_QUEUE_SIZE`]),
    maxExportBatchSize: positive(env[`OTEL_${processor}_MAX_EXPORT_BATCH_SIZE`]),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
