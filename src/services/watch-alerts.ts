// WatchAlerts: what has changed since the message before is held by alert, so that a slow reader gets the latest state of each;
// where that becomes too much, a snapshot takes its place.
import { create } from '@bufbuild/protobuf';
import {
  type WatchAlertsRequest,
  type WatchAlertsResponse,
  WatchAlertsResponseSchema,
} from '../../gen/openk/alerts/v1/alerts_pb.ts';
import type { Alert, AlertReader } from '../core/alert.ts';
import type { Clock } from '../core/clock.ts';
import { refusal } from '../errors/to-connect.ts';
import { parseLabels } from './component-filters.ts';
import { alertToProto } from './convert-alerts.ts';
import type { EndOfCall } from './end-of-call.ts';
import type { News, NewsStream } from './news-streams.ts';
import type { VisibleAlerts } from './visible-alerts.ts';

export interface WatchAlertsOptions {
  readonly alerts: Pick<AlertReader, 'subscribe'>;
  readonly visible: VisibleAlerts;
  /** Calls `wake` when other components exist for the caller. The result ends it. Undefined: all do, always. */
  readonly subscribeReloads: ((wake: () => void) => () => void) | undefined;
  readonly clock: Clock;
  /** Makes the stream. */
  readonly stream: (news: News<WatchAlertsResponse>) => NewsStream<WatchAlertsResponse>;
  readonly draining: AbortSignal;
  /** Longest silence, in milliseconds. */
  readonly keepAliveMs: number;
}

/** Alerts that wait for a slow reader. */
export const MAX_WAITING = 1_000;

/** @throws INVALID_LABEL_SELECTOR; the stream fails with SHUTTING_DOWN */
export function watchAlerts(
  { alerts, visible, subscribeReloads, clock, stream, draining, keepAliveMs }: WatchAlertsOptions,
  { label }: WatchAlertsRequest,
  signal: EndOfCall,
): NewsStream<WatchAlertsResponse> {
  const hasLabels = parseLabels(label);
  const waiting = new Map<string, Alert>();
  let needsSnapshot = true;
  /** What waits is sent first: a snapshot does not say what has ended. */
  let needsSnapshotAfter = false;
  let isQuiet = false;

  const take = (changed: readonly Alert[]) => {
    if (needsSnapshot) return;
    for (const alert of changed) {
      const shown = hasLabels(alert.labels) ? visible.shown(alert) : undefined;
      if (shown !== undefined) waiting.set(alert.id, shown);
    }
    if (waiting.size <= MAX_WAITING) return;
    waiting.clear();
    needsSnapshot = true;
  };
  const snapshot = () => {
    needsSnapshot = false;
    needsSnapshotAfter = false;
    const all = visible.list().filter(({ labels }) => hasLabels(labels));
    return message({ case: 'snapshot', value: { alerts: all.map(alertToProto) } });
  };

  return stream({
    signal,
    subscribe(wake) {
      const ends = [
        alerts.subscribe((changed) => {
          take(changed);
          if (needsSnapshot || waiting.size > 0) wake();
        }),
        subscribeReloads?.(() => {
          needsSnapshotAfter = true;
          wake();
        }),
      ];
      return () => {
        for (const end of ends) end?.();
      };
    },
    whileQuiet: (wake) =>
      clock.after(needsSnapshotAfter ? 0 : keepAliveMs, () => {
        isQuiet = true;
        wake();
      }),
    read() {
      if (draining.aborted) throw refusal('SHUTTING_DOWN', {});
      const wasQuiet = isQuiet;
      isQuiet = false;
      if (needsSnapshot) return snapshot();
      if (waiting.size > 0) {
        const changed = [...waiting.values()];
        waiting.clear();
        return message({ case: 'change', value: { alerts: changed.map(alertToProto) } });
      }
      if (needsSnapshotAfter) return snapshot();
      return wasQuiet ? message({ case: 'keepAlive', value: {} }) : undefined;
    },
  });
}

function message(event: NonNullable<Parameters<typeof create<typeof WatchAlertsResponseSchema>>[1]>['event'] & {}) {
  return create(WatchAlertsResponseSchema, { event });
}
