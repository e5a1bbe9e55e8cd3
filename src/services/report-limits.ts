// How often components and clients may report. A report that makes things worse is never refused (ADR 24): each needs a
// better one before it, and those are counted, so that it opens no way around the limit.
import type { Outcome } from '../core/status.ts';
import type { HealthReporter } from '../engine/health-ports.ts';
import { refusal } from '../errors/to-connect.ts';
import { createTokenBuckets } from './token-buckets.ts';

export interface ReportLimitsOptions {
  readonly reporter: Pick<HealthReporter, 'worsens'>;
  /** Of one component. */
  readonly perSecond: number;
  /** Of one client, whatever it reports of. */
  readonly perSecondPerClient: number;
  readonly monotonicMs: () => number;
  /** Receives the key of the configuration that refused. Must not throw. */
  readonly onRefused?: (limit: ReportLimit) => void;
}

export type ReportLimit = 'reports_per_second' | 'reports_per_second_per_client';

export interface ReportLimits {
  /** Counts a report. @throws TOO_MANY_REPORTS */
  admit(report: { readonly component: string; readonly client: string; readonly outcome: Outcome }): void;
}

/** Reported components are among those of the configuration, clients may be anybody. */
const MAX_COMPONENTS = 100_000;
const MAX_CLIENTS = 20_000;

export function createReportLimits(options: ReportLimitsOptions): ReportLimits {
  const { reporter, perSecond, perSecondPerClient, monotonicMs, onRefused } = options;
  const components = createTokenBuckets({ perSecond, maxKeys: MAX_COMPONENTS, monotonicMs });
  const clients = createTokenBuckets({ perSecond: perSecondPerClient, maxKeys: MAX_CLIENTS, monotonicMs });
  return {
    admit({ component, client, outcome }) {
      const componentMs = components.waitMs(component);
      const clientMs = clients.waitMs(client);
      const waitMs = Math.max(componentMs, clientMs);
      if (waitMs > 0 && !reporter.worsens(component, outcome)) {
        const limit = componentMs > 0 ? 'reports_per_second' : 'reports_per_second_per_client';
        onRefused?.(limit);
        throw refusal('TOO_MANY_REPORTS', {
          limit,
          perSecond: componentMs > 0 ? perSecond : perSecondPerClient,
          waitMs,
        });
      }
      components.take(component);
      clients.take(client);
    },
  };
}
