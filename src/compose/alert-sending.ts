// What is sent of alerts, put together: the outbox and the watchdog, and what the log and the readiness page say of both.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Connections } from '../alerts/channels/connections.ts';
import { createOutbox, type Outbox, type OutboxOptions } from '../alerts/outbox/outbox.ts';
import { createWatchdog } from '../alerts/watchdog.ts';
import { createWatchdogRequest } from '../alerts/watchdog-request.ts';
import type { AlertSettings } from '../core/alert.ts';
import type { Lease } from '../engine/lease.ts';
import type { Progress } from '../engine/scheduler.ts';

export interface AlertSendingOptions extends Omit<OutboxOptions, 'newId' | 'listener' | 'maySend'> {
  readonly connections: Connections;
  readonly userAgent: string;
  /** Nothing is sent that this OpenK cannot prove that it may. */
  readonly lease: Pick<Lease, 'isProven' | 'subscribe'>;
  /**
   * Something is decided that a store which others may take does not have, and may never have: who takes over decides it anew, and would say it again.
   * `onKept` is to be called when that is over.
   */
  readonly isUnkept: () => boolean;
  /** Of the engine; undefined as long as there is none. */
  readonly progress: () => Progress | undefined;
  readonly logger: Logger;
  readonly onDelivery: (channel: string, outcome: string) => void;
  readonly onDefect: () => void;
}

/** A run that is due for so long and is not started, and none was since the look before: nobody watches. */
const OVERDUE_MS = 30_000;

const UNKEPT =
  'alerts are not sent and the watchdog is not pinged: the database does not take what is decided, and the next to take over would send it again';
const HELD =
  'alerts are not sent and the watchdog is not pinged: the lease on the storage could not be renewed, and another OpenK may have taken over';

export interface AlertSending extends Pick<Outbox, 'take' | 'channel' | 'notices' | 'start' | 'close'> {
  /** As that of the outbox. */
  configure(settings: Pick<AlertSettings, 'channels' | 'watchdog'>): () => void;
  /** The store has all that is decided. */
  onKept(): void;
  /** Nothing is sent now, since it cannot be proven that nobody else sends it. */
  isHeld(): boolean;
  /** Deliveries in memory, by channel. */
  waiting(): ReadonlyMap<string, number>;
}

export function createAlertSending({
  logger,
  onDelivery,
  onDefect,
  connections,
  userAgent,
  progress,
  lease,
  isUnkept,
  ...options
}: AlertSendingOptions): AlertSending {
  const { clock } = options;
  const maySend = () => lease.isProven() && !isUnkept();
  const outbox = createOutbox({
    ...options,
    maySend,
    newId: () => `notice-${randomUUID()}`,
    listener: {
      onOutcome: onDelivery,
      onFailure(channel, failure, lost) {
        if (failure !== undefined) logger.error({ channel, failure }, 'alerts cannot be sent to a channel');
        else if (lost === 0) logger.info({ channel }, 'alerts can be sent to a channel again');
        else logger.error({ channel, lost }, 'alerts can be sent to a channel again; some messages were given up');
      },
      onOrphans: (channel, lost) =>
        logger.error({ channel, lost }, 'messages about alerts are given up: their channel is not configured any more'),
      onStoreFault(fault) {
        if (fault === undefined) logger.info('what was sent of alerts is kept again');
        else
          logger.error({ err: fault }, 'what was sent of alerts cannot be kept: after a restart it may be sent again');
      },
      onDefect(error, channel) {
        onDefect();
        logger.error({ err: error, channel }, 'a channel of alerts is broken');
      },
    },
  });
  let startedBefore = -1;
  const watchdog = createWatchdog({
    clock,
    ask: createWatchdogRequest(connections, userAgent),
    makesProgress() {
      const { started, overdueMs } = progress() ?? { started: 0, overdueMs: Number.POSITIVE_INFINITY };
      // Late and at work is a machine that is too small.
      const isAtWork = overdueMs < OVERDUE_MS || started !== startedBefore;
      startedBefore = started;
      // An instance that may not alert must not say that alerts work.
      return isAtWork && maySend();
    },
    onFault(error) {
      if (error === undefined) logger.info('alerts.watchdog answers again');
      else logger.warn({ err: error }, 'alerts.watchdog does not answer');
    },
  });
  const stopListening = lease.subscribe((isProven) => {
    if (isProven) outbox.goOn();
    else outbox.hold();
    if (!isStarted) return;
    if (isProven) logger.info('the lease on the storage is proven again: alerts are sent');
    else logger.error(HELD);
  });
  let settings: Pick<AlertSettings, 'watchdog'> = {};
  let isStarted = false;
  return {
    take: outbox.take,
    channel: outbox.channel,
    configure(next) {
      const retire = outbox.configure(next.channels);
      settings = next;
      if (isStarted) watchdog.configure(settings.watchdog);
      return retire;
    },
    start() {
      isStarted = true;
      outbox.start();
      watchdog.configure(settings.watchdog);
    },
    waiting: () => outbox.stats().waiting,
    onKept: outbox.goOn,
    isHeld: () => isStarted && !maySend(),
    notices: () => [
      ...(isStarted && !maySend() ? [lease.isProven() ? UNKEPT : HELD] : []),
      ...outbox.notices(),
      ...(watchdog.fault() === undefined ? [] : [`alerts.watchdog does not answer: ${watchdog.fault()}`]),
    ],
    async close() {
      stopListening();
      await watchdog.close();
      await outbox.close();
    },
  };
}
