// Alerts for all tabs: a second stream, that is there while the first one is.
import type { Client } from '@connectrpc/connect';
import type { AlertService } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { keepWatching, type Watcher } from './keep-watching.ts';
import type { Alert, FromFeed } from './messages.ts';
import { toAlert } from './plain.ts';

export interface AlertsWatch {
  /** Once it is open, nothing more. */
  open(): void;
  close(): void;
  /** What is known, for a tab that comes. */
  everything(): readonly FromFeed[];
}

/** As the server has it. */
const KEEP_ALIVE_MS = 15_000;

export function createAlertsWatch(client: Client<typeof AlertService>, send: (message: FromFeed) => void): AlertsWatch {
  let known: Map<string, Alert> | undefined;
  let lost: FromFeed | undefined;
  let watcher: Watcher | undefined;
  const watch = () =>
    keepWatching({
      keepAliveMs: KEEP_ALIVE_MS,
      open: (signal) => client.watchAlerts({}, { signal }),
      receive({ event }) {
        if (event.case === 'keepAlive' || event.case === undefined) return;
        lost = undefined;
        const isAll = event.case === 'snapshot';
        if (isAll) known = new Map();
        const alerts = event.value.alerts.map(toAlert);
        for (const alert of alerts) {
          if (alert.state === 'RESOLVED') known?.delete(alert.id);
          else known?.set(alert.id, alert);
        }
        send({ type: 'alerts', alerts, isAll });
      },
      lost({ error }) {
        lost = { type: 'alerts-lost', reason: error.rawMessage };
        send(lost);
      },
    });
  return {
    open() {
      watcher ??= watch();
    },
    close() {
      watcher?.close();
      watcher = undefined;
    },
    everything: () => [
      ...(known === undefined ? [] : [{ type: 'alerts', alerts: [...known.values()], isAll: true } as const]),
      ...(lost === undefined ? [] : [lost]),
    ],
  };
}
