// What OpenK says through one channel about another one that takes nothing.
import { ABOUT_ITSELF, type Alert, type Delivery } from '../../core/alert.ts';

export interface FailingNotice {
  /** Id of the delivery, which is also that of the alert that it is made to look like. */
  readonly id: string;
  /** The channel that it is sent to. */
  readonly channel: string;
  readonly failing: string;
  /** Without secrets. */
  readonly failure: string;
  readonly nowMs: number;
}

/** About no alert: what channels say of it has to look like one. It is in no store. */
export function channelFailing({ id, channel, failing, failure, nowMs }: FailingNotice): Delivery {
  const alert: Alert = {
    id,
    route: 'openk',
    component: 'openk',
    displayName: 'OpenK',
    state: 'OPEN',
    status: 'DEGRADED',
    severity: 'ERROR',
    reason: {
      code: 'ALERT_CHANNEL_FAILING',
      message: `Alerts cannot be sent to channel ${failing}: ${failure}. What waits for it is tried for 24h`,
    },
    sinceMs: nowMs,
    openedMs: nowMs,
    updatedMs: nowMs,
    ...ABOUT_ITSELF,
  };
  return {
    id,
    number: 0,
    alert: id,
    channel,
    message: { type: 'openk.notice', atMs: nowMs, alert },
    state: 'WAITING',
    attempts: 0,
    createdMs: nowMs,
  };
}
