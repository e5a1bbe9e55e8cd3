// The outbox: brings to the channels what decisions made for them, at least once and in order for each alert. Nobody waits for it:
// it gets what the store has already, and has one sender for each channel.
import type { AlertChanges, AlertReader, Channel, ChannelDefinition, Delivery } from '../../core/alert.ts';
import type { Clock } from '../../core/clock.ts';
import type { Store } from '../../core/store.ts';
import {
  type ChannelSender,
  createChannelSender,
  type DeliveryOutcome,
  type SenderListener,
} from './channel-sender.ts';
import { createDeliveryWriter } from './delivery-writer.ts';
import { channelFailing } from './failing-notice.ts';

export interface OutboxOptions {
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Gives ids that were never given before. */
  readonly newId: () => string;
  readonly store: Pick<Store, 'waitingDeliveries' | 'deliveries' | 'saveDeliveries'>;
  /** @throws Error for one that cannot be used */
  readonly createChannel: (definition: ChannelDefinition) => Channel;
  /** For channels that are sent what is open again and again. */
  readonly alerts: Pick<AlertReader, 'list' | 'find'>;
  /** Whether anything may be sent now; `hold` and `goOn` say when that changes. Default: always. */
  readonly maySend?: () => boolean;
  readonly listener: OutboxListener;
}

/** Must not throw. */
export interface OutboxListener {
  onOutcome?(channel: string, outcome: DeliveryOutcome): void;
  /** A channel takes nothing, until it is called with undefined and how many messages were lost. */
  onFailure?(channel: string, failure: string | undefined, lost: number): void;
  /** So many messages are lost: their channel is in no configuration any more. */
  onOrphans?(channel: string, lost: number): void;
  /** What becomes of deliveries cannot be kept; with undefined: it can again. */
  onStoreFault?(fault: unknown): void;
  onDefect?(error: unknown, channel: string): void;
}

export interface Outbox {
  /** Takes what a decision made, which the store has, or is to have. */
  take(changes: Pick<AlertChanges, 'deliveries'>): void;
  /**
   * Goes over to these channels. Those that are the same go on. Those that are gone count as such once the result is called, and
   * are sent what is still made for them: the ends of what they were sent.
   * @throws what `createChannel` throws; nothing has changed then
   */
  configure(definitions: readonly ChannelDefinition[]): () => void;
  /** Begins to send: first what earlier incarnations left. */
  start(): void;
  /** Nothing may be sent any more: cuts off what is under way, and keeps all that comes. */
  hold(): void;
  /** It may again. */
  goOn(): void;
  /** As it is configured now. */
  channel(id: string): { readonly channel: Channel; readonly timeoutMs: number } | undefined;
  /** Which channels take nothing, for people. */
  notices(): readonly string[];
  stats(): OutboxStats;
  /** What is under way is cut off and waits in the store. Ends the channels. */
  close(): Promise<void>;
}

export interface OutboxStats {
  /** Deliveries in memory, by channel. */
  readonly waiting: ReadonlyMap<string, number>;
  /** Deliveries of which the store does not have what became of them. */
  readonly unsaved: number;
}

/** A channel, and what waits for it. */
interface Line {
  readonly sender: ChannelSender;
  channel: Channel;
  definition: ChannelDefinition;
  /** It is configured. */
  isPresent: boolean;
}

/** Channels that are configured no more, and are there still. */
const MAX_GONE = 100;
const ORPHANS_AT_ONCE = 500;
const LOOK_AGAIN_MS = 30_000;

