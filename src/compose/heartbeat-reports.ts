// What heartbeats say, within the limits of the configuration, for the audit log and the log.
import type { Logger } from 'pino';
import type { LoadedConfig } from '../config/read-config.ts';
import type { Clock } from '../core/clock.ts';
import type { Engine } from '../engine/engine.ts';
import { createReports, type Reports } from '../services/report-health.ts';
import { createReportLimits } from '../services/report-limits.ts';
import type { ReaderOf } from '../services/visible-readers.ts';

export interface HeartbeatReportsOptions {
  /** At the start. */
  readonly limits: LoadedConfig['limits'];
  readonly engine: Engine;
  readonly readerOf: ReaderOf;
  readonly clock: Clock;
  readonly logger: Logger;
  /** @param limit the key of the configuration, below `limits` */
  readonly onLimitRefusal: (limit: string) => void;
}

export function createHeartbeatReports(options: HeartbeatReportsOptions): Reports {
  const { limits, engine, readerOf, clock, logger, onLimitRefusal } = options;
  return createReports({
    readerOf,
    reporter: engine.aggregator,
    limits: createReportLimits({
      reporter: engine.aggregator,
      perSecond: limits.reportsPerSecond,
      perSecondPerClient: limits.reportsPerSecondPerClient,
      monotonicMs: () => clock.monotonicMs(),
      onRefused: onLimitRefusal,
    }),
    audit(change) {
      engine.audit(change);
      // At the level of changes of status, since it is as rare: reports that say the same are none.
      const { principal, address, component, detail } = change;
      logger.info({ principal, address, component, detail }, 'reported');
    },
  });
}
