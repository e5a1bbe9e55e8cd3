// ntfy, by JSON posted to its root (docs.ntfy.sh/publish/#publish-as-json): its headers hold no text but ASCII. A longer message
// becomes an attachment, which nobody reads on a telephone.
import type { NtfyChannel } from '../../../gen/openk/config/v1/config_pb.ts';
import type { AlertMessage } from '../../core/alert.ts';
import { createRedactor } from '../../core/redactor.ts';
import type { JsonValue } from './alert-json.ts';
import type { ChannelKind } from './channel-kind.ts';
import { createHttpSender } from './http-sender.ts';
import { plainText } from './plain-text.ts';
import { bytes, type Markup, shorten } from './shorten.ts';
import { checkUrl, secretsOfUrl } from './url-secrets.ts';
import { type Tone, wordingOf } from './wording.ts';

const DEFAULT_URL = 'https://ntfy.sh';
/** Of a message: 4096, and of all of the JSON twice that by default. */
const MAX_MESSAGE_BYTES = 3000;
const MAX_TITLE_BYTES = 250;

const MARKUP: Markup = { escape: (character) => character, size: bytes };
const PRIORITIES: Readonly<Record<Tone, number>> = { GOOD: 3, INFO: 2, WARNING: 3, ERROR: 4, CRITICAL: 5 };
/** Which ntfy shows as emoji. */
const TAGS: Readonly<Record<Tone, string>> = {
  GOOD: 'white_check_mark',
  INFO: 'information_source',
  WARNING: 'warning',
  ERROR: 'rotating_light',
  CRITICAL: 'rotating_light',
};

export const ntfy: ChannelKind<NtfyChannel> = {
  kind: 'ntfy',
  check({ url, topic, token }) {
    return [
      ...(url === '' ? [] : checkUrl(url, ['url'])),
      ...(/^[-_A-Za-z0-9]{1,64}$/.test(topic)
        ? []
        : [{ path: ['topic'], message: "must be letters, digits, '-' and '_'" }]),
      ...(/^[\x21-\x7e]*$/.test(token) ? [] : [{ path: ['token'], message: 'is no token' }]),
    ];
  },
  create({ url: configured, topic, token }, context) {
    const url = new URL(configured || DEFAULT_URL);
    // Everybody who knows a topic can read it.
    const post = createHttpSender(
      context,
      createRedactor([topic, token, ...secretsOfUrl(url)].filter((one) => one !== '')),
    );
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
    return {
      send: ({ message, nowMs }, signal) =>
        post({ url, headers, body: JSON.stringify({ topic, ...ntfyBody(message) }) }, { signal, nowMs }),
    };
  },
};

/** Without the topic. */
export function ntfyBody(message: AlertMessage): { readonly [key: string]: JsonValue } {
  const { title, lines, links, tone } = wordingOf(message);
  const [first] = links;
  // An address that is cut leads nowhere, and three of the longest would be too much.
  const usable = links.filter(({ url }) => bytes(url) <= 500);
  return {
    title: shorten(title, MAX_TITLE_BYTES, MARKUP),
    message: plainText({ lines, links: [] }, MAX_MESSAGE_BYTES, bytes) || title,
    priority: PRIORITIES[tone],
    tags: [TAGS[tone]],
    ...(first !== undefined && usable.includes(first) && { click: first.url }),
    // It takes three.
    actions: usable
      .slice(0, 3)
      .map((link) => ({ action: 'view', label: shorten(link.title, 60, MARKUP), url: link.url })),
  };
}
