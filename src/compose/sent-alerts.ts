// Alerts that others send, as the port takes them: by the instance that decides alone, and with words for what is not durable.
import type { Logger } from 'pino';
import { StoreFault } from '../core/store.ts';
import type { Standing } from '../engine/instance.ts';
import { refusal } from '../errors/to-connect.ts';
import type { SentAlerts } from '../pages/alertmanager/alert-routes.ts';
import type { AlertInbox } from './alert-inbox.ts';

export function createSentAlerts(inbox: AlertInbox, standing: Standing, logger: Logger): SentAlerts {
  return {
    knows(token) {
      const heldBy = standing.heldBy();
      if (heldBy !== undefined) throw refusal('INSTANCE_STANDS_BY', { heldBy });
      return inbox.knows(token);
    },
    async take(token, said) {
      try {
        return await inbox.take(token, said);
      } catch (error) {
        if (!(error instanceof StoreFault)) throw error;
        logger.error({ err: error }, 'what Alertmanager has sent counts, and cannot be kept');
        throw refusal('STORAGE_UNAVAILABLE', { component: 'alertmanager' });
      }
    },
  };
}
