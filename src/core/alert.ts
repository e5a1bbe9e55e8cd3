// Alerts, what is sent of them, and what keeps them from being opened: as values, which are decided in alerts/, kept by the
// store in the transaction of the change that they are about, and delivered from there.
import type { Reason } from './observation.ts';
import type { Selection } from './selection.ts';
import type { BurnSpeed } from './slo/objective.ts';
import type { Status } from './status.ts';

/**
 * PENDING: its condition holds, not for long enough yet. HELD: the same, while its cause may not be seen yet. Neither was sent
 * to anybody. SUSPENDED: its component is in maintenance, or the observer is offline.
 */
export type AlertState = 'PENDING' | 'HELD' | 'OPEN' | 'ACKNOWLEDGED' | 'SUSPENDED' | 'RESOLVED';

export type Severity = 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';

/** Why an alert is over. */
export type Resolution = 'RECOVERED' | 'REMOVED';

export interface Acknowledgement {
  /** Name of the principal. */
  readonly author: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly note: string;
}

/** What readers see of an alert. */
export interface Alert {
  /** Never given again, over restarts too, whatever the store. */
  readonly id: string;
  readonly route: string;
  readonly component: string;
  /** For people. Left out: its id. */
  readonly displayName?: string;
  readonly state: AlertState;
  /** Of the component, the latest that was for or against the alert. */
  readonly status: Status;
  readonly severity: Severity;
  readonly reason: Reason;
  /** Since when the component has been bad; epoch milliseconds. */
  readonly sinceMs: number;
  /** Epoch milliseconds; left out while it is PENDING or HELD. */
  readonly openedMs?: number;
  readonly updatedMs: number;
  readonly resolvedMs?: number;
  readonly resolution?: Resolution;
  /** Ids of components that were found to be its cause after it was opened. */
  readonly cause: readonly string[];
  /** Ids of components that are bad because of it, sorted, at most MAX_CONSEQUENCES. */
  readonly consequences: readonly string[];
  readonly consequenceCount: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly links: readonly AlertLink[];
  readonly acknowledgement?: Acknowledgement;
  readonly isFlapping: boolean;
  /** How fast its error budget burns. Left out: it is about the status. */
  readonly burn?: BurnSpeed;
  /** Of the component's health that it stands for. */
  readonly revision: number;
}

export const MAX_CONSEQUENCES = 100;

/** What an alert says that is about OpenK itself: it has no cause, and nobody is bad because of it. */
export const ABOUT_ITSELF = {
  cause: [],
  consequences: [],
  consequenceCount: 0,
  labels: {},
  links: [],
  isFlapping: false,
  revision: 0,
} as const satisfies Partial<Alert>;

export interface AlertLink {
  readonly title: string;
  readonly url: string;
}

/** An alert with what decides how it goes on: all data, so that it goes on after a restart. */
export interface SavedAlert {
  readonly alert: Alert;
  /** What only alerts/ understands; JSON. */
  readonly progress: unknown;
}

export type MessageType =
  | 'alert.opened'
  | 'alert.updated'
  | 'alert.reminded'
  | 'alert.acknowledged'
  | 'alert.resolved'
  /** About no alert: `openk alerts test`, and what OpenK has to say of itself. */
  | 'openk.test'
  | 'openk.notice';

/** What is said: frozen when it happened, whatever becomes of the alert until it is delivered. */
export interface AlertMessage {
  readonly type: MessageType;
  /** Epoch milliseconds: when it happened. */
  readonly atMs: number;
  readonly alert: Alert;
}

/** A message to one channel: a row of the outbox. */
export interface Delivery {
  /** The same at each attempt; never given again. */
  readonly id: string;
  /** Those of one alert to one channel go in the order of their numbers, one after the other. Higher than that of every one before. */
  readonly number: number;
  readonly alert: string;
  readonly channel: string;
  readonly message: AlertMessage;
  /** WAITING: to be sent, for the first time or again. DROPPED: never tried, and what it was to say is over. */
  readonly state: 'WAITING' | 'ACCEPTED' | 'FAILED' | 'DROPPED';
  readonly attempts: number;
  /** An attempt may have arrived, although nobody said so: it is under way, its answer was lost, or another process may have made one. */
  readonly mayHaveArrived?: boolean;
  /** Epoch milliseconds. */
  readonly createdMs: number;
  /** Epoch milliseconds; only of those that wait. */
  readonly nextAttemptMs?: number;
  /** Epoch milliseconds; only of those that do not wait. */
  readonly settledMs?: number;
  /** What the last attempt came to; without secrets. */
  readonly error?: string;
  /** What the channel called the first message about this alert that it accepted: what follows may refer to it. */
  readonly handle?: string;
}

