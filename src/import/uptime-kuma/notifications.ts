// Notifications of Uptime Kuma as channels, and who has them as routes.
import { formatDuration } from '../../config/duration.ts';
import { type ChannelDraft, type Draft, literal, type RouteDraft } from '../draft.ts';
import { assignIds } from '../ids.ts';
import { outcomeOf, type ReportItem } from '../report.ts';
import type { Secrets } from '../secrets.ts';
import { boolOf, jsonOf, numberOf, type Row, textOf } from './model.ts';

/** A monitor that is there. */
export interface Notified {
  readonly component: string;
  readonly notifications: readonly number[];
  /** Time after which it is said again; 0: never. */
  readonly remindMs: number;
}

type Make = (config: Row, secret: (key: string) => string) => Draft | string;

const KINDS: Readonly<Record<string, Make>> = {
  slack: (_config, secret) => ({ slack: { webhook_url: secret('slackwebhookURL') } }),
  discord: (_config, secret) => ({ discord: { webhook_url: secret('discordWebhookUrl') } }),
  teams: (_config, secret) => ({ teams: { webhook_url: secret('webhookUrl') } }),
  telegram: (config, secret) => ({
    telegram: {
      token: secret('telegramBotToken'),
      chat_id: literal(textOf(config, 'telegramChatID')),
      ...(textOf(config, 'telegramMessageThreadID') !== '' && {
        message_thread_id: numberOf(config, 'telegramMessageThreadID'),
      }),
      ...(textOf(config, 'telegramServerUrl') !== '' && { api_url: literal(textOf(config, 'telegramServerUrl')) }),
    },
  }),
  ntfy: (config, secret) => {
    if (textOf(config, 'ntfyusername') !== '') return 'OpenK logs in at ntfy by a token, and this one by a password';
    return {
      ntfy: {
        ...(textOf(config, 'ntfyserverurl') !== '' && { url: literal(textOf(config, 'ntfyserverurl')) }),
        topic: literal(textOf(config, 'ntfytopic')),
        ...(textOf(config, 'ntfyaccesstoken') !== '' && { token: secret('ntfyaccesstoken') }),
      },
    };
  },
  PagerDuty: (config, secret) => ({
    pagerduty: {
      routing_key: secret('pagerdutyIntegrationKey'),
      ...(textOf(config, 'pagerdutyIntegrationUrl') !== '' && {
        url: literal(textOf(config, 'pagerdutyIntegrationUrl')),
      }),
    },
  }),
  matrix: (config, secret) => ({
    matrix: {
      homeserver: literal(textOf(config, 'homeserverUrl')),
      token: secret('accessToken'),
      room: literal(textOf(config, 'internalRoomId')),
    },
  }),
  smtp: (config, secret) => ({
    email: {
      smtp: literal(`${textOf(config, 'smtpHost')}:${numberOf(config, 'smtpPort')}`),
      security: boolOf(config, 'smtpSecure') ? 'TLS' : boolOf(config, 'smtpIgnoreSTARTTLS') ? 'NONE' : 'STARTTLS',
      from: literal(textOf(config, 'smtpFrom')),
      to: ['smtpTo', 'smtpCC', 'smtpBCC'].flatMap((key) =>
        textOf(config, key)
          .split(',')
          .map((address) => literal(address.trim()))
          .filter((address) => address !== ''),
      ),
      ...(textOf(config, 'smtpUsername') !== '' && { username: literal(textOf(config, 'smtpUsername')) }),
      ...(textOf(config, 'smtpPassword') !== '' && { password: secret('smtpPassword') }),
    },
  }),
  webhook: (config, secret) => {
    const method = textOf(config, 'httpMethod').toUpperCase() || 'POST';
    return method === 'POST'
      ? { webhook: { url: secret('webhookURL') } }
      : `OpenK sends webhooks by POST, and this one is by ${method}`;
  },
};

export function translateNotifications(
  notifications: readonly Row[],
  all: readonly Notified[],
  secrets: Secrets,
): {
  readonly channels: readonly ChannelDraft[];
  readonly routes: readonly RouteDraft[];
  readonly items: readonly ReportItem[];
} {
  const channels: ChannelDraft[] = [];
  const routes: RouteDraft[] = [];
  const items: ReportItem[] = [];
  const configs = notifications.map((row) => {
    const config = jsonOf(row, 'config');
    return (typeof config === 'object' && config !== null ? config : {}) as Row;
  });
  const ids = assignIds(
    notifications.map((row, at) => ({
      identity: `${row.id}`,
      wish: textOf(row, 'name') || textOf(configs[at]!, 'name') || 'channel',
    })),
  );
  for (const [at, row] of notifications.entries()) {
    const config = configs[at]!;
    const id = ids[at]!;
    const type = textOf(config, 'type');
    const base = { kind: 'notification', name: textOf(row, 'name') || textOf(config, 'name'), place: '' };
    const users = all.filter((each) => each.notifications.includes(Number(row.id)));
    const make = KINDS[type];
    const made =
      make === undefined
        ? `OpenK has no channel for ${type}`
        : make(config, (key) => secrets.keep(['KUMA', id, key], textOf(config, key)));
    if (!boolOf(row, 'active', true)) {
      items.push({ ...base, outcome: 'OFF', differences: [], losses: [] });
      continue;
    }
    if (typeof made === 'string') {
      items.push({
        ...base,
        outcome: 'LOST',
        differences: [],
        losses: [`${made} (${users.length} ${users.length === 1 ? 'monitor has' : 'monitors have'} it)`],
      });
      continue;
    }
    const differences =
      type === 'webhook'
        ? ['it is sent OpenK\u2019s JSON (alerts.channels[].webhook.body makes another)']
        : ['its messages are OpenK\u2019s'];
    channels.push({ id, channel: made });
    items.push({ ...base, outcome: outcomeOf(differences, []), differences, losses: [] });
    for (const remindMs of new Set(users.map((each) => each.remindMs))) {
      const components = users.filter((each) => each.remindMs === remindMs).map(({ component }) => component);
      routes.push({
        id: remindMs === 0 ? id : `${id}-${formatDuration(remindMs)}`,
        keys: {
          group_by: 'COMPONENT',
          ...(remindMs > 0 && { remind_every: formatDuration(Math.max(remindMs, 60_000)) }),
          flapping: { changes: 0 },
          continue: true,
        },
        components,
        channels: [id],
      });
    }
  }
  return { channels, routes, items };
}
