// What Alertmanager posts to a webhook (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), version 4 of it. Read by
// its shape, so that what speaks the same is taken too.
import type { AlertGroup, FiringAlert } from '../../core/heard-alerts.ts';
import { printable } from '../../core/printable.ts';

/** Of one group; more are counted as missing. */
const MAX_ALERTS = 1000;
const MAX_LABELS = 64;
const MAX_LABEL_CHARS = 1024;
const MAX_SUMMARY_CHARS = 200;
const MAX_KEY_CHARS = 4096;

/** Text: what is wrong with it, for its sender. */
export function readWebhook(body: unknown): AlertGroup | string {
  if (!isObject(body)) return 'must be a JSON object';
  const { groupKey, groupLabels, alerts, truncatedAlerts = 0 } = body;
  if (typeof groupKey !== 'string' || groupKey === '' || groupKey.length > MAX_KEY_CHARS)
    return 'groupKey must be a text';
  if (!Array.isArray(alerts)) return 'alerts must be a list';
  if (typeof truncatedAlerts !== 'number' || !(truncatedAlerts >= 0)) return 'truncatedAlerts must be a number';
  const firing: FiringAlert[] = [];
  let missing = truncatedAlerts;
  for (const [at, alert] of alerts.entries()) {
    // Not by its end: what fires has the year 1, and what ends by itself may have one in the past.
    if (!isObject(alert) || (alert.status !== 'firing' && alert.status !== 'resolved'))
      return `alerts[${at}].status must be firing or resolved`;
    const labels = textsOf(alert.labels);
    if (labels === undefined) return `alerts[${at}].labels must be a map of texts`;
    if (alert.status === 'resolved') continue;
    if (firing.length === MAX_ALERTS || isTooLarge(labels)) {
      missing++;
      continue;
    }
    firing.push({ fingerprint: fingerprintOf(alert, labels), labels, summary: summaryOf(alert) });
  }
  return { key: groupKey, labels: textsOf(groupLabels) ?? {}, firing, missing };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return undefined;
  return Object.fromEntries(entries);
}

function isTooLarge(labels: Readonly<Record<string, string>>): boolean {
  const entries = Object.entries(labels);
  return entries.length > MAX_LABELS || entries.some((pair) => pair.some(({ length }) => length > MAX_LABEL_CHARS));
}

function fingerprintOf({ fingerprint }: Readonly<Record<string, unknown>>, labels: object): string {
  return typeof fingerprint === 'string' && /^[0-9a-f]{1,64}$/.test(fingerprint)
    ? fingerprint
    : JSON.stringify(Object.entries(labels).sort());
}

function summaryOf({ annotations }: Readonly<Record<string, unknown>>): string {
  const { summary, description, message } = isObject(annotations) ? annotations : {};
  const text = [summary, description, message].find((one) => typeof one === 'string' && one !== '');
  return printable((text as string | undefined) ?? '', MAX_SUMMARY_CHARS);
}
