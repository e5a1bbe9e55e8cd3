// Which alerts earlier incarnations opened lately and are over: by that it is known after a restart too what flaps.
import type { AlertLog, AlertOpening, AlertSettings } from '../core/alert.ts';

const PAGE = 1_000;
/** What opened before so many others counts for nothing. */
const MAX_OPENINGS = 20_000;

/** @throws StoreFault */
export async function recentOpenings(
  store: Pick<AlertLog, 'alerts'>,
  { routes }: AlertSettings,
  nowMs: number,
): Promise<readonly AlertOpening[]> {
  const longestMs = Math.max(0, ...routes.map(({ flapping }) => (flapping.changes > 0 ? flapping.withinMs : 0)));
  const openings: AlertOpening[] = [];
  for (let before: { resolvedMs: number; id: string } | undefined; openings.length < MAX_OPENINGS; ) {
    const page = await store.alerts({ ...(before && { before }), limit: PAGE });
    for (const { id, route, component, openedMs, resolvedMs = nowMs } of page) {
      // Whatever is behind this one was over, and so opened, before.
      if (resolvedMs <= nowMs - longestMs) return openings;
      if (openedMs !== undefined) openings.push({ route, component, openedMs });
      before = { resolvedMs, id };
    }
    if (page.length < PAGE) break;
  }
  return openings;
}
