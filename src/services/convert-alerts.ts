// Alerts, deliveries and suspensions as messages.
import { create } from '@bufbuild/protobuf';
import {
  type Alert as AlertMessage,
  AlertSchema,
  AlertState as AlertStateMessage,
  type Delivery as DeliveryMessage,
  DeliverySchema,
  DeliveryState as DeliveryStateMessage,
  Resolution as ResolutionMessage,
  Severity as SeverityMessage,
} from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { BurnSpeed as BurnSpeedMessage } from '../../gen/openk/common/v1/common_pb.ts';
import {
  type Suspension as SuspensionMessage,
  SuspensionSchema,
} from '../../gen/openk/maintenance/v1/maintenance_pb.ts';
import type { Alert, AlertState, Delivery, Resolution, Severity, Suspension } from '../core/alert.ts';
import { reasonText } from '../core/observation.ts';
import type { BurnSpeed } from '../core/slo/objective.ts';
import { statusToProto, timestampToProto } from './convert.ts';

const STATE_TO_PROTO: Readonly<Record<AlertState, AlertStateMessage>> = {
  PENDING: AlertStateMessage.PENDING,
  HELD: AlertStateMessage.HELD,
  OPEN: AlertStateMessage.OPEN,
  ACKNOWLEDGED: AlertStateMessage.ACKNOWLEDGED,
  SUSPENDED: AlertStateMessage.SUSPENDED,
  RESOLVED: AlertStateMessage.RESOLVED,
};
const SEVERITY_TO_PROTO: Readonly<Record<Severity, SeverityMessage>> = {
  INFO: SeverityMessage.INFO,
  WARNING: SeverityMessage.WARNING,
  ERROR: SeverityMessage.ERROR,
  CRITICAL: SeverityMessage.CRITICAL,
};
const BURN_TO_PROTO: Readonly<Record<BurnSpeed, BurnSpeedMessage>> = {
  FAST: BurnSpeedMessage.FAST,
  MEDIUM: BurnSpeedMessage.MEDIUM,
  SLOW: BurnSpeedMessage.SLOW,
};
const RESOLUTION_TO_PROTO: Readonly<Record<Resolution, ResolutionMessage>> = {
  RECOVERED: ResolutionMessage.RECOVERED,
  REMOVED: ResolutionMessage.REMOVED,
};
const DELIVERY_STATE_TO_PROTO: Readonly<Record<Delivery['state'], DeliveryStateMessage>> = {
  WAITING: DeliveryStateMessage.WAITING,
  ACCEPTED: DeliveryStateMessage.ACCEPTED,
  FAILED: DeliveryStateMessage.FAILED,
  DROPPED: DeliveryStateMessage.DROPPED,
};
const STATES = Object.keys(STATE_TO_PROTO) as AlertState[];
const DELIVERY_STATES = Object.keys(DELIVERY_STATE_TO_PROTO) as Delivery['state'][];

export function alertStatesFromProto(states: readonly AlertStateMessage[]): ReadonlySet<AlertState> {
  return new Set(STATES.filter((state) => states.includes(STATE_TO_PROTO[state])));
}

export function deliveryStatesFromProto(states: readonly DeliveryStateMessage[]): readonly Delivery['state'][] {
  return DELIVERY_STATES.filter((state) => states.includes(DELIVERY_STATE_TO_PROTO[state]));
}

/** What is asked for again and again: an Alert never changes. */
const alerts = new WeakMap<Alert, AlertMessage>();

/** The same message for the same `alert`. Frozen, so that a server may keep its bytes. */
export function alertToProto(alert: Alert): AlertMessage {
  let message = alerts.get(alert);
  if (message === undefined) {
    message = Object.freeze(createAlertMessage(alert));
    alerts.set(alert, message);
  }
  return message;
}

function createAlertMessage(alert: Alert): AlertMessage {
  const { openedMs, resolvedMs, resolution, acknowledgement } = alert;
  return create(AlertSchema, {
    id: alert.id,
    route: alert.route,
    component: alert.component,
    state: STATE_TO_PROTO[alert.state],
    status: statusToProto(alert.status),
    severity: SEVERITY_TO_PROTO[alert.severity],
    reason: { code: alert.reason.code, message: reasonText(alert.reason) },
    since: timestampToProto(alert.sinceMs),
    ...(openedMs !== undefined && { opened: timestampToProto(openedMs) }),
    updated: timestampToProto(alert.updatedMs),
    ...(resolvedMs !== undefined && { resolved: timestampToProto(resolvedMs) }),
    ...(resolution && { resolution: RESOLUTION_TO_PROTO[resolution] }),
    cause: [...alert.cause],
    consequences: [...alert.consequences],
    consequenceCount: alert.consequenceCount,
    labels: { ...alert.labels },
    links: alert.links.map(({ title, url }) => ({ title, url })),
    ...(acknowledgement && {
      acknowledgement: {
        author: acknowledgement.author,
        time: timestampToProto(acknowledgement.atMs),
        note: acknowledgement.note,
      },
    }),
    flapping: alert.isFlapping,
    ...(alert.burn !== undefined && { burn: BURN_TO_PROTO[alert.burn] }),
    displayName: alert.displayName ?? alert.component,
    revision: BigInt(alert.revision),
  });
}

export function deliveryToProto(delivery: Delivery): DeliveryMessage {
  const { nextAttemptMs, settledMs, error = '' } = delivery;
  return create(DeliverySchema, {
    id: delivery.id,
    // What OpenK says of itself, and what somebody tries, is about none.
    alert: delivery.message.type.startsWith('alert.') ? delivery.alert : '',
    channel: delivery.channel,
    type: delivery.message.type,
    state: DELIVERY_STATE_TO_PROTO[delivery.state],
    attempts: delivery.attempts,
    created: timestampToProto(delivery.createdMs),
    ...(nextAttemptMs !== undefined && { nextAttempt: timestampToProto(nextAttemptMs) }),
    ...(settledMs !== undefined && { settled: timestampToProto(settledMs) }),
    error,
  });
}

/** @param namesAuthors whether it says who */
export function suspensionToProto(suspension: Suspension, namesAuthors: boolean): SuspensionMessage {
  const { id, selector, fromMs, untilMs, author, reason, createdMs, endedBy = '' } = suspension;
  return create(SuspensionSchema, {
    id,
    selector,
    start: timestampToProto(fromMs),
    end: timestampToProto(untilMs),
    reason,
    created: timestampToProto(createdMs),
    ...(namesAuthors && { author, endedBy }),
  });
}
