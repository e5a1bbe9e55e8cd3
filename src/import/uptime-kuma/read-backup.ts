// A backup of Uptime Kuma 1.x (JSON). 2.x makes none any more.
import { ImportError } from '../report.ts';
import type { KumaData, Row } from './model.ts';

/** @throws {ImportError} */
export function readBackup(text: string, source: string): KumaData {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ImportError('is neither a database of SQLite nor JSON');
  }
  const backup = asRow(json);
  if (backup === undefined || backup.monitorList === undefined) {
    throw new ImportError('is no backup of Uptime Kuma: it has no monitorList');
  }
  const monitors = listOf(backup.monitorList).map(toColumns);
  const notified = new Map<number, readonly number[]>();
  const tags = new Map<number, readonly (readonly [string, string])[]>();
  for (const monitor of monitors) {
    const id = Number(monitor.id);
    const ids = asRow(monitor.notification_idlist) ?? {};
    notified.set(
      id,
      Object.keys(ids)
        .filter((key) => ids[key] === true)
        .map(Number),
    );
    tags.set(
      id,
      listOf(monitor.tags).map((tag) => [String(tag.name ?? ''), String(tag.value ?? '')] as const),
    );
  }
  return {
    source,
    monitors,
    proxies: listOf(backup.proxyList).map(toColumns),
    notifications: listOf(backup.notificationList).map(toColumns),
    notified,
    tags,
    maintenances: [],
    maintained: new Map(),
    pages: [],
  };
}

/** Older ones are objects by id. */
function listOf(value: unknown): readonly Row[] {
  const values = Array.isArray(value) ? value : Object.values(asRow(value) ?? {});
  return values.flatMap((each: unknown): readonly Row[] => {
    const row = asRow(each);
    return row === undefined ? [] : [row];
  });
}

function asRow(value: unknown): Row | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : undefined;
}

const COLUMNS: Readonly<Record<string, string>> = {
  accepted_statuscodes: 'accepted_statuscodes_json',
  notificationIDList: 'notification_idlist',
};

/** `upsideDown` is the column `upside_down`. */
function toColumns(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      COLUMNS[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
