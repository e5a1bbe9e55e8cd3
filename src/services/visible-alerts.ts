// Alerts as somebody sees them: an alert of a component that does not exist for him does not either, and neither do causes and
// consequences. The words of reasons and links say what is behind a component (EXPLAIN); who has acknowledged is for those who
// work on it.
import type { Principal } from '../auth/principal.ts';
import type { Alert, AlertReader } from '../core/alert.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { wordless } from './without-words.ts';

export interface VisibleAlerts {
  /** All that are not over, the newest first. */
  list(): readonly Alert[];
  /** One that is not over. */
  find(id: string): Alert | undefined;
  /** The same alert for the same one, where all components are seen; undefined: there is none for him. */
  shown(alert: Alert): Alert | undefined;
}

export type AlertsOf = (principal: Pick<Principal, 'scopes' | 'selection'>) => VisibleAlerts;

/** Whether a caller sees who has acknowledged, and made what keeps alerts away. */
export function seesAuthors({ scopes }: Pick<Principal, 'scopes'>): boolean {
  return scopes.has('EXPLAIN') || scopes.has('OPERATE');
}

/** @param reader everything that there is */
export function createVisibleAlerts(
  alerts: Pick<AlertReader, 'list' | 'find'>,
  reader: Pick<HealthReader, 'definition'>,
): AlertsOf {
  const partsOf = { bare: new WeakMap<Alert, Alert>(), authored: new WeakMap<Alert, Alert>() };

  const inWordsFor = (alert: Alert, principal: Pick<Principal, 'scopes'>): Alert => {
    if (principal.scopes.has('EXPLAIN')) return alert;
    const hasAuthors = seesAuthors(principal);
    const known = hasAuthors ? partsOf.authored : partsOf.bare;
    let made = known.get(alert);
    if (made === undefined) {
      const { acknowledgement } = alert;
      made = {
        ...alert,
        reason: wordless(alert.reason),
        links: [],
        ...(acknowledgement && !hasAuthors && { acknowledgement: { ...acknowledgement, author: '', note: '' } }),
      };
      known.set(alert, made);
    }
    return made;
  };

  return (principal) => {
    const { selection } = principal;
    const exists = (id: string) => {
      const labels = reader.definition(id)?.labels;
      return labels === undefined ? selection!.takesById(id) : selection!.takes(id, labels);
    };
    const shown = (alert: Alert): Alert | undefined => {
      if (selection === undefined) return inWordsFor(alert, principal);
      // Of what is gone the alert has the last labels.
      const labels = reader.definition(alert.component)?.labels ?? alert.labels;
      if (!selection.takes(alert.component, labels)) return undefined;
      const cause = alert.cause.filter(exists);
      const consequences = alert.consequences.filter(exists);
      const isWhole = cause.length === alert.cause.length && consequences.length === alert.consequenceCount;
      // It says how many members there are.
      const isCounted = alert.reason.code.startsWith('MEMBERS_');
      if (isWhole && !isCounted) return inWordsFor(alert, principal);
      const part = { ...alert, cause, consequences, consequenceCount: consequences.length };
      return inWordsFor(isCounted ? { ...part, reason: wordless(alert.reason) } : part, principal);
    };
    return {
      list: () =>
        alerts
          .list()
          .map(shown)
          .filter((alert) => alert !== undefined),
      find(id) {
        const alert = alerts.find(id);
        return alert && shown(alert);
      },
      shown,
    };
  };
}
