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