/** What keeps alerts from being opened (SILENCE), or takes components out of service (MAINTENANCE): made by somebody, for a time. */
export interface Suspension {
  readonly id: string;
  readonly kind: 'SILENCE' | 'MAINTENANCE';
  /** As core/selection.ts reads it. */
  readonly selector: string;
  /** Epoch milliseconds. */
  readonly fromMs: number;
  /** Epoch milliseconds, exclusive. */
  readonly untilMs: number;
  /** Name of the principal. */
  readonly author: string;
  readonly reason: string;
  readonly createdMs: number;
  /** Name of the principal that ended it before its time. */
  readonly endedBy?: string;
}

/** What changes together with a decision, and is kept in its transaction. */
export interface AlertChanges {
  /** To be replaced or added, by their ids. */
  readonly alerts: readonly SavedAlert[];
  /** Ids of alerts that came to nothing before anybody was sent anything: forgotten. */
  readonly forgotten: readonly string[];
  /** To be added. */
  readonly deliveries: readonly Delivery[];
  /** To be replaced or added, by their ids. */
  readonly suspensions: readonly Suspension[];
}

/** What an earlier incarnation left. */
export interface SavedAlerting {
  /** All that are not RESOLVED. */
  readonly alerts: readonly SavedAlert[];
  /** Of the last delivery that was kept, whether it is kept still or not. 0: none ever was. */
  readonly lastDeliveryNumber: number;
  /** All that are not over, and the newest of the others. */
  readonly suspensions: readonly Suspension[];
}

/** That an alert of a route and a component was opened. */
export interface AlertOpening {
  readonly route: string;
  readonly component: string;
  /** Epoch milliseconds. */
  readonly openedMs: number;
}

/** What makes an alert, and who is sent it: a route as the configuration defines it, with every default filled in. */
export interface AlertRoute {
  readonly id: string;
  readonly match: {
    /** Undefined: every component. */
    readonly selection?: Selection;
    /** Ids of groups, of which it has to be one or below one. Empty: anywhere. */
    readonly groups: readonly string[];
    /** Empty: any. */
    readonly severities: readonly Severity[];
  };
  /** Statuses that make an alert: of UNHEALTHY, DEGRADED and UNKNOWN. Empty where `onBurn` does. */
  readonly on: readonly Status[];
  /** Speeds of an error budget that make an alert. Left out: none, `on` does. */
  readonly onBurn?: readonly BurnSpeed[];
  readonly forMs: number;
  readonly resolveAfterMs: number;
  readonly groupBy: 'CAUSE' | 'COMPONENT';
  /** Left out: never. */
  readonly remindEveryMs?: number;
  /** Ids of channels. */
  readonly to: readonly string[];
  readonly escalations: readonly {
    readonly afterMs: number;
    readonly unless: 'ACKNOWLEDGED' | 'RESOLVED';
    readonly to: readonly string[];
  }[];
  readonly isContinued: boolean;
  /** Left out: as the component's label or its status says. */
  readonly severity?: Severity;
  /** `changes` 0: never. */
  readonly flapping: { readonly changes: number; readonly withinMs: number };
}

/** A status that a route may call bad. */
export type BadStatus = 'UNHEALTHY' | 'DEGRADED' | 'UNKNOWN';
export const BAD_STATUSES = ['UNHEALTHY', 'DEGRADED', 'UNKNOWN'] as const satisfies readonly BadStatus[];

/** Positions of routes, in their order, that make an alert of a component while it has this status. */
export type TakenBy = Readonly<Record<BadStatus, readonly number[]>>;

/** The same for the speeds at which its error budget burns. */
export type BurnsBy = Readonly<Record<BurnSpeed, readonly number[]>>;

export interface RouteTable {
  /** By the id of a component. Left out: none takes it. */
  readonly takenBy: ReadonlyMap<string, TakenBy>;
  readonly burnsBy: ReadonlyMap<string, BurnsBy>;
  /** Positions of routes that no component gets to. */
  readonly idle: readonly number[];
}

/** A channel as the configuration defines it. What `options` mean, its kind in alerts/channels/ knows. */
export interface ChannelDefinition {
  readonly id: string;
  readonly kind: string;
  readonly timeoutMs: number;
  readonly options: unknown;
  /** Equal fingerprints: the same channel, so what it keeps open may be kept over a reload. */
  readonly fingerprint: string;
}

