// Microsoft Teams, by a workflow that posts what it is sent as an Adaptive Card. Texts are runs of a RichTextBlock, which know no
// Markdown: a TextBlock does, and each of its renderers another one. 202 means that the workflow has begun, not that it has posted.
import type { TeamsChannel } from '../../../gen/openk/config/v1/config_pb.ts';
import type { AlertMessage } from '../../core/alert.ts';
import { createRedactor } from '../../core/redactor.ts';
import type { JsonValue } from './alert-json.ts';
import type { ChannelKind } from './channel-kind.ts';
import { createHttpSender } from './http-sender.ts';
import { bytes, type Markup, shorten } from './shorten.ts';
import { checkUrl, secretsOfUrl } from './url-secrets.ts';
import { type Tone, wordingOf } from './wording.ts';

/** Of lines and links; a message, which Teams takes up to about 28 KB, has its title twice beside them. Lines are few, and bounded. */
const MAX_BODY_BYTES = 20 * 1024;
const MAX_TEXT_BYTES = 2400;

const MARKUP: Markup = { escape: (character) => character, size: bytes };
const COLORS: Readonly<Record<Tone, string>> = {
  GOOD: 'Good',
  INFO: 'Accent',
  WARNING: 'Warning',
  ERROR: 'Attention',
  CRITICAL: 'Attention',
};

export const teams: ChannelKind<TeamsChannel> = {
  kind: 'teams',
  check: ({ webhookUrl }) => checkUrl(webhookUrl, ['webhook_url']),
  create({ webhookUrl, wrap = true }, context) {
    const url = new URL(webhookUrl);
    const post = createHttpSender(context, createRedactor(secretsOfUrl(url)));
    return {
      send: ({ message, nowMs }, signal) =>
        post({ url, body: JSON.stringify(teamsBody(message, wrap)) }, { signal, nowMs }),
    };
  },
};

export function teamsBody(message: AlertMessage, isWrapped: boolean): { readonly [key: string]: JsonValue } {
  const { title, lines, links, tone } = wordingOf(message);
  const heading = {
    text: shorten(title, MAX_TEXT_BYTES, MARKUP),
    weight: 'Bolder',
    size: 'Large',
    color: COLORS[tone],
  };
  const blocks: JsonValue[] = [richText([heading])];
  let room = MAX_BODY_BYTES;
  for (const { label, text } of lines) {
    const block = richText([
      ...(label === undefined ? [] : [{ text: `${label}: `, weight: 'Bolder' }]),
      { text: shorten(text, MAX_TEXT_BYTES, MARKUP) },
    ]);
    room -= bytes(JSON.stringify(block));
    blocks.push(block);
  }
  const actions = links.flatMap(({ title, url }) => {
    const action = { type: 'Action.OpenUrl', title: shorten(title, 200), url };
    room -= bytes(JSON.stringify(action));
    return room < 0 ? [] : [action];
  });
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    fallbackText: shorten(title, MAX_TEXT_BYTES, MARKUP),
    body: blocks,
    actions,
    msteams: { width: 'full' },
  };
  if (!isWrapped) return card;
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card };
  return { type: 'message', attachments: [attachment] };
}

function richText(runs: readonly { readonly [key: string]: string }[]): JsonValue {
  return { type: 'RichTextBlock', inlines: runs.map((run) => ({ type: 'TextRun', ...run })) };
}
