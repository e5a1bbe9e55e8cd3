// Sends what waits for one channel: a few messages at a time, those about one alert one after the other. A bounded part of what
// waits is in memory, the oldest; what came after stays in the store, and is read from there once there is room.
import type { AlertReader, Channel, Delivery, OutgoingMessage, SendResult } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';
import type { Store } from '../../core/store.ts';
import { attempt } from './attempt.ts';
import { askedMs, backOffMs, longestBackOffMs } from './back-off.ts';
import { createChannelHealth } from './channel-health.ts';
import { createChannelQueue, type Waiting } from './channel-queue.ts';
import type { DeliveryWriter } from './delivery-writer.ts';
import { createOpenAlerts } from './open-alerts.ts';

export interface ChannelSenderOptions {
  readonly channel: string;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly store: Pick<Store, 'waitingDeliveries' | 'deliveries'>;
  readonly writer: DeliveryWriter;
  readonly alerts: Pick<AlertReader, 'list' | 'find'>;
  /** Whether anything may be sent now. */
  readonly maySend: () => boolean;
  readonly listener: SenderListener;
}

/** Must not throw. */
export interface SenderListener {
  /** An attempt ended, or a message needs none. */
  onOutcome(channel: string, outcome: DeliveryOutcome): void;
  /** It begins to fail; with undefined: that is over, and so many messages were lost meanwhile. */
  onFailure(channel: string, failure: string | undefined, lost: number): void;
  /** A channel threw. */
  onDefect(error: unknown, channel: string): void;
  /** Nothing waits for it any more. */
  onIdle(channel: string): void;
}

export type DeliveryOutcome = 'accepted' | 'retried' | 'failed' | 'dropped';

export interface ChannelSender {
  /** What was made just now, by their numbers. */
  add(deliveries: readonly Delivery[]): void;
  /** Something about no alert, which the store does not have. */
  notify(delivery: Delivery): void;
  /** Sends by this channel from now on. What is under way by the one before ends before that is closed. */
  use(channel: Channel, timeoutMs: number): void;
  /** Begins to send: first what the store has. */
  start(): void;
  /** Nothing may be sent any more: cuts off what is under way, which waits on like all that comes. */
  hold(): void;
  /** It may again. */
  goOn(): void;
  /** Why it is failing; undefined: it is not. */
  failure(): string | undefined;
  /** In memory. */
  readonly waiting: number;
  readonly isIdle: boolean;
  /** Cuts off what is under way, which waits on, and closes the channel. */
  close(): Promise<void>;
}

/** Deliveries in memory, at most. */
export const WINDOW = 1_000;
/** At a time; of a channel that does not answer only one. */
const CONCURRENCY = 4;
/** What is not accepted by then is given up: since it was made, and at least since it came here, whatever the clock of who made it. */
const [GIVE_UP_MS, GIVE_UP_HERE_MS] = [86_400_000, 3_600_000];
/** After a store that failed, or that has not yet what was published. */
const READ_AGAIN_MS = 5_000;
/** Failed attempts in a row after which an acceptance means that the channel is back, so that what waits is tried soon. */
const OUTAGE = 3;
const SOON_MS = 5_000;

