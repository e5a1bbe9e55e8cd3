// Slack: by an incoming webhook, or as an app, which may write into the thread of the first message (docs.slack.dev/reference).
// `text` is what a notification shows; colour is there in attachments alone. Whatever comes from outside is escaped, or an error text
// with <!channel> in it would call everybody.
import type { SlackChannel } from '../../../gen/openk/config/v1/config_pb.ts';
import type { AlertMessage, SendResult } from '../../core/alert.ts';
import { printable } from '../../core/printable.ts';
import { createRedactor } from '../../core/redactor.ts';
import type { JsonValue } from './alert-json.ts';
import type { ChannelKind } from './channel-kind.ts';
import { createHttpSender, type ReadAnswer } from './http-sender.ts';
import { readObject } from './read-object.ts';
import { characters, escapeBy, type Markup, shorten, shortenAll } from './shorten.ts';
import { below, checkUrl, secretsOfUrl } from './url-secrets.ts';
import { type Line, type Link, type Tone, wordingOf } from './wording.ts';

const DEFAULT_API = 'https://slack.com/api';
/** Of the text; more than 4,000 is advised against. */
const MAX_TITLE = 1000;
/** Of a section. */
const MAX_SECTION = 3000;

const MARKUP: Markup = { escape: escapeBy({ '&': '&amp;', '<': '&lt;', '>': '&gt;' }), size: characters };
const COLORS: Readonly<Record<Tone, string>> = {
  GOOD: '#2eb886',
  INFO: '#439fe0',
  WARNING: '#daa038',
  ERROR: '#d9534f',
  CRITICAL: '#a30200',
};

export const slack: ChannelKind<SlackChannel> = {
  kind: 'slack',
  check({ webhookUrl, token, apiUrl }) {
    return [
      ...(webhookUrl === '' ? [] : checkUrl(webhookUrl, ['webhook_url'])),
      ...(apiUrl === '' ? [] : checkUrl(apiUrl, ['api_url'])),
      ...(/^[\x21-\x7e]*$/.test(token) ? [] : [{ path: ['token'], message: 'is no token' }]),
    ];
  },
  create({ webhookUrl, token, channel, apiUrl }, context) {
    if (token === '') {
      const url = new URL(webhookUrl);
      const post = createHttpSender(context, createRedactor(secretsOfUrl(url)));
      return {
        send: ({ message, nowMs }, signal) =>
          post({ url, body: JSON.stringify(slackBody(message)) }, { signal, nowMs }),
      };
    }
    const url = below(apiUrl || DEFAULT_API, 'chat.postMessage');
    const post = createHttpSender(context, createRedactor([token, ...(apiUrl === '' ? [] : secretsOfUrl(url))]));
    return {
      send({ message, nowMs, handle }, signal) {
        const thread = handle === undefined ? {} : { thread_ts: handle, reply_broadcast: isForAll(message) };
        const body = JSON.stringify({ channel, ...slackBody(message), ...thread });
        return post({ url, headers: { authorization: `Bearer ${token}` }, body }, { signal, nowMs }, readApiAnswer);
      },
    };
  },
};

/** Who does not follow the thread has to see these too. */
function isForAll({ type }: AlertMessage): boolean {
  return type === 'alert.resolved' || type === 'alert.reminded';
}

export function slackBody(message: AlertMessage): { readonly [key: string]: JsonValue } {
  const { title, lines, links, tone } = wordingOf(message);
  const text = shortenAll<Line | Link>([...lines, ...links], MAX_SECTION, {
    size: characters,
    separator: '\n',
    render: (part, room) => ('url' in part ? renderLink(part) : renderLine(part, room)),
  });
  return {
    text: `*${shorten(title, MAX_TITLE, MARKUP)}*`,
    unfurl_links: false,
    unfurl_media: false,
    attachments: [
      {
        color: COLORS[tone],
        blocks: text === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }],
      },
    ],
  };
}

function renderLine({ label, text }: Line, room: number): string | undefined {
  const before = label === undefined ? '' : `*${label}:* `;
  return room > before.length + 10 ? before + shorten(text, room - before.length, MARKUP) : undefined;
}

function renderLink({ title, url }: Link): string {
  const address = url.replaceAll('|', '%7C').replaceAll('>', '%3E').replaceAll('<', '%3C').replaceAll('&', '&amp;');
  return `<${address}|${shorten(title, 200, MARKUP).replaceAll('|', '¦')}>`;
}

/** What Slack says of itself; all other errors are about the request (docs.slack.dev/reference/methods/chat.postMessage). */
const FOR_LATER = new Set([
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);

/** Its API says 200 to everything, and what it means in the body. */
const readApiAnswer: ReadAnswer = ({ status, body }): SendResult | undefined => {
  if (status < 200 || status >= 300) return undefined;
  const { ok, error, ts } = readObject(body) ?? {};
  if (ok === true) return { kind: 'accepted', ...(typeof ts === 'string' && { handle: ts }) };
  if (ok !== false)
    return { kind: 'retry', error: 'Slack answered what is none of its answers', perhapsDelivered: true };
  // A code of Slack, or nothing that is shown.
  const code = typeof error === 'string' && /^[a-z0-9_]{1,60}$/.test(error) ? error : 'an error without a name';
  const text = `Slack answered ${printable(code, 60)}`;
  if (!FOR_LATER.has(code)) return { kind: 'refused', error: text };
  return { kind: 'retry', error: text, perhapsDelivered: code.endsWith('_error') };
};
