// Which alerts a channel was sent and not yet their ends: what is said again to a channel that forgets.
import type { Alert, AlertMessage, AlertReader } from '../../core/alert.ts';
import type { Store } from '../../core/store.ts';

export interface OpenAlerts {
  /** The channel accepted a message. */
  accepted(alert: string, message: AlertMessage): void;
  /** As they are now. */
  list(): Promise<readonly Alert[]>;
  /** It is another channel now: what the one before was sent is looked up anew. */
  forget(): void;
}

export interface OpenAlertsOptions {
  readonly channel: string;
  readonly store: Pick<Store, 'deliveries'>;
  readonly alerts: Pick<AlertReader, 'list' | 'find'>;
}

export function createOpenAlerts({ channel, store, alerts }: OpenAlertsOptions): OpenAlerts {
  const open = new Set<string>();
  /** What an earlier incarnation sent is among them. */
  let isWhole = false;

  const lookUp = async () => {
    for (const { id, openedMs } of alerts.list()) {
      if (openedMs === undefined || open.has(id)) continue;
      const [latest] = await store.deliveries({ alert: id, channel, states: ['ACCEPTED'], limit: 1 });
      if (latest !== undefined && latest.message.type !== 'alert.resolved') open.add(id);
    }
    isWhole = true;
  };
  return {
    accepted(alert, { type }) {
      if (type === 'alert.resolved') open.delete(alert);
      else open.add(alert);
    },
    async list() {
      // Where the store fails it is tried again with the next list.
      if (!isWhole) await lookUp().catch(() => {});
      return [...open]
        .map((id) => alerts.find(id))
        .filter((alert) => alert !== undefined)
        .filter(({ state }) => state !== 'RESOLVED');
    },
    forget() {
      open.clear();
      isWhole = false;
    },
  };
}