export function createOutbox(options: OutboxOptions): Outbox {
  const { clock, newId, store, createChannel, listener, maySend = () => true } = options;
  const writer = createDeliveryWriter({ clock, store, onFault: (fault) => listener.onStoreFault?.(fault) });
  const lines = new Map<string, Line>();
  const closing = new Set<Promise<void>>();
  let state: 'new' | 'running' | 'closed' = 'new';
  let stopLooking = () => {};

  const closeAfter = (closed: Promise<void>) => {
    const ended = closed.finally(() => closing.delete(ended));
    closing.add(ended);
  };
  /** Those that are gone stay, since alerts that began with them end with them; they keep nothing open. Up to a bound. */
  const endOldest = () => {
    let tooMany = [...lines.values()].filter(({ isPresent }) => !isPresent).length - MAX_GONE;
    for (const [id, { sender, isPresent }] of lines) {
      if (tooMany <= 0) return;
      if (isPresent || !sender.isIdle) continue;
      lines.delete(id);
      closeAfter(sender.close());
      tooMany -= 1;
    }
  };
  const senderListener: SenderListener = {
    onOutcome: (channel, outcome) => listener.onOutcome?.(channel, outcome),
    onFailure(channel, failure, lost) {
      listener.onFailure?.(channel, failure, lost);
      if (failure === undefined) return;
      // The first that works: it is sent one message for each failure of a channel.
      for (const [id, { sender, isPresent }] of lines) {
        if (id === channel || !isPresent || sender.failure() !== undefined) continue;
        return sender.notify(
          channelFailing({ channel: id, failing: channel, failure, id: newId(), nowMs: clock.nowMs() }),
        );
      }
    },
    onDefect: (error, channel) => listener.onDefect?.(error, channel),
    onIdle: () => endOldest(),
  };
  const fail = (orphans: readonly Delivery[]) => {
    const lost = new Map<string, number>();
    for (const { nextAttemptMs: _, ...delivery } of orphans) {
      const { channel } = delivery;
      lost.set(channel, (lost.get(channel) ?? 0) + 1);
      const error = `there is no channel ${channel} in the configuration any more`;
      void writer.save({ ...delivery, state: 'FAILED', settledMs: clock.nowMs(), error });
      listener.onOutcome?.(channel, 'failed');
    }
    for (const [channel, count] of lost) listener.onOrphans?.(channel, count);
  };
  /** What waits in the store for channels that are gone. */
  const failOrphans = async () => {
    let afterNumber = 0;
    for (;;) {
      const page = await store.waitingDeliveries({
        exceptChannels: [...lines.keys()],
        afterNumber,
        limit: ORPHANS_AT_ONCE,
      });
      if (state === 'closed') return;
      fail(page.filter(({ channel }) => !lines.has(channel)));
      if (page.length < ORPHANS_AT_ONCE) return;
      afterNumber = page.at(-1)!.number;
    }
  };
  const lookForOrphans = () => {
    failOrphans().catch(() => {
      if (state === 'running') stopLooking = clock.after(LOOK_AGAIN_MS, lookForOrphans);
    });
  };
  const add = (definition: ChannelDefinition, channel: Channel): Line => {
    const sender = createChannelSender({
      ...options,
      maySend,
      writer,
      channel: definition.id,
      listener: senderListener,
    });
    if (state === 'running') sender.start();
    return { sender, channel, definition, isPresent: true };
  };

  return {
    take({ deliveries }) {
      if (deliveries.length === 0 || state === 'closed') return;
      for (const [channel, own] of Map.groupBy(deliveries, (delivery) => delivery.channel)) {
        const line = lines.get(channel);
        if (line === undefined) fail(own);
        else line.sender.add(own);
      }
    },
    configure(definitions) {
      const made = new Map<string, Channel>();
      try {
        for (const definition of definitions) {
          if (lines.get(definition.id)?.definition.fingerprint === definition.fingerprint) continue;
          made.set(definition.id, createChannel(definition));
        }
      } catch (error) {
        for (const channel of made.values()) closeAfter(channel.close());
        throw error;
      }
      const before = [...lines];
      // In the order of the configuration, behind those that are gone.
      for (const definition of definitions) {
        const known = lines.get(definition.id);
        const channel = made.get(definition.id);
        lines.delete(definition.id);
        const line = known ?? add(definition, channel!);
        lines.set(definition.id, line);
        line.isPresent = true;
        line.definition = definition;
        if (channel === undefined) continue;
        line.channel = channel;
        line.sender.use(channel, definition.timeoutMs);
      }
      const ids = new Set(definitions.map(({ id }) => id));
      return () => {
        for (const [id, line] of before) {
          if (ids.has(id) || lines.get(id) !== line) continue;
          line.isPresent = false;
        }
        endOldest();
      };
    },
    start() {
      if (state !== 'new') return;
      state = 'running';
      for (const { sender } of lines.values()) sender.start();
      lookForOrphans();
    },
    hold() {
      for (const { sender } of lines.values()) sender.hold();
    },
    goOn() {
      for (const { sender } of lines.values()) sender.goOn();
    },
    channel(id) {
      const line = lines.get(id);
      if (line === undefined || !line.isPresent) return undefined;
      return { channel: line.channel, timeoutMs: line.definition.timeoutMs };
    },
    notices: () =>
      [...lines].flatMap(([id, { sender }]) => {
        const failure = sender.failure();
        return failure === undefined ? [] : [`alerts cannot be sent to channel ${id}: ${failure}`];
      }),
    stats: () => ({
      waiting: new Map([...lines].map(([id, { sender }]) => [id, sender.waiting])),
      unsaved: writer.unsaved,
    }),
    async close() {
      state = 'closed';
      stopLooking();
      await Promise.all([...[...lines.values()].map(({ sender }) => sender.close()), ...closing]);
      await writer.close();
    },
  };
}
