import { describe, expect, it } from '@jest/globals';
import type { Delivery, MessageType, SendResult } from '../../../src/core/alert.ts';
import { alert, delivery } from '../../store/alerts.ts';
import {
  ACCEPTED,
  createOutboxStore,
  createOutboxWorld,
  define,
  EVERY_MS,
  NO_ANSWER,
  NO_CONNECTION,
  type OutboxWorld,
  type OutboxWorldOptions,
  REFUSED,
} from './outbox-world.ts';

const START_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const about = (number: number, of: string, type: MessageType, more: Partial<Delivery> = {}) =>
  delivery(number, { alert: of, message: { type, atMs: number, alert: alert(of) }, createdMs: START_MS, ...more });

const ids = (world: OutboxWorld, channel = 'hook') => world.channel(channel).sent.map(({ message }) => message.id);

async function started(options?: OutboxWorldOptions): Promise<OutboxWorld> {
  const world = createOutboxWorld(options);
  world.outbox.start();
  await world.clock.advance(0);
  return world;
}

describe('a message', () => {
  it('goes out soon after its decision, and is kept as accepted', async () => {
    const world = await started();
    world.publish(about(1, 'a', 'alert.opened'));
    expect(world.channel('hook').sent).toEqual([]);
    await world.clock.advance(0);
    expect(world.channel('hook').sent).toMatchObject([
      { message: { id: 'd1', nowMs: START_MS, message: { type: 'alert.opened', alert: { id: 'a' } } } },
    ]);
    expect(world.store.kept.get('d1')).toMatchObject({ state: 'ACCEPTED', attempts: 1, settledMs: START_MS });
    expect(world.outcomes).toEqual(['hook accepted']);
    await world.outbox.close();
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('waits for no store before it goes out for the first time', async () => {
    const world = await started();
    world.store.mode = 'hold';
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d1']);
    world.store.mode = 'keep';
    await world.outbox.close();
    expect(world.store.saves.map((saved) => saved.map(({ id, state }) => `${id} ${state}`))).toEqual([['d1 ACCEPTED']]);
  });

  it('goes after the one before about the same alert, and not after that about another', async () => {
    const world = await started();
    world.channel('hook').script = 'hold';
    world.publish(about(1, 'a', 'alert.opened'), about(2, 'a', 'alert.updated'), about(3, 'b', 'alert.opened'));
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d1', 'd3']);
    world.channel('hook').sent[1]!.answer(ACCEPTED);
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d1', 'd3']);
    world.channel('hook').sent[0]!.answer(ACCEPTED);
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d1', 'd3', 'd2']);
    await world.outbox.close();
  });

  it('goes only once what became of the one before is kept, or after two seconds', async () => {
    const world = await started();
    world.publish(about(1, 'a', 'alert.opened'), about(2, 'a', 'alert.updated', { mayHaveArrived: true }));
    world.channel('hook').script = () => {
      world.store.mode = 'hold';
      return ACCEPTED;
    };
    await world.clock.advance(1_999);
    expect(ids(world)).toEqual(['d1']);
    await world.clock.advance(1);
    expect(ids(world)).toEqual(['d1', 'd2']);
    world.store.mode = 'keep';
    await world.outbox.close();
  });

  it('is sent with few others at a time', async () => {
    const world = await started();
    world.channel('hook').script = 'hold';
    world.publish(...Array.from({ length: 9 }, (_, at) => about(at + 1, `a${at}`, 'alert.opened')));
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d1', 'd2', 'd3', 'd4']);
    await world.outbox.close();
  });

  it('that follows another refers to the first that was accepted, over a restart too', async () => {
    const world = await started();
    let calls = 0;
    world.channel('hook').script = () => ({ kind: 'accepted', handle: `ts-${++calls}` });
    world.publish(about(1, 'a', 'alert.opened'), about(2, 'b', 'alert.opened'), about(3, 'a', 'alert.updated'));
    await world.clock.advance(0);
    await world.outbox.close();
    const again = await started({ store: world.store, clock: world.clock });
    again.publish(about(4, 'a', 'alert.resolved'));
    await again.clock.advance(0);
    const handles = [...world.channel('hook').sent, ...again.channel('hook').sent].map(({ message }) => message.handle);
    expect(handles).toEqual([undefined, undefined, 'ts-1', 'ts-1']);
    await again.outbox.close();
  });
});

describe('a message that did not arrive', () => {
  it('is sent again with the same id, after longer and longer, at most five minutes', async () => {
    const world = await started({ random: () => 0.999_999 });
    world.channel('hook').script = () => NO_ANSWER;
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(HOUR_MS / 2);
    const times = world.channel('hook').sent.map(({ atMs }) => Math.round(atMs / 1000));
    const gaps = times.slice(1).map((at, index) => at - times[index]!);
    expect(gaps.slice(0, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    expect(new Set(ids(world))).toEqual(new Set(['d1']));
    expect(world.store.kept.get('d1')).toMatchObject({
      state: 'WAITING',
      attempts: times.length,
      mayHaveArrived: true,
      error: 'no answer',
      nextAttemptMs: expect.any(Number),
    });
    world.channel('hook').script = () => ACCEPTED;
    await world.clock.advance(300_000);
    const { error, nextAttemptMs, ...accepted } = world.store.kept.get('d1')!;
    expect([accepted.state, error, nextAttemptMs]).toEqual(['ACCEPTED', undefined, undefined]);
    await world.outbox.close();
  });

  it('waits as long as chance says', async () => {
    const draws = [0.5, 0.25, 0.75];
    const world = await started({ random: () => draws.shift() ?? 0.5 });
    world.channel('hook').script = () => NO_ANSWER;
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(4_000);
    expect(world.channel('hook').sent.map(({ atMs }) => atMs)).toEqual([0, 500, 1_000, 4_000]);
    await world.outbox.close();
  });

  it.each([
    [20_000, 20_000],
    [0, 500],
    [10 * HOUR_MS, HOUR_MS],
  ])('waits for %i ms where the channel asks for that, and so does every other', async (afterMs, waitMs) => {
    const world = await started();
    world.channel('hook').script = () => ({ kind: 'retry', error: 'too many', perhapsDelivered: false, afterMs });
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(0);
    world.channel('hook').script = () => ACCEPTED;
    if (afterMs > 0) world.publish(about(2, 'b', 'alert.opened'));
    await world.clock.advance(waitMs - 1);
    expect(ids(world)).toEqual(['d1']);
    await world.clock.advance(1);
    expect(ids(world).slice(0, 2)).toEqual(['d1', 'd1']);
    await world.outbox.close();
  });

  it('is cut off a second after the time-out of its channel, which does not keep it', async () => {
    const world = await started();
    const channel = world.channel('hook');
    channel.script = 'hold';
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(10_999);
    expect(channel.sent[0]?.signal.aborted).toBe(false);
    await world.clock.advance(1);
    expect(channel.sent[0]?.signal.aborted).toBe(true);
    expect(world.outcomes).toEqual(['hook retried']);
    await world.outbox.close();
  });

  it('holds up nothing for longer by a channel that heeds no signal', async () => {
    const world = await started();
    const channel = world.channel('hook');
    channel.script = () => new Promise(() => {}) as never;
    channel.isDeaf = true;
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(15_999);
    expect(world.outcomes).toEqual([]);
    await world.clock.advance(1);
    expect(world.store.kept.get('d1')).toMatchObject({ state: 'WAITING', error: 'no answer within 10s' });
    await world.outbox.close();
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('lets the others try one at a time, until one is accepted', async () => {
    const world = await started();
    world.channel('hook').script = () => NO_ANSWER;
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(0);
    world.channel('hook').script = 'hold';
    world.publish(...Array.from({ length: 6 }, (_, at) => about(at + 2, `b${at}`, 'alert.opened')));
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d1', 'd2']);
    world.channel('hook').sent[1]!.answer(ACCEPTED);
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d1', 'd2', 'd3', 'd4', 'd5', 'd6']);
    await world.outbox.close();
  });

  it('is tried soon once the channel is back after an outage', async () => {
    const world = await started({ random: () => 0.9 });
    world.channel('hook').script = () => NO_ANSWER;
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(HOUR_MS / 6);
    const attempts = ids(world).length;
    world.channel('hook').script = () => ACCEPTED;
    world.publish(about(2, 'b', 'alert.opened'));
    await world.clock.advance(5_000);
    expect(ids(world).slice(attempts)).toEqual(['d2', 'd1']);
    await world.outbox.close();
  });

  it('is given up after 24 hours, with all that is as old, and what follows of the alert goes out', async () => {
    const world = await started();
    world.channel('hook').script = () => NO_ANSWER;
    world.publish(about(1, 'a', 'alert.opened'), about(2, 'b', 'alert.opened'));
    await world.clock.advance(23 * HOUR_MS);
    world.publish(about(3, 'a', 'alert.resolved', { createdMs: START_MS + 23 * HOUR_MS }));
    await world.clock.advance(HOUR_MS - 1);
    expect(world.store.kept.get('d1')?.state).toBe('WAITING');
    await world.clock.advance(400_000);
    for (const id of ['d1', 'd2']) {
      expect(world.store.kept.get(id)).toMatchObject({ state: 'FAILED', error: 'not accepted within 24h: no answer' });
    }
    world.channel('hook').script = () => ACCEPTED;
    await world.clock.advance(300_000);
    expect(world.store.kept.get('d3')?.state).toBe('ACCEPTED');
    await world.outbox.close();
  });

  it('is given up by time that passes, and not by a clock that is set', async () => {
    const world = await started();
    world.channel('hook').script = () => NO_ANSWER;
    world.publish(about(1, 'a', 'alert.opened'), about(2, 'b', 'alert.opened'));
    await world.clock.advance(HOUR_MS);
    world.clock.stepWall(30 * HOUR_MS);
    await world.clock.advance(22 * HOUR_MS);
    expect([...world.store.kept.values()].map(({ state }) => state)).toEqual(['WAITING', 'WAITING']);
    world.clock.stepWall(-90 * HOUR_MS);
    await world.clock.advance(HOUR_MS + 400_000);
    expect([...world.store.kept.values()].map(({ state }) => state)).toEqual(['FAILED', 'FAILED']);
    await world.outbox.close();
  });

  it('is tried for an hour where OpenK was away for longer than 24, or its clock is ahead', async () => {
    const store = createOutboxStore();
    store.add([about(1, 'a', 'alert.opened', { createdMs: START_MS - 30 * HOUR_MS, attempts: 3 })]);
    const world = createOutboxWorld({ store });
    world.channel('hook').script = () => NO_ANSWER;
    world.outbox.start();
    await world.clock.advance(HOUR_MS - 1);
    expect(store.kept.get('d1')?.state).toBe('WAITING');
    await world.clock.advance(400_000);
    expect(store.kept.get('d1')?.state).toBe('FAILED');
    await world.outbox.close();
  });

  it('is a defect where the channel threw, and is sent again', async () => {
    const world = await started();
    world.channel('hook').script = () => {
      throw new Error('broken');
    };
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(0);
    expect(world.defects).toEqual([new Error('broken')]);
    expect(world.store.kept.get('d1')).toMatchObject({ state: 'WAITING', error: 'internal error' });
    await world.outbox.close();
  });
});

describe('what nobody was told of and is over', () => {
  const OPENED = about(1, 'a', 'alert.opened');
  const REST = [about(2, 'a', 'alert.updated'), about(3, 'a', 'alert.resolved'), about(4, 'b', 'alert.opened')];

  it('is dropped with its end and with what is between', async () => {
    const world = await started();
    world.publish(OPENED, ...REST);
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d4']);
    for (const id of ['d1', 'd2', 'd3']) {
      expect(world.store.kept.get(id)).toMatchObject({ state: 'DROPPED', attempts: 0, settledMs: START_MS });
    }
    expect(world.outcomes.toSorted()).toEqual(['hook accepted', 'hook dropped', 'hook dropped', 'hook dropped']);
    await world.outbox.close();
  });

  it('is dropped too where no attempt arrived', async () => {
    const world = await started();
    world.channel('hook').script = () => NO_CONNECTION;
    world.publish(OPENED);
    await world.clock.advance(10_000);
    world.channel('hook').script = () => ACCEPTED;
    world.publish(...REST);
    await world.clock.advance(300_000);
    expect(ids(world).at(-1)).toBe('d4');
    expect(['d1', 'd2', 'd3'].map((id) => world.store.kept.get(id)?.state)).toEqual(['DROPPED', 'DROPPED', 'DROPPED']);
    await world.outbox.close();
  });

  it.each<[string, SendResult | undefined, Partial<Delivery>]>([
    ['an attempt may have arrived', NO_ANSWER, {}],
    ['an attempt was cut off by a crash', undefined, { attempts: 1, mayHaveArrived: true }],
  ])('goes out all the same where %s', async (_what, first, more) => {
    const world = await started();
    let calls = 0;
    world.channel('hook').script = () => (first !== undefined && ++calls === 1 ? first : ACCEPTED);
    world.publish({ ...OPENED, ...more });
    await world.clock.advance(0);
    world.publish(...REST);
    await world.clock.advance(10_000);
    expect(['d1', 'd2', 'd3'].map((id) => world.store.kept.get(id)?.state)).toEqual([
      'ACCEPTED',
      'ACCEPTED',
      'ACCEPTED',
    ]);
    await world.outbox.close();
  });

  it('is not what began to be said before OpenK was restarted', async () => {
    const store = createOutboxStore();
    store.add([about(5, 'a', 'alert.resolved')]);
    const world = await started({ store });
    expect(ids(world)).toEqual(['d5']);
    await world.outbox.close();
  });

  it('is not what another process left, which may have sent it while the store took nothing', async () => {
    const store = createOutboxStore();
    store.add([about(1, 'a', 'alert.opened')]);
    const world = createOutboxWorld({ store });
    world.outbox.start();
    world.publish(about(2, 'a', 'alert.resolved'), about(3, 'b', 'alert.opened'), about(4, 'b', 'alert.resolved'));
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d1', 'd2']);
    expect(['d3', 'd4'].map((id) => world.store.kept.get(id)?.state)).toEqual(['DROPPED', 'DROPPED']);
    await world.outbox.close();
  });
});

describe('a channel that refuses', () => {
  it('is failing until it accepts something, and another one is told of it once', async () => {
    const world = await started({ channels: ['hook', 'chat', 'mail'] });
    world.channel('hook').script = () => REFUSED;
    world.publish(about(1, 'a', 'alert.opened'), about(2, 'a', 'alert.updated'), about(3, 'b', 'alert.opened'));
    await world.clock.advance(0);
    expect(['d1', 'd2', 'd3'].map((id) => world.store.kept.get(id))).toMatchObject(
      Array.from({ length: 3 }, () => ({
        state: 'FAILED',
        attempts: 1,
        error: 'the answer was 404',
        settledMs: START_MS,
      })),
    );
    expect(world.failures).toEqual([['hook', 'the answer was 404', 0]]);
    expect(world.outbox.notices()).toEqual(['alerts cannot be sent to channel hook: the answer was 404']);
    expect(world.channel('chat').sent).toMatchObject([
      {
        message: {
          id: 'notice-1',
          message: {
            type: 'openk.notice',
            alert: {
              reason: {
                code: 'ALERT_CHANNEL_FAILING',
                message:
                  'Alerts cannot be sent to channel hook: the answer was 404. What waits for it is tried for 24h',
              },
            },
          },
        },
      },
    ]);
    expect(world.channel('mail').sent).toEqual([]);
    expect(world.store.kept.has('notice-1')).toBe(false);
    world.channel('hook').script = () => ACCEPTED;
    world.publish(about(4, 'a', 'alert.resolved'));
    await world.clock.advance(0);
    expect(world.failures.slice(1)).toEqual([['hook', undefined, 3]]);
    expect(world.outbox.notices()).toEqual([]);
    await world.outbox.close();
  });

  it('is told of by the first that works, and by none where none does', async () => {
    const world = await started({ channels: ['hook', 'chat', 'mail'] });
    for (const id of ['hook', 'chat']) world.channel(id).script = () => REFUSED;
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(0);
    expect(world.channel('mail').sent.map(({ message }) => message.message.alert.reason.message)).toEqual([
      expect.stringContaining('channel chat'),
    ]);
    world.channel('mail').script = () => REFUSED;
    world.publish(about(2, 'a', 'alert.opened', { channel: 'mail' }));
    await world.clock.advance(0);
    expect(world.outbox.notices()).toHaveLength(3);
    await world.outbox.close();
  });

  it('is no other than one that has accepted nothing for ten minutes', async () => {
    const world = await started({ channels: ['hook', 'chat'] });
    world.channel('hook').script = () => NO_CONNECTION;
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(590_000);
    expect(world.failures).toEqual([]);
    await world.clock.advance(320_000);
    expect(world.failures).toEqual([['hook', 'no connection', 0]]);
    expect(world.channel('chat').sent).toHaveLength(1);
    await world.outbox.close();
  });
});

describe('a reload', () => {
  it('goes on with channels that are the same, and replaces those that are not', async () => {
    const world = await started({ channels: ['hook', 'chat'] });
    world.channel('hook').script = 'hold';
    world.publish(about(1, 'a', 'alert.opened'), about(2, 'b', 'alert.opened', { channel: 'chat' }));
    await world.clock.advance(0);
    const before = world.channel('hook');
    world.outbox.configure([define('hook', { fingerprint: 'other', timeoutMs: 3_000 }), define('chat')])();
    expect(world.made.map(({ id }) => id)).toEqual(['hook', 'chat', 'hook']);
    expect(world.outbox.channel('hook')).toMatchObject({ channel: { id: 'hook' }, timeoutMs: 3_000 });
    // What is under way by the one before ends before it is closed.
    expect(before.isClosed).toBe(false);
    world.publish(about(3, 'a', 'alert.updated'));
    before.sent[0]!.answer(ACCEPTED);
    await world.clock.advance(0);
    expect([before.isClosed, before.sent.length, ids(world)]).toEqual([true, 1, ['d3']]);
    await world.outbox.close();
  });

  it('sends by a channel that is gone what waits for it, and what is made for it later', async () => {
    const world = await started({ channels: ['hook', 'chat'] });
    const hook = world.channel('hook');
    hook.script = () => NO_ANSWER;
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(0);
    world.outbox.configure([define('chat')])();
    expect(world.outbox.channel('hook')).toBeUndefined();
    hook.script = () => ACCEPTED;
    await world.clock.advance(10_000);
    expect(world.store.kept.get('d1')?.state).toBe('ACCEPTED');
    world.publish(about(2, 'a', 'alert.resolved'));
    await world.clock.advance(0);
    expect(world.store.kept.get('d2')?.state).toBe('ACCEPTED');
    expect(world.made).toHaveLength(2);
    await world.outbox.close();
    expect(hook.isClosed).toBe(true);
  });

  it('leaves a hundred channels that are gone, the latest, and those that something waits for', async () => {
    const world = await started();
    world.channel('hook').script = () => NO_CONNECTION;
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(0);
    for (let at = 0; at < 120; at++) {
      world.outbox.configure([define(`c${at}`)])();
      await world.clock.advance(0);
    }
    const closed = world.made.filter(({ isClosed }) => isClosed).map(({ id }) => id);
    expect(closed).toEqual(Array.from({ length: 20 }, (_, at) => `c${at}`));
    world.publish(about(2, 'b', 'alert.opened', { channel: 'c0' }));
    await world.clock.advance(0);
    expect(world.store.kept.get('d2')).toMatchObject({
      state: 'FAILED',
      error: expect.stringContaining('no channel c0'),
    });
    expect(world.orphans).toEqual([['c0', 1]]);
    await world.outbox.close();
  });

  it('may bring a channel back', async () => {
    const world = await started({ channels: ['hook', 'chat'] });
    world.outbox.configure([define('chat')])();
    world.outbox.configure([define('chat'), define('hook')])();
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(0);
    expect([ids(world), world.outbox.channel('hook')?.channel.id]).toEqual([['d1'], 'hook']);
    await world.outbox.close();
  });

  it('changes nothing where a channel cannot be made', async () => {
    const world = await started();
    const wrong = [define('hook', { fingerprint: 'other' }), define('chat', { kind: 'unusable' })];
    expect(() => world.outbox.configure(wrong)).toThrow('it cannot be used');
    expect(world.outbox.channel('chat')).toBeUndefined();
    world.publish(about(1, 'a', 'alert.opened'));
    await world.clock.advance(0);
    expect(world.made.map(({ sent, isClosed }) => [sent.length, isClosed])).toEqual([
      [1, false],
      [0, true],
    ]);
    await world.outbox.close();
  });
});

describe('a restart', () => {
  it('sends what waits, in its order, and when it was to be sent', async () => {
    const store = createOutboxStore();
    store.add([
      about(4, 'a', 'alert.updated'),
      about(2, 'a', 'alert.opened', { attempts: 4, mayHaveArrived: true, nextAttemptMs: START_MS + 5_000 }),
      about(3, 'b', 'alert.opened'),
      about(1, 'c', 'alert.opened', { state: 'ACCEPTED' }),
    ]);
    const world = await started({ store });
    expect(ids(world)).toEqual(['d3']);
    await world.clock.advance(5_000);
    expect(ids(world)).toEqual(['d3', 'd2', 'd4']);
    await world.outbox.close();
  });

  // Who made or tried it may have had another clock.
  it.each([
    { name: 'made by a clock that is ahead', attempts: 0, createdMs: DAY_MS, nextAttemptMs: DAY_MS, waitMs: 0 },
    { name: 'tried by a clock that was ahead', attempts: 1, createdMs: 0, nextAttemptMs: DAY_MS, waitMs: 1_000 },
    { name: 'tried four times by one', attempts: 4, createdMs: DAY_MS, nextAttemptMs: DAY_MS, waitMs: 8_000 },
    { name: 'tried often by one', attempts: 1_000, createdMs: 0, nextAttemptMs: DAY_MS, waitMs: 300_000 },
    { name: 'to be tried earlier than that', attempts: 4, createdMs: 0, nextAttemptMs: 3_000, waitMs: 3_000 },
    { name: 'tried by a clock that was behind', attempts: 4, createdMs: 0, nextAttemptMs: -DAY_MS, waitMs: 0 },
  ])('waits no longer than what failed does: $name', async ({ attempts, createdMs, nextAttemptMs, waitMs }) => {
    const store = createOutboxStore();
    const times = { createdMs: START_MS + createdMs, nextAttemptMs: START_MS + nextAttemptMs };
    store.add([about(1, 'a', 'alert.opened', { attempts, ...times }), about(2, 'a', 'alert.updated')]);
    const world = await started({ store });
    if (waitMs > 0) {
      await world.clock.advance(waitMs - 1);
      expect(ids(world)).toEqual([]);
      await world.clock.advance(1);
    }
    expect(ids(world)).toEqual(['d1', 'd2']);
    await world.outbox.close();
  });

  it('takes what is published while it reads what is left, once', async () => {
    const store = createOutboxStore();
    const { waitingDeliveries } = store;
    const early = about(1, 'a', 'alert.opened');
    const late = about(2, 'b', 'alert.opened');
    store.add([early]);
    let reads = 0;
    store.waitingDeliveries = async (asked) => {
      const page = await waitingDeliveries(asked);
      // The first page is of before, and nobody waits for seconds until the next.
      if (asked.channel !== undefined && ++reads === 1) world.publish(late);
      return page;
    };
    const world = createOutboxWorld({ store });
    world.outbox.start();
    await world.clock.advance(0);
    // The store had it before its answer came.
    world.outbox.take({ deliveries: [early] });
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d1', 'd2']);
    await world.outbox.close();
  });

  it('gives up what waits for channels that are gone, and says so', async () => {
    const store = createOutboxStore();
    store.add(Array.from({ length: 1_200 }, (_, at) => about(at + 1, `a${at}`, 'alert.opened', { channel: 'gone' })));
    store.add([about(5_000, 'x', 'alert.opened')]);
    const world = await started({ store });
    await world.clock.advance(0);
    const states = [...store.kept.values()].map(({ state }) => state);
    expect(states.filter((state) => state === 'FAILED')).toHaveLength(1_200);
    expect(ids(world)).toEqual(['d5000']);
    expect(world.orphans.reduce((sum, [, count]) => sum + count, 0)).toBe(1_200);
    await world.outbox.close();
  });

  it('is what a close prepares: what is under way is cut off and waits', async () => {
    const world = await started({ channels: ['hook', 'chat'] });
    for (const id of ['hook', 'chat']) world.channel(id).script = 'hold';
    world.publish(about(1, 'a', 'alert.opened'), about(2, 'a', 'alert.updated'));
    await world.clock.advance(0);
    await world.outbox.close();
    expect(world.channel('hook').sent[0]?.signal.aborted).toBe(true);
    expect(world.made.map(({ isClosed }) => isClosed)).toEqual([true, true]);
    expect(world.store.kept.get('d1')).toMatchObject({ state: 'WAITING' });
    expect(world.clock.pendingTimers).toBe(0);
    world.publish(about(3, 'b', 'alert.opened'));
    const again = await started({ store: world.store, clock: world.clock });
    await again.clock.advance(0);
    expect(ids(again)).toEqual(['d1', 'd3', 'd2']);
    await again.outbox.close();
    expect(again.clock.pendingTimers).toBe(0);
  });
});

describe('one that may not send', () => {
  it('begins nothing, cuts off what is under way, and goes on in order once it may', async () => {
    let maySend = true;
    const world = await started({ channels: ['hook', 'chat'], maySend: () => maySend });
    const hook = world.channel('hook');
    hook.script = 'hold';
    world.publish(about(1, 'a', 'alert.opened'), about(2, 'a', 'alert.updated'));
    await world.clock.advance(0);
    maySend = false;
    world.outbox.hold();
    expect(hook.sent[0]?.signal.aborted).toBe(true);
    world.publish(about(3, 'b', 'alert.opened'));
    await world.clock.advance(3_600_000);
    expect(ids(world)).toEqual(['d1']);
    expect(world.failures).toEqual([]);
    maySend = true;
    hook.script = () => ACCEPTED;
    world.outbox.goOn();
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d1', 'd1', 'd3', 'd2']);
    expect(world.store.kept.get('d1')).toMatchObject({ state: 'ACCEPTED', attempts: 2 });
    await world.outbox.close();
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('begins nothing either where it may no more once it knows what to refer to', async () => {
    let maySend = true;
    const store = createOutboxStore();
    store.add([about(1, 'a', 'alert.opened', { state: 'ACCEPTED' })]);
    const { deliveries } = store;
    store.deliveries = async (asked) => {
      maySend = false;
      return deliveries(asked);
    };
    const world = await started({ store, maySend: () => maySend });
    world.publish(about(2, 'a', 'alert.updated'));
    await world.clock.advance(0);
    expect(ids(world)).toEqual([]);
    store.deliveries = deliveries;
    maySend = true;
    world.outbox.goOn();
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d2']);
    await world.outbox.close();
  });

  it('repeats nothing', async () => {
    let maySend = true;
    const open = () => [alert('a')];
    const world = await started({ channels: ['repeating'], open, maySend: () => maySend });
    world.publish(about(1, 'a', 'alert.opened', { channel: 'repeating' }));
    await world.clock.advance(2 * EVERY_MS);
    const before = world.channel('repeating').repeats.length;
    expect(before).toBeGreaterThan(0);
    maySend = false;
    await world.clock.advance(10 * EVERY_MS);
    expect(world.channel('repeating').repeats).toHaveLength(before);
    maySend = true;
    world.outbox.goOn();
    await world.clock.advance(0);
    expect(world.channel('repeating').repeats).toHaveLength(before + 1);
    await world.outbox.close();
  });
});

describe('what is in memory', () => {
  it('is bounded, and the rest is read from the store in its order', async () => {
    const world = await started();
    world.channel('hook').script = 'hold';
    const many = Array.from({ length: 5_000 }, (_, at) => about(at + 1, `a${at % 2_000}`, 'alert.updated'));
    for (let at = 0; at < many.length; at += 250) {
      world.publish(...many.slice(at, at + 250));
      await world.clock.advance(0);
    }
    expect(world.outbox.stats().waiting.get('hook')).toBe(1_000);
    world.channel('hook').script = () => ACCEPTED;
    for (const { answer } of world.channel('hook').sent) answer(ACCEPTED);
    while (world.outcomes.length < many.length) await world.clock.advance(1);
    const order = new Map<string, string[]>();
    for (const { message } of world.channel('hook').sent) {
      const key = message.message.alert.id;
      order.set(key, [...(order.get(key) ?? []), message.id]);
    }
    for (const [key, sent] of order) {
      expect(sent).toEqual(many.filter((each) => each.alert === key).map(({ id }) => id));
    }
    expect(world.store.kept.size).toBe(5_000);
    world.publish(about(9_000, 'z', 'alert.opened'));
    await world.clock.advance(0);
    expect(ids(world).at(-1)).toBe('d9000');
    await world.outbox.close();
  });

  it('goes out while the store fails, and is kept as accepted once it works', async () => {
    const world = await started();
    world.store.mode = 'refuse';
    // It was published, and the store does not have it.
    world.outbox.take({ deliveries: [about(1, 'a', 'alert.opened'), about(2, 'a', 'alert.updated')] });
    await world.clock.advance(0);
    expect(ids(world)).toEqual(['d1', 'd2']);
    expect(world.storeFaults).toHaveLength(1);
    expect(world.outbox.stats().unsaved).toBe(2);
    world.store.mode = 'keep';
    await world.clock.advance(1_000);
    expect([...world.store.kept.values()].map(({ state }) => state)).toEqual(['ACCEPTED', 'ACCEPTED']);
    expect(world.storeFaults.at(-1)).toBeUndefined();
    expect(world.outbox.stats().unsaved).toBe(0);
    await world.outbox.close();
  });

  it('comes late from a store that has it late', async () => {
    const world = await started();
    world.channel('hook').script = 'hold';
    const many = Array.from({ length: 1_004 }, (_, at) => about(at + 1, `a${at}`, 'alert.opened'));
    world.publish(...many);
    const late = about(2_000, 'late', 'alert.opened');
    world.outbox.take({ deliveries: [late] });
    world.channel('hook').script = () => ACCEPTED;
    while (world.outcomes.length < 1_004) await world.clock.advance(1);
    world.store.add([late]);
    await world.clock.advance(5_000);
    expect(ids(world).at(-1)).toBe('d2000');
    await world.outbox.close();
  });
});

describe('a channel that forgets', () => {
  const open = () => [alert('a'), alert('b'), alert('pending', { state: 'PENDING' })].filter(({ id }) => !over.has(id));
  const over = new Set<string>();

  it('is told again of what is open, and of nothing where nothing is', async () => {
    over.clear();
    const world = await started({ channels: ['repeating'], open });
    await world.clock.advance(3 * EVERY_MS);
    expect(world.channel('repeating').repeats).toEqual([]);
    world.publish(about(1, 'a', 'alert.opened', { channel: 'repeating' }));
    await world.clock.advance(2 * EVERY_MS);
    expect(world.channel('repeating').repeats.map((each) => each.open)).toEqual([['a'], ['a']]);
    over.add('a');
    world.publish(about(2, 'a', 'alert.resolved', { channel: 'repeating' }));
    await world.clock.advance(2 * EVERY_MS);
    expect(world.channel('repeating').repeats).toHaveLength(2);
    await world.outbox.close();
    expect(world.clock.pendingTimers).toBe(0);
  });

  it('is told again after a restart of what it was told before, and of nothing else', async () => {
    over.clear();
    const store = createOutboxStore();
    store.add([
      about(1, 'a', 'alert.opened', { channel: 'repeating', state: 'ACCEPTED' }),
      about(2, 'b', 'alert.opened', { channel: 'other', state: 'ACCEPTED' }),
    ]);
    const world = await started({ channels: ['repeating', 'other'], open, store });
    await world.clock.advance(EVERY_MS);
    expect(world.channel('repeating').repeats).toEqual([{ atMs: EVERY_MS, open: ['a'] }]);
    await world.outbox.close();
  });

  it('is not told that something is open beside a message that it is not', async () => {
    over.clear();
    const world = await started({ channels: ['repeating'], open });
    const channel = world.channel('repeating');
    world.publish(about(1, 'a', 'alert.opened', { channel: 'repeating' }));
    await world.clock.advance(EVERY_MS - 1_000);
    channel.script = 'hold';
    world.publish(about(2, 'a', 'alert.resolved', { channel: 'repeating' }));
    await world.clock.advance(2_000);
    expect(channel.repeats).toEqual([]);
    over.add('a');
    channel.sent.at(-1)!.answer(ACCEPTED);
    await world.clock.advance(EVERY_MS);
    expect(channel.repeats).toEqual([]);
    await world.outbox.close();
  });
});
