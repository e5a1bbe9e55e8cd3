// What an Uptime Kuma watches as data, whether of its database or of a backup of 1.x.

/** A row, or an object of a backup with its names written as columns. */
export type Row = Readonly<Record<string, unknown>>;

export interface KumaData {
  /** `kuma.db` or `backup.json`, as people call it. */
  readonly source: string;
  readonly monitors: readonly Row[];
  readonly proxies: readonly Row[];
  readonly notifications: readonly Row[];
  /** Ids of notifications by id of a monitor. */
  readonly notified: ReadonlyMap<number, readonly number[]>;
  /** Names and values by id of a monitor. */
  readonly tags: ReadonlyMap<number, readonly (readonly [name: string, value: string])[]>;
  readonly maintenances: readonly Row[];
  /** Ids of maintenances by id of a monitor. */
  readonly maintained: ReadonlyMap<number, readonly number[]>;
  readonly pages: readonly KumaPage[];
}

export interface KumaPage {
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly isPublished: boolean;
  readonly groups: readonly { readonly name: string; readonly monitors: readonly number[] }[];
}

export function textOf(row: Row, name: string): string {
  const value = row[name];
  return value === null || value === undefined ? '' : String(value);
}

export function numberOf(row: Row, name: string): number {
  const value = Number(row[name] ?? 0);
  return Number.isFinite(value) ? value : 0;
}

/** `1`, `true`, `'1'`; `fallback` where nothing is there. */
export function boolOf(row: Row, name: string, fallback = false): boolean {
  const value = row[name];
  if (value === null || value === undefined) return fallback;
  return value === true || value === 1 || value === '1' || value === 'true';
}

/** JSON in a text, or as it is in a backup; undefined for what is none. */
export function jsonOf(row: Row, name: string): unknown {
  const value = row[name];
  if (typeof value !== 'string') return value ?? undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
