// What the feed (a worker that all tabs of a browser share) and a tab say to each other: plain data, which structured cloning takes.

export const STATUSES = ['UNHEALTHY', 'DEGRADED', 'UNKNOWN', 'MAINTENANCE', 'HEALTHY'] as const;
/** The names of `openk.common.v1.HealthStatus` without their prefix, the worst first. */
export type Status = (typeof STATUSES)[number];

/** What a component is. Changes with the configuration only. */
export interface About {
  readonly id: string;
  /** As people call it; empty where the configuration gives it no name. */
  readonly displayName: string;
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Groups that it is a direct member of. */
  readonly parents: readonly string[];
}

/** The health of a component. Times are in milliseconds since 1970. */
export interface Health {
  readonly id: string;
  readonly status: Status;
  readonly since: number;
  /** Not there for groups, and before the first observation. */
  readonly checkedAt?: number;
  readonly reason: string;
  readonly message: string;
  readonly latencyMs?: number;
  /** A change that its thresholds hold back: "2 of 3". */
  readonly pending?: {
    readonly status: Status;
    readonly count: number;
    readonly threshold: number;
    readonly message: string;
  };
  /** For groups: how many members have which status. */
  readonly members?: { readonly total: number } & Readonly<Record<Status, number>>;
  /** The components that it depends on and that are UNHEALTHY too. */
  readonly causedBy: readonly string[];
  readonly maintenance?: { readonly reason: string; readonly until?: number };
  /** Of a job: when the run began that has not ended. */
  readonly runningSince?: number;
}

export const ALERT_STATES = ['OPEN', 'ACKNOWLEDGED', 'SUSPENDED', 'HELD', 'PENDING', 'RESOLVED'] as const;
/** The names of `openk.alerts.v1.AlertState` without their prefix, in the order in which they are shown. */
export type AlertState = (typeof ALERT_STATES)[number];

/** Something that somebody has to know of. Times are in milliseconds since 1970. */
export interface Alert {
  readonly id: string;
  readonly route: string;
  readonly component: string;
  readonly state: AlertState;
  readonly status: Status;
  readonly severity: string;
  readonly message: string;
  readonly since: number;
  /** Components that were found to be the cause of it. */
  readonly cause: readonly string[];
  /** How many components are bad because of it. */
  readonly consequences: number;
  readonly isFlapping: boolean;
  /** Author and note are empty for who may not know them. */
  readonly acknowledged?: { readonly author: string; readonly note: string; readonly at: number };
}

/** Methods that are asked once, of `openk.health.v1.HealthService` unless they say another; requests and answers are their ProtoJSON. */
export type Method =
  | 'getHealth'
  | 'getComponent'
  | 'explainHealth'
  | 'listTransitions'
  | 'getAvailability'
  | 'alerts.v1.AlertService/AcknowledgeAlert'
  | `maintenance.v1.MaintenanceService/${'Create' | 'End'}${'Maintenance' | 'Silence'}`
  | `maintenance.v1.MaintenanceService/List${'Maintenance' | 'Silences'}`;

export type FromFeed =
  /** Forget everything: a new state follows. Also what a tab is sent first. */
  | { readonly type: 'reset' }
  /** The health and the definitions of some components; a long list comes in parts, so that a tab never stops for one. */
  | { readonly type: 'update'; readonly health: readonly Health[]; readonly about: readonly About[] }
  /** Ids of components that there are no more. */
  | { readonly type: 'removed'; readonly ids: readonly string[] }
  /** All that was known when the page was asked for is there, as of this time by the clock of the browser; the stream is not open yet. */
  | { readonly type: 'begun'; readonly revision: string; readonly at: number }
  /** The state includes every change up to this revision, as of this time by the clock of the browser. Ends each batch of parts. */
  | { readonly type: 'live'; readonly revision: string; readonly at: number }
  /** Alerts as they are now, of those that ended the end too; `isAll`: they are all that there are. */
  | { readonly type: 'alerts'; readonly alerts: readonly Alert[]; readonly isAll: boolean }
  /** Of alerts nothing comes any more, for this reason, in words for people; all else may still be live. */
  | { readonly type: 'alerts-lost'; readonly reason: string }
  | { readonly type: 'latency'; readonly id: string; readonly series: Series }
  /** Nothing comes any more, since `at`; `retryAt` is when the server is asked again. What a tab shows is from the past now. */
  | {
      readonly type: 'lost';
      readonly at: number;
      /** For people. */
      readonly reason: string;
      readonly retryAt: number;
      /** URL where the reader can log in, where that would help. */
      readonly login?: string;
    };

/** Latencies of the last hour, every five minutes; undefined where nothing was timed. */
export type Series = readonly (number | undefined)[];

export type ToFeed =
  /** Asks for the latencies of components: each comes by a message of its own, as far as they can be asked. */
  | { readonly type: 'latencies'; readonly ids: readonly string[] }
  /** Ask the server again now. */
  | { readonly type: 'retry' }
  /** The tab closes. */
  | { readonly type: 'close' };
