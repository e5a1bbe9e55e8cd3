// What follows an alert refers to its first message, where a channel can.
import { create } from '@bufbuild/protobuf';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DiscordChannelSchema,
  MatrixChannelSchema,
  NtfyChannelSchema,
  SlackChannelSchema,
  TelegramChannelSchema,
} from '../../../gen/openk/config/v1/config_pb.ts';
import type { ChannelKindName } from '../../../src/alerts/channels/registry.ts';
import type { MessageType } from '../../../src/core/alert.ts';
import { exampleMessage, outgoing } from './examples.ts';
import { type Behaviour, type HttpReceiver, startHttpReceiver } from './receivers.ts';
import { createChannelRig, never } from './rig.ts';

const rig = createChannelRig();
let receiver: HttpReceiver;
beforeAll(async () => {
  receiver = await startHttpReceiver();
});
afterEach(() => receiver.behave({ status: 200 }));
afterAll(async () => receiver.close());

async function sent(kind: ChannelKindName, options: unknown, answer: Behaviour, type: MessageType, handle?: string) {
  receiver.behave(answer);
  const message = outgoing(exampleMessage(type), handle === undefined ? {} : { handle });
  const result = await rig.channel(kind, options).send(message, never);
  const { method, path, headers, body } = receiver.received.at(-1)!;
  return { result, method, path, headers, body: JSON.parse(body) };
}

describe('slack by its API', () => {
  const options = () => create(SlackChannelSchema, { token: 'xoxb-1', channel: 'ops', apiUrl: `${receiver.url}/api/` });
  const ok: Behaviour = { status: 200, body: '{"ok":true,"ts":"17.1"}' };

  it('answers in the thread of the first message, and so that all see what is over', async () => {
    const first = await sent('slack', options(), ok, 'alert.opened');
    expect(first).toMatchObject({ result: { kind: 'accepted', handle: '17.1' }, path: '/api/chat.postMessage' });
    expect(first.headers.authorization).toBe('Bearer xoxb-1');
    expect(first.body).toMatchObject({ channel: 'ops', text: '*Payments database is UNHEALTHY*' });
    expect(first.body.thread_ts).toBeUndefined();
    const update = await sent('slack', options(), ok, 'alert.updated', '17.1');
    expect(update.body).toMatchObject({ thread_ts: '17.1', reply_broadcast: false });
    const end = await sent('slack', options(), ok, 'alert.resolved', '17.1');
    expect(end.body).toMatchObject({ thread_ts: '17.1', reply_broadcast: true });
  });

  it.each([
    ['{"ok":false,"error":"channel_not_found"}', { kind: 'refused', error: 'Slack answered channel_not_found' }],
    ['{"ok":false,"error":"invalid_auth"}', { kind: 'refused', error: 'Slack answered invalid_auth' }],
    [
      '{"ok":false,"error":"ratelimited"}',
      { kind: 'retry', error: 'Slack answered ratelimited', perhapsDelivered: false },
    ],
    [
      '{"ok":false,"error":"fatal_error"}',
      { kind: 'retry', error: 'Slack answered fatal_error', perhapsDelivered: true },
    ],
    ['{"ok":false,"error":"xoxb-1 is wrong"}', { kind: 'refused', error: 'Slack answered an error without a name' }],
    ['<html>', { kind: 'retry', error: 'Slack answered what is none of its answers', perhapsDelivered: true }],
  ])('reads %s though its status is 200', async (body, expected) => {
    expect((await sent('slack', options(), { status: 200, body }, 'alert.opened')).result).toEqual(expected);
  });
});

describe('telegram', () => {
  const options = () =>
    create(TelegramChannelSchema, { token: '1:abc', chatId: '@ops', messageThreadId: 7n, apiUrl: receiver.url });

  it('replies to the first message, even if it is gone', async () => {
    const ok: Behaviour = { status: 200, body: '{"ok":true,"result":{"message_id":77}}' };
    const first = await sent('telegram', options(), ok, 'alert.opened');
    expect(first).toMatchObject({ result: { kind: 'accepted', handle: '77' }, path: '/bot1:abc/sendMessage' });
    expect(first.body).toMatchObject({ chat_id: '@ops', message_thread_id: 7, parse_mode: 'HTML' });
    const next = await sent('telegram', options(), ok, 'alert.resolved', '77');
    expect(next.body.reply_parameters).toEqual({ message_id: 77, allow_sending_without_reply: true });
  });

  it('waits as long as the body asks for, and says where a group has moved to', async () => {
    const later = '{"ok":false,"error_code":429,"parameters":{"retry_after":35}}';
    expect((await sent('telegram', options(), { status: 429, body: later }, 'alert.opened')).result).toMatchObject({
      kind: 'retry',
      afterMs: 35_000,
      perhapsDelivered: false,
    });
    const moved = '{"ok":false,"error_code":400,"parameters":{"migrate_to_chat_id":-1001234}}';
    const { result } = await sent('telegram', options(), { status: 400, body: moved }, 'alert.opened');
    expect(result).toMatchObject({ kind: 'refused', error: expect.stringContaining('-1001234') });
  });
});

describe('matrix', () => {
  const options = () =>
    create(MatrixChannelSchema, { homeserver: `${receiver.url}/base/`, token: 'syt_1', room: '!a/b:example.org' });

  it('names the delivery as the transaction, and replies', async () => {
    const ok: Behaviour = { status: 200, body: '{"event_id":"$e"}' };
    const first = await sent('matrix', options(), ok, 'alert.opened');
    expect(first).toMatchObject({
      result: { kind: 'accepted', handle: '$e' },
      method: 'PUT',
      path: '/base/_matrix/client/v3/rooms/!a%2Fb%3Aexample.org/send/m.room.message/mabc124-9',
    });
    const next = await sent('matrix', options(), ok, 'alert.resolved', '$e');
    expect(next.body['m.relates_to']).toEqual({ 'm.in_reply_to': { event_id: '$e' } });
  });

  it('waits as long as servers ask for in the body', async () => {
    const body = '{"errcode":"M_LIMIT_EXCEEDED","error":"x","retry_after_ms":2500}';
    const { result } = await sent('matrix', options(), { status: 429, body }, 'alert.opened');
    expect(result).toMatchObject({ kind: 'retry', afterMs: 2500, perhapsDelivered: false });
  });
});

it('discord is asked to wait for the message, and the query that is there stays', async () => {
  const options = create(DiscordChannelSchema, { webhookUrl: `${receiver.url}/api/webhooks/1/t?thread_id=5` });
  expect((await sent('discord', options, { status: 200 }, 'alert.opened')).path).toBe(
    '/api/webhooks/1/t?thread_id=5&wait=true',
  );
});

it('ntfy has its priority by severity, and the end of an alert wakes nobody at night', async () => {
  const options = create(NtfyChannelSchema, { url: receiver.url, topic: 'ops' });
  const opened = await sent('ntfy', options, { status: 200 }, 'alert.opened');
  expect(opened.body).toMatchObject({
    topic: 'ops',
    priority: 5,
    tags: ['rotating_light'],
    click: 'https://wiki.example/runbook?a=1&b=2',
  });
  expect((await sent('ntfy', options, { status: 200 }, 'alert.resolved')).body).toMatchObject({ priority: 3 });
});
