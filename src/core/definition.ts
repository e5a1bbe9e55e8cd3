// What a component is, as the configuration defines it, with every default filled in: data, with no function in it. Durations are
// in milliseconds.
import type { Calendar } from './calendar.ts';
import type { SloDefinition } from './slo/objective.ts';

export type Impact = 'CRITICAL' | 'DEGRADES' | 'IGNORED';

export interface Member {
  readonly component: string;
  readonly impact: Impact;
  /** At least 1. Counts in the rule `weighted`. */
  readonly weight: number;
}

/** A number of members, or a percentage of the counted ones. */
export type Share = { readonly count: number } | { readonly percent: number };

export type Rule =
  | { readonly kind: 'worst' }
  | { readonly kind: 'best' }
  | { readonly kind: 'quorum'; readonly healthy: Share; readonly degraded: Share }
  | { readonly kind: 'weighted'; readonly healthyAt: number; readonly degradedAt: number };

/** Thresholds, freshness and pace of something that is probed. */
export interface Schedule {
  readonly intervalMs: number;
  /** Pace while the status is not HEALTHY. */
  readonly unhealthyIntervalMs: number;
  readonly timeoutMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Age of the last observation from which the status is UNKNOWN. */
  readonly staleAfterMs: number;
}

/** Something that a probe looks at. What `kind` and `options` mean, the probe registry knows. */
export interface ProbeSubject {
  readonly type: 'probe';
  readonly kind: string;
  readonly options: unknown;
  /** Equal fingerprints: the same thing is looked at in the same way, so its state may be kept over a reload. */
  readonly fingerprint: string;
  readonly schedule: Schedule;
}

/** Something that reports by itself. */
export type HeartbeatSubject = PeriodicHeartbeat | CalendarHeartbeat;

/** Each report is due a period after the one before. */
export interface PeriodicHeartbeat {
  readonly type: 'heartbeat';
  /** From the start of a run to its end; undefined: as long as it likes. */
  readonly maxRunMs?: number | undefined;
  readonly periodMs: number;
  readonly graceMs: number;
}

/** A report is due at each time of a calendar, and counts until the next one after it. */
export interface CalendarHeartbeat {
  readonly type: 'heartbeat';
  /** As of a periodic one. */
  readonly maxRunMs?: number | undefined;
  readonly calendar: Calendar;
  readonly graceMs: number;
}

export interface GroupSubject {
  readonly type: 'group';
  readonly rule: Rule;
  readonly members: readonly Member[];
  /** Its members come and go: a rule that asks for more than there are now is none that can never be met. */
  readonly isOpen?: boolean;
  /** Its members are places that see one and the same thing. */
  readonly isOfPlaces?: boolean;
}

/** A time out of service. `untilMs` left out: until the configuration changes. Epoch milliseconds. */
export interface MaintenancePeriod {
  readonly fromMs: number;
  readonly untilMs?: number;
}

/** A time out of service that comes at each time of a calendar. */
export interface RecurringWindow {
  readonly calendar: Calendar;
  readonly durationMs: number;
}

export type MaintenanceWindow = MaintenancePeriod | RecurringWindow;

/** A plan of maintenance. When it is in maintenance, core/maintenance.ts works out. */
export interface Maintenance {
  readonly reason: string;
  readonly windows: readonly MaintenanceWindow[];
}

export interface PartOf {
  /** Id of the component whose probe sees it. */
  readonly owner: string;
  /** As the target calls it. */
  readonly name: string;
}

export interface ComponentDefinition {
  readonly id: string;
  /** Its name for people. Left out: its id. */
  readonly displayName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly dependsOn: readonly string[];
  readonly servingWhenDegraded: boolean;
  /** Where to read on, for people. Left out: nowhere. */
  readonly links?: readonly { readonly title: string; readonly url: string }[];
  readonly maintenance?: Maintenance;
  /** Id of the source of components that names it. Left out: the configuration has it. */
  readonly source?: string;
  /** It is in no configuration: what another component is asked for names it. */
  readonly part?: PartOf;
  /**
   * Of what is probed: the name of the place that it is probed from, which an agent or an instance has. Left out: the instances of the
   * server probe it themselves, wherever they are.
   */
  readonly place?: string;
  /** Left out: it has no objective. */
  readonly slo?: SloDefinition;
  readonly subject: ProbeSubject | HeartbeatSubject | GroupSubject;
}

/** All components of a configuration, the root group among them. */
export interface SystemDefinition {
  readonly rootId: string;
  readonly components: readonly ComponentDefinition[];
  /** Left out: what probes see always counts. */
  readonly observer?: ObserverDefinition;
}

/** How it is found out that the network of OpenK itself is gone: then what its probes see counts for nothing. */
export interface ObserverDefinition {
  /** Ids of components that are there whenever the network is. */
  readonly witnesses: readonly string[];
  /** How many of them have to answer; at least 1, and at most all. */
  readonly quorum: number;
}
