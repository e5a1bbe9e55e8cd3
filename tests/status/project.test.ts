// What of the incidents there are is on a page.
import '../support/one-realm.ts';
import { describe, expect, it } from '@jest/globals';
import type { Incident } from '../../src/core/status-page.ts';
import { projectPage } from '../../src/status/project.ts';

const NOW_MS = Date.UTC(2026, 11, 1);
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const PAGE = {
  id: 'shop',
  title: 'Shop',
  description: '',
  url: '',
  access: 'PUBLIC',
  groups: [],
  uptimeDays: 0,
  showsLatency: false,
  embedOrigins: [],
} as const;

const incident = (title: string, startedMs: number, resolvedMs?: number): Incident => ({
  id: title,
  title,
  status: resolvedMs === undefined ? 'MONITORING' : 'RESOLVED',
  impact: 'MINOR',
  pages: ['shop'],
  components: [],
  startedMs,
  updatedMs: resolvedMs ?? startedMs,
  ...(resolvedMs !== undefined && { resolvedMs }),
  updates: [],
  notes: [],
});
const titles = (incidents: readonly Incident[]) =>
  projectPage(
    PAGE,
    { health: () => undefined, strips: new Map(), maintenance: () => [], incidents },
    { nowMs: NOW_MS, revision: 1 },
  ).incidents.map(({ title }) => title);

const resolved = Array.from({ length: 60 }, (_, at) =>
  incident(`past ${at}`, NOW_MS - (at + 2) * MINUTE_MS, NOW_MS - MINUTE_MS),
);

describe('incidents on a page', () => {
  it('are all that are open, however many began after them', () => {
    const shown = titles([...resolved, incident('old', NOW_MS - 30 * DAY_MS)]);
    expect(shown).toHaveLength(50);
    expect([shown[0], shown.at(-2), shown.at(-1)]).toEqual(['past 0', 'past 48', 'old']);
  });

  it('are all that are open, however many they are', () => {
    const open = Array.from({ length: 60 }, (_, at) => incident(`open ${at}`, NOW_MS - at));
    expect(titles([...open, ...resolved])).toEqual(open.map(({ title }) => title));
  });

  it('are those that were resolved within 14 days', () => {
    const until = (ms: number) => titles([incident('past', NOW_MS - 20 * DAY_MS, ms)]);
    expect([until(NOW_MS - 14 * DAY_MS), until(NOW_MS - 14 * DAY_MS + 1)]).toEqual([[], ['past']]);
  });
});
