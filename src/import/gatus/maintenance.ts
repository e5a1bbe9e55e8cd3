// Maintenance of Gatus as windows of OpenK. There it keeps alerts back and leaves the status as it is; here it is a status.
import { formatDuration } from '../../config/duration.ts';
import type { Draft } from '../draft.ts';
import type { GatusWindow } from './read-gatus.ts';

export const MAINTENANCE_DIFFERENCE =
  'while in maintenance its status is MAINTENANCE; Gatus only keeps its alerts back';

/** `maintenance` of a component; undefined where no window is enabled. */
export function maintenanceOf(windows: readonly GatusWindow[]): Draft | undefined {
  const enabled = windows.filter((window) => window.enabled);
  if (enabled.length === 0) return undefined;
  return {
    windows: enabled.map(({ start, durationMs, timezone, every }) => ({
      cron: `${Number(start.slice(3, 5))} ${Number(start.slice(0, 2))} * * ${weekdays(every)}`,
      duration: formatDuration(durationMs),
      ...(timezone !== 'UTC' && { timezone }),
    })),
  };
}

function weekdays(every: readonly string[]): string {
  return every.length === 0 ? '*' : every.map((day) => day.slice(0, 3).toUpperCase()).join(',');
}
