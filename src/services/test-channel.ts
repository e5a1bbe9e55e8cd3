// TestChannel: one attempt, past the outbox. One at a time for each channel; whoever asks meanwhile gets its answer.
import { randomUUID } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { type TestChannelResponse, TestChannelResponseSchema } from '../../gen/openk/alerts/v1/alerts_pb.ts';
import { ABOUT_ITSELF, type Alert, type Channel, type OutgoingMessage, type SendResult } from '../core/alert.ts';
import type { Clock } from '../core/clock.ts';
import { refusal } from '../errors/to-connect.ts';
import { durationToProto } from './convert.ts';

/** A channel as it is configured now. */
export interface TestedChannel {
  readonly channel: Pick<Channel, 'id' | 'send'>;
  readonly timeoutMs: number;
}

export type FindChannel = (id: string) => TestedChannel | undefined;

/** @throws CHANNEL_NOT_FOUND */
export type TestChannel = (id: string, author: string) => Promise<TestChannelResponse>;

export function createChannelTest(find: FindChannel, clock: Clock): TestChannel {
  const running = new Map<string, Promise<TestChannelResponse>>();

  const attempt = async ({ channel, timeoutMs }: TestedChannel, author: string) => {
    const controller = new AbortController();
    const startedMs = clock.monotonicMs();
    const cancel = clock.after(timeoutMs, () => controller.abort());
    try {
      return toAnswer(await channel.send(testMessage(author, clock.nowMs()), controller.signal), startedMs);
    } finally {
      cancel();
    }
  };
  const toAnswer = (result: SendResult, startedMs: number) =>
    create(TestChannelResponseSchema, {
      accepted: result.kind === 'accepted',
      error: result.kind === 'accepted' ? '' : result.error,
      latency: durationToProto(Math.max(0, clock.monotonicMs() - startedMs)),
    });

  return async (id, author) => {
    const found = find(id);
    if (found === undefined) throw refusal('CHANNEL_NOT_FOUND', { channel: id });
    const known = running.get(id);
    if (known !== undefined) return known;
    const answer = attempt(found, author).finally(() => running.delete(id));
    running.set(id, answer);
    return answer;
  };
}

/** About no alert: what a channel says of it has to look like one. */
function testMessage(author: string, nowMs: number): OutgoingMessage {
  const atMs = Math.floor(nowMs);
  const alert: Alert = {
    id: 'test',
    route: 'test',
    component: 'openk',
    displayName: 'OpenK',
    state: 'OPEN',
    status: 'HEALTHY',
    severity: 'INFO',
    reason: { code: 'TEST', message: `A test of this channel, asked for by ${author}. Nothing has happened` },
    sinceMs: atMs,
    openedMs: atMs,
    updatedMs: atMs,
    ...ABOUT_ITSELF,
  };
  return { id: `test-${randomUUID()}`, message: { type: 'openk.test', atMs, alert }, nowMs: atMs };
}
