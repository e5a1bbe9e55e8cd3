// Which reports are changes that the audit log is to have: where what a component reports, or who reports it, differs from the
// report before. A heartbeat each second that says the same is no change, and would be 8 million entries in 90 days.
import type { AuditEntry } from '../core/store.ts';

export type AuditChange = Omit<AuditEntry, 'atMs'>;

export interface Reported {
  readonly component: string;
  readonly status: string;
  readonly message: string;
  readonly principal: string;
  readonly address: string;
}

const MAX_MESSAGE_CHARS = 256;
/** Components that are gone take room here until then; a report of those that are forgotten is taken for a change. */
const MAX_REMEMBERED = 100_000;

/** @param record Takes each change. Must not throw. */
export function createReportAudit(record: (change: AuditChange) => void): (reported: Reported) => void {
  const latest = new Map<string, string>();
  return ({ component, status, message, principal, address }) => {
    const key = JSON.stringify([status, principal, address]);
    if (latest.get(component) === key) return;
    if (latest.size >= MAX_REMEMBERED) latest.clear();
    latest.set(component, key);
    const words = message.slice(0, MAX_MESSAGE_CHARS).toWellFormed();
    const detail = words === '' ? status : `${status}: ${words}`;
    record({ principal, address, action: 'REPORT', component, detail });
  };
}
