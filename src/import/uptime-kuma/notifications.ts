// Notifications of Uptime Kuma as channels, and who has them as routes.
import { formatDuration } from '../../config/duration.ts';
import { type ChannelDraft, type Draft, literal, type RouteDraft } from '../draft.ts';
import { assignIds } from '../ids.ts';
import { outcomeOf, type ReportItem } from '../report.ts';
import { isPlainHeader, type Secrets } from '../secrets.ts';
import { boolOf, jsonOf, numberOf, type Row, textOf } from './model.ts';

/** A monitor that is there. */
export interface Notified {
  readonly component: string;
  readonly notifications: readonly number[];
  /** Time after which it is said again; 0: never. */
  readonly remindMs: number;
}

interface Making {
  /** What stands in the configuration for the value of a key, or for another one. */
  readonly secret: (key: string, value?: string) => string;
  readonly differences: string[];
}

/** The channel, or why there is none. */
type Make = (config: Row, making: Making) => Draft | string;

const KINDS: Readonly<Record<string, Make>> = {
  slack: (_config, { secret }) => ({ slack: { webhook_url: secret('slackwebhookURL') } }),
  discord: (_config, { secret }) => ({ discord: { webhook_url: secret('discordWebhookUrl') } }),
  teams: (_config, { secret }) => ({ teams: { webhook_url: secret('webhookUrl') } }),
  telegram: (config, { secret }) => ({
    telegram: {
      token: secret('telegramBotToken'),
      chat_id: literal(textOf(config, 'telegramChatID')),
      ...(textOf(config, 'telegramMessageThreadID') !== '' && {
        message_thread_id: numberOf(config, 'telegramMessageThreadID'),
      }),
      ...(textOf(config, 'telegramServerUrl') !== '' && { api_url: literal(textOf(config, 'telegramServerUrl')) }),
    },
  }),
  ntfy: (config, { secret }) => {
    const method = textOf(config, 'ntfyAuthenticationMethod');
    // A choice since 1.21.
    if (method === 'usernamePassword' || (method === '' && textOf(config, 'ntfyusername') !== ''))
      return 'OpenK logs in at ntfy by a token, and this one by a password';
    return {
      ntfy: {
        ...(textOf(config, 'ntfyserverurl') !== '' && { url: literal(textOf(config, 'ntfyserverurl')) }),
        topic: literal(textOf(config, 'ntfytopic')),
        ...(method === 'accessToken' && { token: secret('ntfyaccesstoken') }),
      },
    };
  },
  PagerDuty: (config, { secret }) => ({
    pagerduty: {
      routing_key: secret('pagerdutyIntegrationKey'),
      ...(textOf(config, 'pagerdutyIntegrationUrl') !== '' && {
        url: literal(textOf(config, 'pagerdutyIntegrationUrl')),
      }),
    },
  }),
  matrix: (config, { secret }) => ({
    matrix: {
      homeserver: literal(textOf(config, 'homeserverUrl')),
      token: secret('accessToken'),
      room: literal(textOf(config, 'internalRoomId')),
    },
  }),
  smtp: (config, { secret, differences }) => {
    if (boolOf(config, 'smtpIgnoreTLSError')) differences.push('the certificate of its server has to be valid');
    return {
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
    };
  },
  webhook: (config, { secret, differences }) => {
    const method = textOf(config, 'httpMethod').toUpperCase() || 'POST';
    if (method !== 'POST') return `OpenK sends webhooks by POST, and this one is by ${method}`;
    const json = jsonOf(config, 'webhookAdditionalHeaders');
    const headers = Object.entries(typeof json === 'object' && json !== null ? json : {}).map(
      ([name, value]) => [name, isPlainHeader(name) ? literal(String(value)) : secret(name, String(value))] as const,
    );
    differences.push('it is sent OpenK\u2019s JSON (alerts.channels[].webhook.body makes another)');
    return {
      webhook: {
        url: secret('webhookURL'),
        ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
      },
    };
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
    if (!boolOf(row, 'active', true)) {
      items.push({ ...base, outcome: 'OFF', differences: [], losses: [] });
      continue;
    }
    const differences: string[] = [];
    const secret = (key: string, value = textOf(config, key)) => secrets.keep(['KUMA', id, key], value);
    const made = KINDS[type]?.(config, { secret, differences }) ?? `OpenK has no channel for ${type}`;
    if (typeof made === 'string') {
      items.push({
        ...base,
        outcome: 'LOST',
        differences: [],
        losses: [`${made} (${users.length} ${users.length === 1 ? 'monitor has' : 'monitors have'} it)`],
      });
      continue;
    }
    if (type !== 'webhook') differences.push('its messages are OpenK\u2019s');
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
