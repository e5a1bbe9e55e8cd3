// Discord, by a webhook (discord.com/developers/docs/resources/webhook). Nobody is mentioned whatever a text says, and the answer is
// waited for: without that Discord says yes to what it then does not post.
import type { DiscordChannel } from '../../../gen/openk/config/v1/config_pb.ts';
import type { AlertMessage } from '../../core/alert.ts';
import { createRedactor } from '../../core/redactor.ts';
import type { JsonValue } from './alert-json.ts';
import type { ChannelKind } from './channel-kind.ts';
import { createHttpSender } from './http-sender.ts';
import { characters, type Markup, shorten, shortenAll } from './shorten.ts';
import { checkUrl, secretsOfUrl } from './url-secrets.ts';
import { type Line, type Link, type Tone, wordingOf } from './wording.ts';

/** Of the content: 2000. */
const MAX_TITLE = 1500;
/** Of an embed: 4096. */
const MAX_DESCRIPTION = 4096;

const SPECIAL = new Set('\\`*_~|>#[]()<@:-');
const MARKUP: Markup = {
  escape: (character) => (SPECIAL.has(character) ? `\\${character}` : character),
  size: characters,
};
const COLORS: Readonly<Record<Tone, number>> = {
  GOOD: 0x2eb886,
  INFO: 0x439fe0,
  WARNING: 0xdaa038,
  ERROR: 0xd9534f,
  CRITICAL: 0xa30200,
};

export const discord: ChannelKind<DiscordChannel> = {
  kind: 'discord',
  check: ({ webhookUrl }) => checkUrl(webhookUrl, ['webhook_url']),
  create({ webhookUrl }, context) {
    const url = new URL(webhookUrl);
    const post = createHttpSender(context, createRedactor(secretsOfUrl(url)));
    url.searchParams.set('wait', 'true');
    return {
      send: ({ message, nowMs }, signal) =>
        post({ url, body: JSON.stringify(discordBody(message)) }, { signal, nowMs }),
    };
  },
};

export function discordBody(message: AlertMessage): { readonly [key: string]: JsonValue } {
  const { title, lines, links, tone } = wordingOf(message);
  const description = shortenAll<Line | Link>([...lines, ...links], MAX_DESCRIPTION, {
    size: characters,
    separator: '\n',
    render: (part, room) => ('url' in part ? renderLink(part) : renderLine(part, room)),
  });
  return {
    content: `**${shorten(title, MAX_TITLE, MARKUP)}**`,
    embeds: description === '' ? [] : [{ description, color: COLORS[tone] }],
    allowed_mentions: { parse: [] },
  };
}

function renderLine({ label, text }: Line, room: number): string | undefined {
  const before = label === undefined ? '' : `**${label}:** `;
  return room > before.length + 10 ? before + shorten(text, room - before.length, MARKUP) : undefined;
}

function renderLink({ title, url }: Link): string {
  return `[${shorten(title, 200, MARKUP)}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`;
}
