// What the log and the readiness page say of the store: damaged files, history that cannot be kept, and that it is kept again.
import type { Logger } from 'pino';
import { StoreFault, type StoreNotice } from '../core/store.ts';
import type { JournalStats } from '../engine/journal.ts';

export interface HistoryLog {
  onNotice(notice: StoreNotice): void;
  /** @param fault undefined once history is kept again */
  onFault(fault: unknown): void;
  /** What is wrong now. */
  notices(): readonly string[];
}

/**
 * @param onIncident called for each thing that happened to the file
 * @param stats of the journal; undefined as long as there is none
 */
export function createHistoryLog(
  logger: Logger,
  onIncident: (kind: string) => void,
  stats: () => JournalStats | undefined,
): HistoryLog {
  /** By kind: the latest. */
  const incidents = new Map<string, string>();
  let currentFault: unknown;
  let droppedBefore = 0;

  const onKeptAgain = () => {
    const { droppedTransitions = 0, droppedObservations = 0, droppedAuditEntries = 0 } = stats() ?? {};
    const { droppedAlerts = 0, droppedDeliveries = 0 } = stats() ?? {};
    const gaps = { droppedTransitions, droppedObservations, droppedAuditEntries, droppedAlerts, droppedDeliveries };
    const dropped = Object.values(gaps).reduce((sum, count) => sum + count, 0);
    if (dropped === droppedBefore) {
      return logger.info('history is kept again, and what waited for it too');
    }
    droppedBefore = dropped;
    logger.error(gaps, 'history is kept again, with gaps: there was no room for all that waited');
  };

  return {
    onNotice({ kind, message }) {
      if (kind === 'waiting') return logger.warn(message);
      incidents.set(kind, message);
      onIncident(kind);
      logger.error({ kind }, message);
    },
    onFault(fault) {
      currentFault = fault;
      if (fault === undefined) onKeptAgain();
      else logger.error({ err: fault }, 'history cannot be kept, watching goes on');
    },
    notices: () => [
      ...(currentFault === undefined ? [] : [`history cannot be kept: ${noticeOf(currentFault)}`]),
      ...incidents.values(),
    ],
  };
}

/** Of a defect of ours the log says more. */
function noticeOf(fault: unknown): string {
  return fault instanceof StoreFault ? fault.message : 'internal error';
}
