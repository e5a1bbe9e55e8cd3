// A status page as the configuration defines it, with every default filled in, and incidents, which people write.

/** A component on a page. */
export interface StatusPageEntry {
  readonly component: string;
  /** What readers see in place of its id. */
  readonly name: string;
}

export interface StatusPageGroup {
  readonly title: string;
  readonly entries: readonly StatusPageEntry[];
}

export interface StatusPageDefinition {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly access: 'PUBLIC' | 'UNLISTED' | 'PRIVATE';
  readonly groups: readonly StatusPageGroup[];
  /** 0: uptime is not shown. */
  readonly uptimeDays: number;
  readonly showsLatency: boolean;
  /** Where readers reach it; empty: not known. */
  readonly url: string;
  readonly embedOrigins: readonly string[];
}

export type IncidentStatus = 'INVESTIGATING' | 'IDENTIFIED' | 'MONITORING' | 'RESOLVED';
export type IncidentImpact = 'NONE' | 'MINOR' | 'MAJOR' | 'CRITICAL';

/** Something that was said about an incident, for readers. */
export interface IncidentUpdate {
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly status: IncidentStatus;
  readonly text: string;
}

/** Something that operators wrote about an incident for each other: on no page. */
export interface IncidentNote {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** Name of the principal. */
  readonly author: string;
  readonly text: string;
}

export interface Incident {
  /** Random, so that it says nothing of others. */
  readonly id: string;
  readonly title: string;
  readonly status: IncidentStatus;
  readonly impact: IncidentImpact;
  /** Ids of the pages that it is on. */
  readonly pages: readonly string[];
  /** Ids of components that it affects. */
  readonly components: readonly string[];
  /** Epoch milliseconds. */
  readonly startedMs: number;
  /** Of the last change that readers see; epoch milliseconds. */
  readonly updatedMs: number;
  /** Epoch milliseconds; left out while it is open. */
  readonly resolvedMs?: number;
  /** The oldest first. */
  readonly updates: readonly IncidentUpdate[];
  /** The oldest first. */
  readonly notes: readonly IncidentNote[];
}
