// What the input that is being taken comes to, until it goes out as one: alerts that changed, and what is said of them.
import type { Alert, AlertChanges, AlertMessage, Delivery, MessageType, Suspension } from '../../core/alert.ts';
import { type Entry, toSaved } from './entry.ts';

export interface PendingChanges {
  /** Never given again, over restarts too. */
  newId(nowMs: number): string;
  /** Changes what readers see of an alert. */
  change(entry: Entry, changes: Partial<Alert>, nowMs: number): void;
  /** What decides how it goes on has changed. */
  touch(entry: Entry): void;
  /** It is over, with what it is now. */
  end(entry: Entry): void;
  /** Nobody was sent anything of its alert. */
  forget(entry: Entry): void;
  suspend(suspension: Suspension): void;
  /** @param alert as it is now */
  say(type: MessageType, alert: Alert, channels: Iterable<string>, nowMs: number): void;
  /** All that has come together since the last call. Undefined: nothing. */
  collect(): AlertChanges | undefined;
}

/**
 * @param incarnation higher in each: of what ids are made
 * @param lastNumber of the last delivery there was
 */
export function createPendingChanges(incarnation: number, lastNumber: number): PendingChanges {
  const dirty = new Set<Entry>();
  let ended: Entry[] = [];
  let forgotten: string[] = [];
  let deliveries: Delivery[] = [];
  let suspensions: Suspension[] = [];
  let ids = 0;
  let number = lastNumber;

  return {
    newId: (nowMs) => `${Math.floor(nowMs).toString(36)}-${(incarnation + ids++).toString(36)}`,
    change(entry, changes, nowMs) {
      entry.alert = { ...entry.alert!, ...changes, updatedMs: nowMs };
      dirty.add(entry);
    },
    touch: (entry) => dirty.add(entry),
    end(entry) {
      dirty.delete(entry);
      ended.push(entry);
    },
    forget(entry) {
      dirty.delete(entry);
      forgotten.push(entry.alert!.id);
    },
    suspend: (suspension) => suspensions.push(suspension),
    say(type, alert, channels, nowMs) {
      const message: AlertMessage = { type, atMs: nowMs, alert };
      const prefix = `${Math.floor(nowMs).toString(36)}-${incarnation.toString(36)}`;
      for (const channel of channels) {
        number += 1;
        deliveries.push({
          id: `${prefix}-${number.toString(36)}`,
          number,
          alert: alert.id,
          channel,
          message,
          state: 'WAITING',
          attempts: 0,
          createdMs: nowMs,
          nextAttemptMs: nowMs,
        });
      }
    },
    collect() {
      const count = dirty.size + ended.length + forgotten.length + deliveries.length + suspensions.length;
      if (count === 0) return undefined;
      const alerts = [...Array.from(dirty, toSaved), ...ended.map(toSaved)];
      const changes: AlertChanges = { alerts, forgotten, deliveries, suspensions };
      dirty.clear();
      [ended, forgotten, deliveries, suspensions] = [[], [], [], []];
      return changes;
    },
  };
}
