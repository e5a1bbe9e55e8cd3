// PagerDuty by its Events API v2 (developer.pagerduty.com/docs/events-api-v2): an alert is one incident, which its id names whatever
// becomes of it, so that sending anything twice changes nothing.
import type { PagerdutyChannel } from '../../../gen/openk/config/v1/config_pb.ts';
import type { AlertMessage, Severity } from '../../core/alert.ts';
import { createRedactor } from '../../core/redactor.ts';
import { alertJson, type JsonValue, timeJson } from './alert-json.ts';
import type { ChannelKind } from './channel-kind.ts';
import { createHttpSender } from './http-sender.ts';
import { shorten } from './shorten.ts';
import { checkUrl, secretsOfUrl } from './url-secrets.ts';
import { wordingOf } from './wording.ts';

const DEFAULT_URL = 'https://events.pagerduty.com/v2/enqueue';
const MAX_SUMMARY = 1024;
const MAX_FIELD = 255;
/** Of an event; the rest of it takes less than the difference to 512,000. */
const MAX_DETAILS_BYTES = 400_000;

const SEVERITIES: Readonly<Record<Severity, string>> = {
  CRITICAL: 'critical',
  ERROR: 'error',
  WARNING: 'warning',
  INFO: 'info',
};

export const pagerduty: ChannelKind<PagerdutyChannel> = {
  kind: 'pagerduty',
  check({ routingKey, url }) {
    return [
      ...(/^[\x21-\x7e]+$/.test(routingKey) ? [] : [{ path: ['routing_key'], message: 'is no integration key' }]),
      ...(url === '' ? [] : checkUrl(url, ['url'])),
    ];
  },
  create({ routingKey, url: configured }, context) {
    const url = new URL(configured || DEFAULT_URL);
    const secrets = configured === '' ? [] : secretsOfUrl(url);
    const post = createHttpSender(context, createRedactor([routingKey, ...secrets]));
    return {
      async send({ message, nowMs }, signal) {
        const event = { routing_key: routingKey, ...pagerdutyEvent(message) };
        const result = await post({ url, body: JSON.stringify(event) }, { signal, nowMs });
        if (message.type !== 'openk.test' || result.kind !== 'accepted') return result;
        // A test is seen, and leaves nothing open.
        const end = { ...event, event_action: 'resolve' };
        return post({ url, body: JSON.stringify(end) }, { signal, nowMs });
      },
    };
  },
};

/** Without the key. */
export function pagerdutyEvent(message: AlertMessage): { readonly [key: string]: JsonValue } {
  const { type, alert } = message;
  const wording = wordingOf(message);
  const details = alertJson(alert);
  const isSmall = Buffer.byteLength(JSON.stringify(details)) <= MAX_DETAILS_BYTES;
  return {
    event_action: actionOf(message),
    dedup_key: shorten(alert.id, MAX_FIELD),
    client: 'OpenK',
    links: wording.links.map(({ title, url }) => ({ href: url, text: title })),
    payload: {
      summary: shorten([wording.title, ...wording.lines.slice(0, 1).map(({ text }) => text)].join(': '), MAX_SUMMARY),
      source: shorten(alert.component, MAX_FIELD),
      severity: type === 'openk.test' ? 'info' : SEVERITIES[alert.severity],
      timestamp: timeJson(alert.sinceMs),
      component: shorten(alert.component, MAX_FIELD),
      group: shorten(alert.route, MAX_FIELD),
      class: alert.reason.code,
      custom_details: isSmall ? details : { component: alert.component, status: alert.status },
    },
  };
}

/** A reminder is a trigger: it opens the incident again if somebody has closed it there while it is not over. */
function actionOf({ type, alert }: AlertMessage): 'trigger' | 'acknowledge' | 'resolve' {
  if (type === 'alert.resolved' || alert.state === 'RESOLVED') return 'resolve';
  return type === 'alert.acknowledged' ? 'acknowledge' : 'trigger';
}
