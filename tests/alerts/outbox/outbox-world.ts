// An outbox under a fake clock, with channels that answer as the test says, and a store that outlives it.

import { createOutbox, type Outbox, type OutboxListener } from '../../../src/alerts/outbox/outbox.ts';
import type {
  Alert,
  Channel,
  ChannelDefinition,
  Delivery,
  OutgoingMessage,
  SendResult,
} from '../../../src/core/alert.ts';
import { type Store, StoreFault } from '../../../src/core/store.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';

export interface OutboxStore extends Pick<Store, 'waitingDeliveries' | 'deliveries' | 'saveDeliveries'> {
  /** By id: what is kept. */
  readonly kept: Map<string, Delivery>;
  /** As a batch brings them. */
  add(deliveries: readonly Delivery[]): void;
  /** `hold`: writes wait until the mode changes. */
  mode: 'keep' | 'refuse' | 'hold';
  readonly saves: (readonly Delivery[])[];
}

export function createOutboxStore(): OutboxStore {
  const kept = new Map<string, Delivery>();
  const held: (() => void)[] = [];
  let mode: OutboxStore['mode'] = 'keep';
  const inOrder = (isWanted: (each: Delivery) => boolean) =>
    [...kept.values()].filter(isWanted).toSorted((a, b) => a.number - b.number);
  const orFault = () => {
    if (mode === 'refuse') throw new StoreFault('the disk is full');
  };
  const saves: (readonly Delivery[])[] = [];
  return {
    kept,
    saves,
    get mode() {
      return mode;
    },
    set mode(next) {
      mode = next;
      if (next !== 'hold') for (const release of held.splice(0)) release();
    },
    add(deliveries) {
      for (const each of deliveries) if (!kept.has(each.id)) kept.set(each.id, each);
    },
    async waitingDeliveries({ channel, exceptChannels = [], afterNumber, limit }) {
      orFault();
      return inOrder((each) => each.state === 'WAITING' && each.number > afterNumber)
        .filter((each) => (channel ?? each.channel) === each.channel && !exceptChannels.includes(each.channel))
        .slice(0, limit);
    },
    async deliveries({ alert, channel, states = [], limit }) {
      orFault();
      return inOrder((each) => (alert ?? each.alert) === each.alert && (channel ?? each.channel) === each.channel)
        .filter((each) => states.length === 0 || states.includes(each.state))
        .toReversed()
        .slice(0, limit);
    },
    async saveDeliveries(deliveries) {
      if (mode === 'hold') await new Promise<void>((resolve) => held.push(resolve));
      orFault();
      saves.push(deliveries);
      for (const each of deliveries) kept.set(each.id, each);
    },
  };
}

export interface Sent {
  readonly message: OutgoingMessage;
  readonly signal: AbortSignal;
  readonly atMs: number;
  answer(result: SendResult): void;
}

export interface ScriptedChannel {
  readonly id: string;
  /** Of every attempt, in order. */
  readonly sent: Sent[];
  /** How it answers; `hold`: when the test says, or when it is cut off. */
  script: ((message: OutgoingMessage) => SendResult) | 'hold';
  readonly repeats: { readonly atMs: number; readonly open: readonly string[] }[];
  /** It heeds no signal. */
  isDeaf: boolean;
  isClosed: boolean;
}

export const ACCEPTED: SendResult = { kind: 'accepted' };
export const NO_ANSWER: SendResult = { kind: 'retry', error: 'no answer', perhapsDelivered: true };
export const NO_CONNECTION: SendResult = { kind: 'retry', error: 'no connection', perhapsDelivered: false };
export const REFUSED: SendResult = { kind: 'refused', error: 'the answer was 404' };

export interface OutboxWorldOptions {
  readonly store?: OutboxStore;
  readonly clock?: FakeClock;
  readonly channels?: readonly string[];
  readonly random?: () => number;
  /** Of channels whose id begins with `repeating`. */
  readonly open?: () => readonly Alert[];
  readonly maySend?: () => boolean;
}

export interface OutboxWorld {
  readonly clock: FakeClock;
  readonly store: OutboxStore;
  readonly outbox: Outbox;
  /** The latest of an id. */
  channel(id: string): ScriptedChannel;
  readonly made: ScriptedChannel[];
  readonly outcomes: string[];
  readonly failures: (readonly [string, string | undefined, number])[];
  readonly orphans: (readonly [string, number])[];
  readonly storeFaults: unknown[];
  readonly defects: unknown[];
  /** Made by a decision that the store has. */
  publish(...deliveries: readonly Delivery[]): void;
}

export const define = (id: string, more: Partial<ChannelDefinition> = {}): ChannelDefinition => ({
  id,
  kind: 'scripted',
  timeoutMs: 10_000,
  options: {},
  fingerprint: id,
  ...more,
});

export const EVERY_MS = 60_000;

export function createOutboxWorld({
  store = createOutboxStore(),
  clock = createFakeClock(),
  channels = ['hook'],
  random = () => 0.5,
  open = () => [],
  maySend,
}: OutboxWorldOptions = {}): OutboxWorld {
  const made: ScriptedChannel[] = [];
  const [outcomes, failures, orphans, storeFaults, defects]: [
    string[],
    OutboxWorld['failures'] & unknown[],
    OutboxWorld['orphans'] & unknown[],
    unknown[],
    unknown[],
  ] = [[], [], [], [], []] as never;
  const listener: OutboxListener = {
    onOutcome: (channel, outcome) => outcomes.push(`${channel} ${outcome}`),
    onFailure: (...failure) => (failures as unknown[]).push(failure),
    onOrphans: (...lost) => (orphans as unknown[]).push(lost),
    onStoreFault: (fault) => storeFaults.push(fault),
    onDefect: (error) => defects.push(error),
  };
  const createChannel = ({ id, kind }: ChannelDefinition): Channel => {
    if (kind === 'unusable') throw new Error('it cannot be used');
    const scripted: ScriptedChannel = {
      id,
      sent: [],
      script: () => ACCEPTED,
      repeats: [],
      isDeaf: false,
      isClosed: false,
    };
    made.push(scripted);
    return {
      id,
      kind,
      send(message, signal) {
        const { promise, resolve } = Promise.withResolvers<SendResult>();
        scripted.sent.push({ message, signal, atMs: clock.monotonicMs(), answer: resolve });
        signal.addEventListener('abort', () => !scripted.isDeaf && resolve(NO_ANSWER));
        if (scripted.script !== 'hold') resolve(scripted.script(message));
        return promise;
      },
      ...(id.startsWith('repeating') && {
        repeat: {
          everyMs: EVERY_MS,
          async send(alerts: readonly Alert[]) {
            scripted.repeats.push({ atMs: clock.monotonicMs(), open: alerts.map((alert) => alert.id) });
            return ACCEPTED;
          },
        },
      }),
      async close() {
        scripted.isClosed = true;
      },
    };
  };
  let ids = 0;
  const outbox = createOutbox({
    clock,
    random,
    newId: () => `notice-${++ids}`,
    store,
    createChannel,
    alerts: { list: open, find: (id) => open().find((alert) => alert.id === id) },
    ...(maySend && { maySend }),
    listener,
  });
  outbox.configure(channels.map((id) => define(id)))();
  return {
    clock,
    store,
    outbox,
    made,
    outcomes,
    failures,
    orphans,
    storeFaults,
    defects,
    channel: (id) => made.findLast((channel) => channel.id === id)!,
    publish(...deliveries) {
      store.add(deliveries);
      outbox.take({ deliveries });
    },
  };
}
