// Each kind of channel with options that lead to a receiver, and its secrets.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AlertmanagerChannelSchema,
  DiscordChannelSchema,
  EmailChannel_Security,
  EmailChannelSchema,
  MatrixChannelSchema,
  NtfyChannelSchema,
  PagerdutyChannelSchema,
  SlackChannelSchema,
  TeamsChannelSchema,
  TelegramChannelSchema,
  WebhookChannelSchema,
} from '../../../gen/openk/config/v1/config_pb.ts';
import type { ChannelKindName } from '../../../src/alerts/channels/registry.ts';

export interface KindExample {
  readonly kind: ChannelKindName;
  /** @param origin `http://host:port`, or for mail `host:port` */
  readonly options: (origin: string) => unknown;
  /** What no error may hold. */
  readonly secrets: readonly string[];
  /** What the receiver answers that accepts a message. */
  readonly accepts: { readonly status: number; readonly body: string };
  /** Whether the body of an answer is needed to know that it was accepted. */
  readonly readsBody?: boolean;
}

export const WEBHOOK_SECRET = `whsec_${Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64')}`;
export const OTHER_SECRET = `whsec_${Buffer.from('zyxwvutsrqponmlkjihgfedcba987654').toString('base64')}`;

export const HTTP_KINDS: readonly KindExample[] = [
  {
    kind: 'webhook',
    options: (origin) =>
      create(WebhookChannelSchema, {
        url: `${origin.replace('://', '://hook-user:hook-pass@')}/in/Hook-Path-51?key=Hook-Query-52`,
        secret: WEBHOOK_SECRET,
        moreSecrets: [OTHER_SECRET],
        headers: { 'X-Api-Key': 'Hook-Header-53' },
      }),
    secrets: [
      'Hook-Path-51',
      'Hook-Query-52',
      'Hook-Header-53',
      'hook-pass',
      Buffer.from('hook-user:hook-pass').toString('base64'),
      WEBHOOK_SECRET.slice(6),
      OTHER_SECRET.slice(6),
    ],
    accepts: { status: 204, body: '' },
  },
  {
    kind: 'slack',
    options: (origin) => create(SlackChannelSchema, { webhookUrl: `${origin}/services/T0SLACK/B0SLACK/Xslack54` }),
    secrets: ['T0SLACK', 'B0SLACK', 'Xslack54'],
    accepts: { status: 200, body: 'ok' },
  },
  {
    kind: 'slack',
    options: (origin) =>
      create(SlackChannelSchema, { token: 'xoxb-55-Slack-Token', channel: '#ops', apiUrl: `${origin}/api` }),
    secrets: ['xoxb-55-Slack-Token'],
    accepts: { status: 200, body: '{"ok":true,"ts":"1700000000.000100"}' },
    readsBody: true,
  },
  {
    kind: 'pagerduty',
    options: (origin) =>
      create(PagerdutyChannelSchema, { routingKey: 'PD56aaaaaaaaaaaaaaaaaaaaaaaaaaaa', url: `${origin}/v2/enqueue` }),
    secrets: ['PD56aaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
    accepts: { status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"k"}' },
  },
  {
    kind: 'alertmanager',
    options: (origin) =>
      create(AlertmanagerChannelSchema, {
        urls: [`${origin.replace('://', '://am-user:am-pass@')}/am-Prefix57`],
        headers: { Authorization: 'Bearer Am-Header-58' },
        labels: { cluster: 'eu' },
        componentLabels: ['team', 'service.name', 'missing'],
      }),
    secrets: ['am-Prefix57', 'am-pass', 'Am-Header-58'],
    accepts: { status: 200, body: '' },
  },
  {
    kind: 'ntfy',
    options: (origin) => create(NtfyChannelSchema, { url: origin, topic: 'topic-59-secret', token: 'tk_ntfy60' }),
    secrets: ['topic-59-secret', 'tk_ntfy60'],
    accepts: { status: 200, body: '{"id":"x"}' },
  },
  {
    kind: 'discord',
    options: (origin) =>
      create(DiscordChannelSchema, { webhookUrl: `${origin}/api/webhooks/61616161/Discord-Token-62` }),
    secrets: ['61616161', 'Discord-Token-62'],
    accepts: { status: 200, body: '{"id":"1"}' },
  },
  {
    kind: 'teams',
    options: (origin) =>
      create(TeamsChannelSchema, { webhookUrl: `${origin}/workflows/Teams63/triggers/manual?sig=Teams-Sig%2B64` }),
    secrets: ['Teams63', 'Teams-Sig+64', 'Teams-Sig%2B64'],
    accepts: { status: 202, body: '' },
  },
  {
    kind: 'telegram',
    options: (origin) =>
      create(TelegramChannelSchema, { token: '6565656565:Telegram-Token_66', chatId: '-100123', apiUrl: origin }),
    secrets: ['6565656565', 'Telegram-Token_66'],
    accepts: { status: 200, body: '{"ok":true,"result":{"message_id":77}}' },
  },
  {
    kind: 'matrix',
    options: (origin) =>
      create(MatrixChannelSchema, { homeserver: origin, token: 'syt_Matrix67', room: '!room:example.org' }),
    secrets: ['syt_Matrix67'],
    accepts: { status: 200, body: '{"event_id":"$event"}' },
  },
];

export const MAIL_SECRETS = [
  'mail-Password-69',
  Buffer.from('mail-Password-69').toString('base64'),
  Buffer.from('\0mail-user\0mail-Password-69').toString('base64'),
];

export function mailOptions(smtp: string, change: MessageInitShape<typeof EmailChannelSchema> = {}) {
  const init = {
    smtp,
    security: EmailChannel_Security.NONE,
    username: 'mail-user',
    password: 'mail-Password-69',
    from: 'OpenK <openk@example.com>',
    to: ['ops@example.com', 'Jürgen <juergen@example.com>'],
    ...change,
  };
  return create(EmailChannelSchema, init as MessageInitShape<typeof EmailChannelSchema>);
}
