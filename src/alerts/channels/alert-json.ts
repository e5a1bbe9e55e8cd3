// A message as JSON, in the words of the contract of webhooks: those of the API, with times as RFC 3339 and enum values without
// their prefix.
import type { Alert, AlertMessage } from '../../core/alert.ts';
import { reasonText } from '../../core/observation.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface MessageJson {
  readonly [key: string]: JsonValue;
  readonly type: string;
  readonly timestamp: string;
  readonly data: { readonly alert: { readonly [key: string]: JsonValue } };
}

export function messageJson({ type, atMs, alert }: AlertMessage): MessageJson {
  return { type, timestamp: timeJson(atMs), data: { alert: alertJson(alert) } };
}

/** Every key is always there, but for times of what has not happened, and `burn` of what is about no error budget. */
export function alertJson(alert: Alert): { readonly [key: string]: JsonValue } {
  const { openedMs, resolvedMs, resolution, acknowledgement } = alert;
  return {
    id: alert.id,
    route: alert.route,
    component: alert.component,
    displayName: alert.displayName ?? alert.component,
    state: alert.state,
    status: alert.status,
    severity: alert.severity,
    reason: { code: alert.reason.code, message: reasonText(alert.reason) },
    since: timeJson(alert.sinceMs),
    ...(openedMs !== undefined && { opened: timeJson(openedMs) }),
    updated: timeJson(alert.updatedMs),
    ...(resolvedMs !== undefined && { resolved: timeJson(resolvedMs) }),
    ...(resolution !== undefined && { resolution }),
    cause: alert.cause,
    consequences: alert.consequences,
    consequenceCount: alert.consequenceCount,
    labels: alert.labels,
    links: alert.links.map(({ title, url }) => ({ title, url })),
    ...(acknowledgement && {
      acknowledgement: {
        author: acknowledgement.author,
        time: timeJson(acknowledgement.atMs),
        note: acknowledgement.note,
      },
    }),
    flapping: alert.isFlapping,
    ...(alert.burn !== undefined && { burn: alert.burn }),
    revision: alert.revision,
  };
}

export function timeJson(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
