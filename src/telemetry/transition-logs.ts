// A log record for each change of status, in the trace of the probe run that brought it about.
import { type Logger, ROOT_CONTEXT, SeverityNumber, trace } from '@opentelemetry/api';
import { reasonText } from '../core/observation.ts';
import type { StatusChange, Trace } from '../engine/decision.ts';

export function emitStatusChange(logger: Logger, { from, health }: StatusChange, run: Trace | undefined): void {
  const isBad = health.status === 'UNHEALTHY';
  logger.emit({
    eventName: 'openk.transition',
    severityNumber: isBad ? SeverityNumber.WARN : SeverityNumber.INFO,
    severityText: isBad ? 'WARN' : 'INFO',
    body: `${health.component} went from ${from} to ${health.status}: ${reasonText(health.reason)}`,
    attributes: {
      'openk.component': health.component,
      'openk.from': from,
      'openk.to': health.status,
      'openk.reason': health.reason.code,
    },
    context: run === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, run),
  });
}
