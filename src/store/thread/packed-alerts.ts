// Alerts and deliveries as they go between threads: what is only kept is JSON already, what is looked for is beside it.
import type { AlertChanges, AlertMessage, Delivery, SavedAlert, SavedAlerting, Suspension } from '../../core/alert.ts';
import { parseKept } from './kept-json.ts';

export interface PackedAlertChanges {
  readonly alerts: readonly PackedAlert[];
  readonly forgotten: readonly string[];
  readonly deliveries: readonly PackedDelivery[];
  readonly suspensions: readonly PackedSuspension[];
}

export interface PackedAlert {
  readonly id: string;
  readonly component: string;
  readonly route: string;
  /** Epoch milliseconds; null: it is not over. */
  readonly resolvedMs: number | null;
  /** SavedAlert as JSON; of one that is over its Alert alone. */
  readonly state: string;
}

/** With its message as JSON. */
export interface PackedDelivery extends Omit<Delivery, 'message'> {
  readonly message: string;
}

export interface PackedSuspension {
  readonly id: string;
  readonly createdMs: number;
  readonly untilMs: number;
  /** Suspension as JSON. */
  readonly state: string;
}

/** SavedAlerting as it goes between threads. */
export interface PackedAlerting {
  /** SavedAlert as JSON. */
  readonly alerts: readonly string[];
  readonly lastDeliveryNumber: number;
  /** Suspension as JSON. */
  readonly suspensions: readonly string[];
}

export function packAlertChanges({ alerts, forgotten, deliveries, suspensions }: AlertChanges): PackedAlertChanges {
  return {
    alerts: alerts.map(packAlert),
    forgotten,
    deliveries: packDeliveries(deliveries),
    suspensions: suspensions.map((suspension) => ({
      id: suspension.id,
      createdMs: suspension.createdMs,
      untilMs: suspension.untilMs,
      state: JSON.stringify(suspension),
    })),
  };
}

export function packDeliveries(deliveries: readonly Delivery[]): PackedDelivery[] {
  // One message goes to many channels.
  const packed = new Map<AlertMessage, string>();
  return deliveries.map((delivery) => {
    const message = packed.get(delivery.message) ?? JSON.stringify(delivery.message);
    packed.set(delivery.message, message);
    return { ...delivery, message };
  });
}

export function unpackDelivery(packed: PackedDelivery): Delivery {
  return { ...packed, message: parseKept<AlertMessage>(packed.message) };
}

export function unpackAlerting({ alerts, lastDeliveryNumber, suspensions }: PackedAlerting): SavedAlerting {
  return {
    alerts: alerts.map((json) => parseKept<SavedAlert>(json)),
    lastDeliveryNumber,
    suspensions: suspensions.map((json) => parseKept<Suspension>(json)),
  };
}

function packAlert(saved: SavedAlert): PackedAlert {
  const { id, component, route, state, resolvedMs, updatedMs } = saved.alert;
  const isOver = state === 'RESOLVED';
  return {
    id,
    component,
    route,
    resolvedMs: isOver ? (resolvedMs ?? updatedMs) : null,
    state: JSON.stringify(isOver ? saved.alert : saved),
  };
}
