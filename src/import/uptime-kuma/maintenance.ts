// Maintenance of Uptime Kuma as windows of a component.
import { formatDuration } from '../../config/duration.ts';
import type { Draft } from '../draft.ts';
import { boolOf, type KumaData, numberOf, type Row, textOf } from './model.ts';

/** Its dates are of its own time zone, and at most this far from what they are read as. */
const ZONES_MS = 86_400_000;

export function maintenanceOf(
  monitor: Row,
  data: KumaData,
  nowMs: number,
  differences: string[],
  losses: string[],
): Draft {
  const wanted = data.maintained.get(Number(monitor.id)) ?? [];
  const windows: Draft[] = [];
  let isActive = false;
  for (const maintenance of data.maintenances) {
    if (!wanted.includes(Number(maintenance.id)) || !boolOf(maintenance, 'active', true)) continue;
    const strategy = textOf(maintenance, 'strategy');
    const cron = textOf(maintenance, 'cron').trim().replace(/\s+/g, ' ');
    const seconds = numberOf(maintenance, 'duration');
    const title = textOf(maintenance, 'title');
    const [start, end] = [textOf(maintenance, 'start_date'), textOf(maintenance, 'end_date')];
    if (strategy === 'manual') {
      isActive = true;
    } else if (dateMs(end) < nowMs - ZONES_MS) {
      differences.push(`the maintenance "${title}" is over since ${end}`);
    } else if (strategy === 'single' || cron === '' || seconds <= 0 || numberOf(maintenance, 'interval_day') > 1) {
      losses.push(`the maintenance "${title}" (${strategy}) is not taken over: write it into \`maintenance.windows\``);
    } else {
      const timezone = textOf(maintenance, 'timezone');
      if (timezone === '' || timezone === 'SAME_AS_SERVER')
        differences.push(`the maintenance "${title}" is in UTC, and in Kuma in the time of its server`);
      if (dateMs(start) > nowMs) differences.push(`the maintenance "${title}" begins now, and in Kuma on ${start}`);
      if (end !== '') differences.push(`the maintenance "${title}" goes on, and in Kuma it ends on ${end}`);
      windows.push({
        cron,
        duration: formatDuration(seconds * 1000),
        ...(timezone !== '' && timezone !== 'SAME_AS_SERVER' && timezone !== 'UTC' && { timezone }),
      });
    }
  }
  if (!isActive && windows.length === 0) return {};
  return { maintenance: { ...(isActive && { active: true }), ...(windows.length > 0 && { windows }) } };
}

/** `2026-12-24 22:00:00`, whatever its zone; NaN for none. */
function dateMs(text: string): number {
  return Date.parse(`${text.trim().replace(' ', 'T').replace(/Z$/, '')}Z`);
}
