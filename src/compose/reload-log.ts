// What the log says of the configuration: of the first one, of each that is gone over to, and of those that are not.
import type { Logger } from 'pino';
import { nameSome } from '../config/apply/removed-components.ts';
import { needsRestart } from '../config/apply/restart.ts';
import { type Fault, formatFault } from '../config/fault.ts';
import type { LoadedConfig } from '../config/read-config.ts';

export interface ReloadLog {
  /** @param removed ids of components that it has no more */
  onReloaded(next: LoadedConfig, removed: readonly string[]): void;
  onFaults(faults: readonly Fault[]): void;
  onFailure(error: unknown): void;
}

/** @param first what the start is with */
export function createReloadLog(logger: Logger, first: LoadedConfig): ReloadLog {
  const warnOf = (faults: readonly Fault[]) => {
    if (faults.length > 0) logger.warn({ warnings: faults.map(formatFault) }, 'the configuration may not hold');
  };
  const { written } = first;
  warnOf(first.warnings);
  return {
    onReloaded(next, removed) {
      warnOf(next.warnings);
      if (removed.length > 0) {
        logger.warn(
          { removed: removed.length, components: nameSome(removed) },
          'the configuration has components no more',
        );
      }
      logger.info({ components: next.system.components.length }, 'configuration reloaded');
      const ignored = needsRestart(written, next.written);
      if (ignored.length > 0) logger.warn({ keys: ignored }, 'some changes take effect at the next start only');
    },
    onFaults: (faults) =>
      logger.error({ faults: faults.map(formatFault) }, 'the configuration is wrong, the one before it stays'),
    onFailure: (error) => logger.error({ err: error }, 'the configuration could not be reloaded'),
  };
}