/** `alerts` of the configuration. */
export interface AlertSettings {
  readonly routes: readonly AlertRoute[];
  /** Which of them take which component of the same configuration. */
  readonly table: RouteTable;
  readonly channels: readonly ChannelDefinition[];
  /** Addresses and networks that no channel connects to. */
  readonly denyAddresses: readonly string[];
  readonly watchdog?: { readonly url: string; readonly everyMs: number };
}

/** Answers which alerts there are that are not over. */
export interface AlertReader {
  /** The newest first. */
  list(): readonly Alert[];
  find(id: string): Alert | undefined;
  /** Calls `wake` with what has changed, resolved ones included, once it is published. The result ends it. Must not throw. */
  subscribe(wake: (changed: readonly Alert[]) => void): () => void;
  /** All that are not over, and the newest of the others; the newest first. */
  suspensions(): readonly Suspension[];
}

/** Which alerts that are over; whatever is set has to hold. */
export interface AlertQuery {
  readonly id?: string;
  readonly component?: string;
  readonly route?: string;
  /** Only such behind this one, in the order of the answer: where the page before ended. */
  readonly before?: { readonly resolvedMs: number; readonly id: string };
  readonly limit: number;
}

/** Which deliveries; whatever is set has to hold. */
export interface DeliveryQuery {
  readonly alert?: string;
  readonly channel?: string;
  /** Left out or empty: any. */
  readonly states?: readonly Delivery['state'][];
  /** Only such below this number: where the page before ended. */
  readonly beforeNumber?: number;
  readonly limit: number;
}

/** Which deliveries that wait. */
export interface WaitingQuery {
  /** Left out: to any channel. */
  readonly channel?: string;
  /** To none of these. */
  readonly exceptChannels?: readonly string[];
  /** Only such above this number: where the page before ended. */
  readonly afterNumber: number;
  readonly limit: number;
}

/** What is kept of alerts: a part of the store. @throws StoreFault from every method */
export interface AlertLog {
  /** Those that are RESOLVED, as they ended: by when that was, the latest first, and at the same time by their ids, the lowest first. */
  alerts(query: AlertQuery): Promise<readonly Alert[]>;
  /** By their numbers, the highest first. */
  deliveries(query: DeliveryQuery): Promise<readonly Delivery[]>;
}

/** Takes what people decide about alerts. Each settles once it is published; `isDurable`: and the store has it. */
export interface AlertOperator {
  acknowledge(
    id: string,
    by: { readonly author: string; readonly note: string },
  ): Promise<
    | { readonly ok: true; readonly alert: Alert; readonly isDurable: boolean }
    | { readonly ok: false; readonly why: 'not-found' | 'resolved' }
  >;
  /** Adds it. */
  suspend(suspension: Suspension): Promise<{ readonly isDurable: boolean }>;
  endSuspension(
    kind: Suspension['kind'],
    id: string,
    author: string,
  ): Promise<
    | { readonly ok: true; readonly suspension: Suspension; readonly isDurable: boolean }
    | { readonly ok: false; readonly why: 'not-found' }
  >;
}

/** A channel: says one message to somebody, once for each call. */
export interface Channel {
  readonly id: string;
  /** As in the configuration, such as `webhook`. */
  readonly kind: string;
  /** One attempt. Never rejects, and settles soon after the signal fires. */
  send(delivery: OutgoingMessage, signal: AbortSignal): Promise<SendResult>;
  /**
   * Only of channels that forget what they are not said again: sends what is open now, all of it. Called every `everyMs` while
   * something is, and with nothing never.
   */
  readonly repeat?: {
    readonly everyMs: number;
    send(open: readonly Alert[], signal: AbortSignal): Promise<SendResult>;
  };
  /** Ends what it keeps open. */
  close(): Promise<void>;
}

export interface OutgoingMessage {
  /** Id of the delivery. */
  readonly id: string;
  readonly message: AlertMessage;
  /** Epoch milliseconds: of this attempt. */
  readonly nowMs: number;
  /** What the channel called the first message about this alert that it accepted. */
  readonly handle?: string;
}

export type SendResult =
  | { readonly kind: 'accepted'; readonly handle?: string }
  /**
   * Worth another attempt. `perhapsDelivered`: nobody knows whether it arrived (time-out, cut connection, 5xx: a gateway may say
   * that of what went through). False only where it surely did not: no connection, or the receiver itself said so (429).
   */
  | {
      readonly kind: 'retry';
      readonly error: string;
      readonly perhapsDelivered: boolean;
      /** What the channel asked for. */
      readonly afterMs?: number;
    }
  /** Another attempt would come to the same. */
  | { readonly kind: 'refused'; readonly error: string };
