// Matrix, by the client-server API (spec.matrix.org): the one chat that knows a message again. The id of the delivery is the id of the
// transaction, so what was sent twice is there once.
import type { MatrixChannel } from '../../../gen/openk/config/v1/config_pb.ts';
import type { AlertMessage } from '../../core/alert.ts';
import { createRedactor } from '../../core/redactor.ts';
import type { JsonValue } from './alert-json.ts';
import type { ChannelKind } from './channel-kind.ts';
import { htmlText } from './html.ts';
import { createHttpSender, type ReadAnswer } from './http-sender.ts';
import { plainText } from './plain-text.ts';
import { readObject } from './read-object.ts';
import { bytes, type Markup, shorten } from './shorten.ts';
import { below, checkUrl } from './url-secrets.ts';
import { wordingOf } from './wording.ts';

/** Of each form of the text: an event has 65,536 bytes at most, in which JSON may double a character. */
const MAX_TEXT_BYTES = 12_000;
const MARKUP: Markup = { escape: (character) => character, size: bytes };

export const matrix: ChannelKind<MatrixChannel> = {
  kind: 'matrix',
  check({ homeserver, token, room }) {
    return [
      ...checkUrl(homeserver, ['homeserver']),
      ...(/^[\x21-\x7e]+$/.test(token) ? [] : [{ path: ['token'], message: 'is no token' }]),
      ...(room.startsWith('!') ? [] : [{ path: ['room'], message: 'must be the id of a room, which begins with !' }]),
    ];
  },
  create({ homeserver, token, room }, context) {
    const { username, password } = new URL(homeserver);
    const post = createHttpSender(context, createRedactor([token, username, password].filter((one) => one !== '')));
    return {
      send({ id, message, nowMs, handle }, signal) {
        const path = `_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${encodeURIComponent(id)}`;
        const url = below(homeserver, path);
        const reply = handle === undefined ? {} : { 'm.relates_to': { 'm.in_reply_to': { event_id: handle } } };
        const body = JSON.stringify({ ...matrixBody(message), ...reply });
        const headers = { authorization: `Bearer ${token}` };
        return post({ method: 'PUT', url, headers, body }, { signal, nowMs }, readAnswer);
      },
    };
  },
};

export function matrixBody(message: AlertMessage): { readonly [key: string]: JsonValue } {
  const wording = wordingOf(message);
  const title = shorten(wording.title, 2000, MARKUP);
  const rest = plainText(wording, MAX_TEXT_BYTES - bytes(title) - 1, bytes);
  return {
    // m.notice, which bots are meant to use, wakes nobody.
    msgtype: 'm.text',
    body: rest === '' ? title : `${title}\n${rest}`,
    format: 'org.matrix.custom.html',
    formatted_body: htmlText(wording, MAX_TEXT_BYTES, { size: bytes, lineBreak: '<br>' }),
    // Says that nobody is meant, whatever is in the text.
    'm.mentions': {},
  };
}

const readAnswer: ReadAnswer = ({ status, body, retryAfter }) => {
  const { event_id: id, retry_after_ms: afterMs } = readObject(body) ?? {};
  if (status === 200 && typeof id === 'string') return { kind: 'accepted', handle: id };
  // From before servers said it by a header.
  if (status !== 429 || retryAfter !== undefined || typeof afterMs !== 'number' || !(afterMs >= 0)) return undefined;
  const bounded = Math.min(Math.ceil(afterMs), 86_400_000);
  return { kind: 'retry', error: 'the homeserver answered 429', perhapsDelivered: false, afterMs: bounded };
};
