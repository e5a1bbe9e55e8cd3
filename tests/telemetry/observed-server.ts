// A server of OpenK's own services whose handlers do what the name of the component says, with the real telemetry around
// them, and what that telemetry has counted: for tests of which observation each outcome makes.
import { randomFillSync } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { pino } from 'pino';
import type { Health } from '../../gen/grpc/health/v1/health_pb.ts';
import type { HealthService } from '../../gen/openk/health/v1/health_pb.ts';
import { refusal } from '../../src/errors/to-connect.ts';
import { createRequestValidator } from '../../src/services/assert-valid.ts';
import { createRoutes } from '../../src/services/routes.ts';
import { startTelemetry } from '../../src/telemetry/telemetry.ts';
import { createServer } from '../../src/transport/server.ts';
import { createOpenAdmission, NO_COMPONENTS } from '../support/open-admission.ts';
import { parsePrometheusText, type Scrape } from './prometheus-text.ts';
import '../support/one-realm.ts';

/** Components, and so what the handlers do. */
export const WELL = 'well';
export const MISSING = 'missing';
export const BROKEN = 'broken';
/** Waits until its signal fires. */
export const WAITING = 'waiting';

export const REQUEST_BYTES = 4096;

export interface ObservedServer {
  readonly url: string;
  scrape(): Promise<Scrape>;
  /** Settles once a handler waits. */
  callWaits(): Promise<void>;
  /** Settles when a request is open. */
  callOpens(): Promise<void>;
  /** Settles once no request is open. */
  quiet(): Promise<void>;
  /** From now on new calls are refused. */
  drain(): void;
  close(): Promise<void>;
}

export async function startObservedServer({ pipeline }: { readonly pipeline: boolean }): Promise<ObservedServer> {
  const logger = pino({ level: 'silent' });
  const telemetry = await startTelemetry({
    version: '1.2.3',
    env: {},
    logger,
    monotonicMs: () => performance.now(),
    nowMs: Date.now,
    fillRandom: randomFillSync,
  });
  const draining = new AbortController();
  let waiting = 0;

  const run = async (component: string, { signal }: HandlerContext): Promise<void> => {
    if (component === MISSING) throw refusal('COMPONENT_NOT_FOUND', { components: [component] });
    if (component === BROKEN) throw new Error('a defect');
    if (component !== WAITING) return;
    const { promise, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    waiting++;
    await promise.finally(() => {
      waiting--;
      signal.removeEventListener('abort', onAbort);
    });
  };
  const healthService: Partial<ServiceImpl<typeof HealthService>> = {
    async getHealth({ component }, context) {
      await run(component, context);
      return { health: { component } };
    },
    async reportHealth() {
      return {};
    },
    async *watchHealth({ components: [component = ''] }, context) {
      yield { event: { case: 'keepAlive', value: { revision: 1n } } };
      await run(component, context);
    },
  };
  const server = await createServer({
    listen: { host: '127.0.0.1', port: 0 },
    admission: createOpenAdmission(),
    corsOrigins: [],
    requestBytes: REQUEST_BYTES,
    drainTimeoutMs: 1000,
    routes: createRoutes({
      healthService: healthService as ServiceImpl<typeof HealthService>,
      grpcHealthService: {} as ServiceImpl<typeof Health>,
      validator: createRequestValidator(),
      logDefect: () => {},
    }),
    pipeline,
    health: {
      readerOf: () => NO_COMPONENTS,
      readiness: { checks: () => [], notices: () => [] },
    },
    telemetry: telemetry.calls,
    metricsText: telemetry.metricsText,
    draining,
    logger,
  });
  const url = await server.listen();
  return {
    url,
    async scrape() {
      let text = '';
      for await (const chunk of telemetry.metricsText()) text += chunk;
      return parsePrometheusText(text);
    },
    async callWaits() {
      while (waiting === 0) await setImmediate();
    },
    async callOpens() {
      while (server.openCalls() === 0) await setImmediate();
    },
    async quiet() {
      while (server.openCalls() > 0 || waiting > 0) await setImmediate();
    },
    drain: () => draining.abort(refusal('SHUTTING_DOWN', {})),
    async close() {
      await server.close();
      await telemetry.close();
    },
  };
}

/** What one histogram counted between two scrapes: labels as `name=value`, sorted, and how often. */
export function grown(before: Scrape, after: Scrape, name: string): Record<string, number> {
  const result: Record<string, number> = {};
  for (const { labels, value } of after.find(name)) {
    const known = before.samples.find((sample) => sample.name === name && isSame(sample.labels, labels));
    const growth = value - (known?.value ?? 0);
    const key = Object.entries(labels).map(([label, text]) => `${label}=${text}`);
    if (growth > 0) result[key.sort().join(' ')] = growth;
  }
  return result;
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}
