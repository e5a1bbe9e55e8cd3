// The names of all metrics that an OpenK exports once each of its instruments has recorded something.
import { pino } from 'pino';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { parsePrometheusText } from './prometheus-text.ts';

export async function exportedNames(): Promise<ReadonlySet<string>> {
  const telemetry = createTelemetry({
    version: '1.2.3',
    env: {},
    logger: pino({ level: 'silent' }),
    monotonicMs: () => performance.now(),
  });
  const reason = { code: 'OK', message: 'fine' };
  telemetry.watch({ ids: () => ['db'], health: () => ({ status: 'HEALTHY' }) });
  telemetry.engine.onLag(3);
  telemetry.engine.onProbeRun({ id: 'db', kind: 'tcp', observation: { outcome: 'HEALTHY', reason, latencyMs: 2 } });
  telemetry.engine.onTransition({
    from: 'UNKNOWN',
    health: { component: 'db', status: 'HEALTHY', sinceMs: 0, reason, causedBy: [], revision: 1 },
  });
  const visit = telemetry.calls.visit({ httpMethod: 'GET', path: '/nothing', headers: {}, peer: undefined });
  visit.end({ httpStatus: 404, grpcStatus: undefined });
  let text = '';
  for await (const chunk of telemetry.metricsText()) text += chunk;
  await telemetry.close();
  return new Set(parsePrometheusText(text).samples.map(({ name }) => name));
}