export function createChannelSender({
  channel: id,
  clock,
  random,
  store,
  writer,
  alerts,
  maySend,
  listener,
}: ChannelSenderOptions): ChannelSender {
  const queue = createChannelQueue();
  const health = createChannelHealth(clock, (failure, lost) => listener.onFailure(id, failure, lost));
  const openAlerts = createOpenAlerts({ channel: id, store, alerts });
  const stopping = new AbortController();
  /** Of what is under way: fires when nothing may be sent any more. */
  let holding = new AbortController();
  let used: { readonly channel: Channel; readonly timeoutMs: number } | undefined;
  const closing = new Set<Promise<void>>();
  let state: 'new' | 'running' | 'closed' = 'new';
  /** By the channel that they go through. */
  const underWay = new Map<Promise<void>, Channel>();
  /** Monotonic: what the channel asked for. */
  let heldUntilMs = 0;
  /** The store has what is to come next. */
  let isPartial = true;
  let isReading = false;
  let readAgainMs = 0;
  /** Numbers: of the last that is or was in memory, and of the first and the last that were made here. */
  let [lastTaken, firstMade, lastMade] = [0, Number.POSITIVE_INFINITY, 0];
  let repeatDueMs: number | undefined;
  let stopSoon: (() => void) | undefined;
  let stopTimer = () => {};

  const settle = (waiting: Waiting, delivery: Delivery, outcome: DeliveryOutcome) => {
    listener.onOutcome(id, outcome);
    return waiting.isKept ? writer.save(delivery) : Promise.resolve();
  };
  const over = (
    { nextAttemptMs: _, error: __, ...delivery }: Delivery,
    more: Pick<Delivery, 'state'> & Partial<Delivery>,
  ): Delivery => ({ ...delivery, settledMs: clock.nowMs(), ...more });
  const giveUp = (waiting: Waiting, error: string) => {
    health.lost(error);
    return settle(waiting, over(waiting.delivery, { state: 'FAILED', error }), 'failed');
  };
  const handleOf = async ({ alert, message }: Delivery): Promise<string | undefined> => {
    if (message.type === 'alert.opened') return undefined;
    // Without it a message stands alone, and says all the same.
    const [latest] = await store.deliveries({ alert, channel: id, states: ['ACCEPTED'], limit: 1 }).catch(() => []);
    return latest?.handle;
  };

  const attemptOptions = (timeoutMs: number, stop: AbortSignal) => ({
    clock,
    timeoutMs,
    stop,
    onDefect: (error: unknown) => listener.onDefect(error, id),
  });
  const deliver = async (waiting: Waiting, { channel, timeoutMs }: NonNullable<typeof used>) => {
    const { delivery, isKept } = waiting;
    const tried: Delivery = { ...delivery, attempts: delivery.attempts + 1, mayHaveArrived: true };
    const handle = isKept ? await handleOf(delivery) : undefined;
    if (stopping.signal.aborted) return queue.again(waiting);
    // It may have taken a while to come here.
    if (!maySend()) return queue.again(waiting);
    const message: OutgoingMessage = {
      id: delivery.id,
      message: delivery.message,
      nowMs: clock.nowMs(),
      ...(handle !== undefined && { handle }),
    };
    const stop = AbortSignal.any([stopping.signal, holding.signal]);
    const result = await attempt((signal) => channel.send(message, signal), attemptOptions(timeoutMs, stop));
    if (result.kind === 'accepted') return accept({ ...waiting, delivery: tried }, handle ?? result.handle);
    // It was cut off: what it would have come to is not known.
    if (stopping.signal.aborted) return queue.again(waiting);
    if (stop.aborted) return queue.again({ ...waiting, delivery: tried });
    if (result.kind === 'refused') {
      await giveUp({ ...waiting, delivery: tried }, result.error);
      return queue.done(waiting);
    }
    const mayHaveArrived = delivery.mayHaveArrived === true || result.perhapsDelivered;
    return retry({ ...waiting, delivery: withArrival(tried, mayHaveArrived) }, result);
  };
  const accept = async (waiting: Waiting, handle: string | undefined) => {
    const { message, alert } = waiting.delivery;
    const wasOut = health.failedInARow >= OUTAGE;
    health.accepted();
    if (waiting.isKept && used?.channel.repeat !== undefined) openAlerts.accepted(alert, message);
    if (wasOut) queue.hasten(() => clock.monotonicMs() + random() * SOON_MS);
    await settle(
      waiting,
      over(waiting.delivery, { state: 'ACCEPTED', ...(handle !== undefined && { handle }) }),
      'accepted',
    );
    queue.done(waiting);
  };
  const retry = async (waiting: Waiting, { error, afterMs }: Extract<SendResult, { kind: 'retry' }>) => {
    const { delivery, isKept, giveUpMs } = waiting;
    const nowMs = clock.monotonicMs();
    if (nowMs >= giveUpMs) {
      const why = `not accepted within 24h: ${error}`;
      const expired = queue.expire(nowMs);
      await Promise.all([waiting, ...expired].map((each) => giveUp(each, why)));
      return queue.done(waiting);
    }
    health.retried(error);
    const delayMs = Math.max(backOffMs(delivery.attempts, random()), afterMs === undefined ? 0 : askedMs(afterMs));
    if (afterMs !== undefined) heldUntilMs = Math.max(heldUntilMs, nowMs + askedMs(afterMs));
    const again: Delivery = { ...delivery, nextAttemptMs: clock.nowMs() + delayMs, error };
    listener.onOutcome(id, 'retried');
    if (isKept) await writer.save(again);
    queue.again({ ...waiting, delivery: again, dueMs: nowMs + delayMs });
  };

  /** Alone: a message that ends an alert must not be overtaken by one that says that it is open. */
  const repeat = async ({ channel, timeoutMs }: NonNullable<typeof used>) => {
    const { repeat: repeating } = channel;
    if (repeating === undefined) return;
    try {
      const open = await openAlerts.list();
      if (open.length === 0 || stopping.signal.aborted || !maySend()) return;
      const stop = AbortSignal.any([stopping.signal, holding.signal]);
      const result = await attempt((signal) => repeating.send(open, signal), attemptOptions(timeoutMs, stop));
      if (result.kind === 'accepted') health.accepted();
      else if (!stop.aborted) health.retried(result.error);
    } finally {
      repeatDueMs = clock.monotonicMs() + repeating.everyMs;
    }
  };

  /** What `work` needs is there until it settles. */
  const run = (channel: Channel, work: Promise<void>) => {
    const running: Promise<void> = work
      .catch((error: unknown) => listener.onDefect(error, id))
      .finally(() => {
        underWay.delete(running);
        pump();
      });
    underWay.set(running, channel);
  };

  const read = async () => {
    isReading = true;
    const lastMadeBefore = lastMade;
    const limit = WINDOW / 2;
    const page = await store
      .waitingDeliveries({ channel: id, afterNumber: lastTaken, limit })
      .catch((): undefined => undefined);
    isReading = false;
    if (stopping.signal.aborted) return;
    for (const delivery of page ?? []) {
      // What another process left it may have sent: the store need not have been able to take that.
      enqueue(delivery.number < firstMade ? { ...delivery, mayHaveArrived: true } : delivery);
    }
    const isWhole = page !== undefined && page.length < limit;
    if (isWhole && lastTaken >= lastMade) isPartial = false;
    else if (page === undefined || (isWhole && lastTaken < lastMadeBefore))
      readAgainMs = clock.monotonicMs() + READ_AGAIN_MS;
    pump();
  };
  const enqueue = (delivery: Delivery) => {
    const { createdMs, nextAttemptMs = 0, attempts } = delivery;
    const [nowMs, wallMs] = [clock.monotonicMs(), clock.nowMs()];
    // The clock of the process that failed to send it may have been hours ahead, and what follows about its alert waits for it.
    const waitMs = Math.min(Math.max(0, nextAttemptMs - wallMs), longestBackOffMs(attempts));
    const leftMs = Math.max(GIVE_UP_HERE_MS, GIVE_UP_MS - Math.max(0, wallMs - createdMs));
    queue.push({ delivery, dueMs: nowMs + waitMs, giveUpMs: nowMs + leftMs, isKept: true });
    lastTaken = delivery.number;
  };

  const pump = () => {
    if (state !== 'running' || used === undefined) return;
    stopTimer();
    if (!maySend()) return;
    const nowMs = clock.monotonicMs();
    const canRead = isPartial && !isReading && queue.size <= WINDOW / 2;
    if (canRead && nowMs >= readAgainMs) void read();
    const isRepeatDue = repeatDueMs !== undefined && nowMs >= repeatDueMs && nowMs >= heldUntilMs;
    if (isRepeatDue) {
      if (underWay.size > 0) return;
      repeatDueMs = undefined;
      run(used.channel, repeat(used));
      return;
    }
    // `repeat` runs alone.
    if (used.channel.repeat !== undefined && repeatDueMs === undefined) return;
    const places = health.failedInARow > 0 ? 1 : CONCURRENCY;
    let isEmpty = false;
    while (nowMs >= heldUntilMs && underWay.size < places && !isEmpty) {
      const { next, needless } = queue.take(nowMs);
      for (const each of needless) void settle(each, over(each.delivery, { state: 'DROPPED' }), 'dropped');
      if (next === undefined) isEmpty = true;
      else run(used.channel, deliver(next, used));
    }
    const nextMs = Math.min(
      Math.max(heldUntilMs, (underWay.size < places ? queue.nextDueMs() : undefined) ?? Number.POSITIVE_INFINITY),
      repeatDueMs ?? Number.POSITIVE_INFINITY,
      canRead && !isReading ? readAgainMs : Number.POSITIVE_INFINITY,
    );
    if (nextMs < Number.POSITIVE_INFINITY) stopTimer = clock.after(Math.max(0, nextMs - nowMs), pump);
    if (sender.isIdle) listener.onIdle(id);
  };
  const pumpSoon = () => {
    if (state === 'closed') return;
    // The publisher is not kept waiting.
    stopSoon ??= clock.after(0, () => {
      stopSoon = undefined;
      pump();
    });
  };
  const closeChannel = (channel: Channel) => {
    const ended = Promise.all([...underWay].filter(([, by]) => by === channel).map(([running]) => running))
      .then(() => channel.close())
      .catch((error: unknown) => listener.onDefect(error, id))
      .finally(() => closing.delete(ended));
    closing.add(ended);
  };

  const sender: ChannelSender = {
    add(deliveries) {
      for (const delivery of deliveries) {
        if (!isPartial && queue.size >= WINDOW) isPartial = true;
        // The store may have had it before it was published, and it was read from there.
        if (!isPartial && delivery.number > lastTaken) enqueue(delivery);
        firstMade = Math.min(firstMade, delivery.number);
        lastMade = Math.max(lastMade, delivery.number);
      }
      pumpSoon();
    },
    notify(delivery) {
      const nowMs = clock.monotonicMs();
      queue.push({ delivery, dueMs: nowMs, giveUpMs: nowMs + GIVE_UP_MS, isKept: false });
      pumpSoon();
    },
    use(channel, timeoutMs) {
      const before = used?.channel;
      used = { channel, timeoutMs };
      if (before !== undefined) closeChannel(before);
      openAlerts.forget();
      repeatDueMs = channel.repeat === undefined ? undefined : clock.monotonicMs() + channel.repeat.everyMs;
      pumpSoon();
    },
    start() {
      if (state === 'new') state = 'running';
      pumpSoon();
    },
    hold() {
      holding.abort();
      holding = new AbortController();
    },
    goOn: pumpSoon,
    failure: health.failure,
    get waiting() {
      return queue.size;
    },
    get isIdle() {
      return queue.size === 0 && underWay.size === 0 && !isPartial;
    },
    async close() {
      if (state !== 'closed') {
        state = 'closed';
        stopTimer();
        stopSoon?.();
        stopping.abort();
        if (used !== undefined) closeChannel(used.channel);
      }
      await Promise.all(closing);
    },
  };
  return sender;
}

function withArrival({ mayHaveArrived: _, ...delivery }: Delivery, mayHaveArrived: boolean): Delivery {
  return { ...delivery, ...(mayHaveArrived && { mayHaveArrived }) };
}
