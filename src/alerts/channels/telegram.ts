// Telegram, by a bot (core.telegram.org/bots/api#sendmessage). In HTML, which has three characters to escape; MarkdownV2 has 18, and
// refuses the message where one is forgotten. The token is in the URL.
import type { TelegramChannel } from '../../../gen/openk/config/v1/config_pb.ts';
import type { AlertMessage } from '../../core/alert.ts';
import { createRedactor } from '../../core/redactor.ts';
import type { JsonValue } from './alert-json.ts';
import type { ChannelKind } from './channel-kind.ts';
import { htmlText } from './html.ts';
import { createHttpSender, type ReadAnswer } from './http-sender.ts';
import { readObject } from './read-object.ts';
import { characters } from './shorten.ts';
import { below, checkUrl, secretsOfUrl } from './url-secrets.ts';
import { wordingOf } from './wording.ts';

const DEFAULT_API = 'https://api.telegram.org';
/** Of a text, once its entities are read; with them it is longer. */
const MAX_TEXT = 4096;

export const telegram: ChannelKind<TelegramChannel> = {
  kind: 'telegram',
  check({ token, apiUrl }) {
    const isToken = /^[0-9]+:[A-Za-z0-9_-]+$/.test(token);
    return [
      ...(isToken ? [] : [{ path: ['token'], message: 'is no token of a bot: digits, a colon, and a text' }]),
      ...(apiUrl === '' ? [] : checkUrl(apiUrl, ['api_url'])),
    ];
  },
  create({ token, chatId, messageThreadId, apiUrl }, context) {
    const url = below(apiUrl || DEFAULT_API, `bot${token}/sendMessage`);
    const post = createHttpSender(context, createRedactor([token, ...token.split(':'), ...secretsOfUrl(url)]));
    const topic = messageThreadId === 0n ? {} : { message_thread_id: Number(messageThreadId) };
    return {
      send({ message, nowMs, handle }, signal) {
        const reply = handle === undefined ? {} : { reply_parameters: replyTo(handle) };
        const body = JSON.stringify({ chat_id: chatId, ...topic, ...telegramBody(message), ...reply });
        return post({ url, body }, { signal, nowMs }, readAnswer);
      },
    };
  },
};

export function telegramBody(message: AlertMessage): { readonly [key: string]: JsonValue } {
  return {
    text: htmlText(wordingOf(message), MAX_TEXT, { size: characters, lineBreak: '\n' }),
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
  };
}

function replyTo(handle: string): JsonValue {
  return { message_id: Number(handle), allow_sending_without_reply: true };
}

const readAnswer: ReadAnswer = ({ status, body }) => {
  const { ok, result, parameters } = readObject(body) ?? {};
  if (ok === true) {
    const { message_id: id } = (result ?? {}) as { readonly message_id?: unknown };
    return { kind: 'accepted', ...(typeof id === 'number' && { handle: id.toString() }) };
  }
  const { retry_after: seconds, migrate_to_chat_id: movedTo } = (parameters ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof movedTo === 'number') {
    return {
      kind: 'refused',
      error: `Telegram answered ${status}: the group is a supergroup now, whose chat_id is ${movedTo}`,
    };
  }
  if (typeof seconds !== 'number' || !(seconds >= 0)) return undefined;
  return {
    kind: 'retry',
    error: `Telegram answered ${status}`,
    perhapsDelivered: false,
    afterMs: Math.min(Math.ceil(seconds), 86_400) * 1000,
  };
};
