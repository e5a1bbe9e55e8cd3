import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import { HealthStatus } from '../../gen/openk/common/v1/common_pb.ts';
import { ComponentHealthSchema } from '../../gen/openk/health/v1/health_pb.ts';
import { ageText } from '../../src/cli/health-text.ts';
import { componentTable, renderTable } from '../../src/cli/table.ts';

const { HEALTHY, DEGRADED, UNHEALTHY, UNKNOWN } = HealthStatus;
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const minutesAgo = (minutes: number) => timestampFromMs(NOW_MS - minutes * 60_000);

const HEALTHS = [
  {
    component: 'system',
    status: UNHEALTHY,
    since: minutesAgo(3),
    reason: members('UNHEALTHY', 'of 2 members: 1 healthy, 1 unhealthy (checkout)'),
    memberCounts: { total: 2, healthy: 1, unhealthy: 1 },
  },
  {
    component: 'checkout',
    status: UNHEALTHY,
    since: minutesAgo(3),
    reason: members('UNHEALTHY', 'of 9 members: 3 healthy, 6 unhealthy (db, web-1, web-2 and 3 more)'),
    memberCounts: { total: 9, healthy: 3, unhealthy: 6 },
  },
  {
    component: 'web-1',
    status: UNHEALTHY,
    since: minutesAgo(3),
    causedBy: ['db'],
    reason: { code: 'UNEXPECTED_STATUS', message: 'answered 503 Service Unavailable' },
  },
  {
    component: 'db',
    status: UNHEALTHY,
    since: minutesAgo(4),
    reason: { code: 'CONNECTION_REFUSED', message: 'nothing listens at 10.0.0.1:5432 (tried 10.0.0.1)' },
  },
  {
    component: 'nightly-backup-of-all-the-databases',
    status: HEALTHY,
    since: minutesAgo(60 * 24 * 40),
    run: { id: '7', start: minutesAgo(90) },
    reason: { code: 'REPORTED', message: 'done' },
  },
  {
    component: 'mail',
    status: DEGRADED,
    since: minutesAgo(600),
    reason: { code: 'EXPIRES_SOON', message: 'expires on 2026-01-09' },
  },
  {
    component: 'search',
    status: UNKNOWN,
    since: minutesAgo(0),
    reason: { code: 'NEVER_CHECKED', message: 'not checked yet' },
  },
].map((health) => create(ComponentHealthSchema, health));

function members(status: string, message: string) {
  return { code: `MEMBERS_${status}`, message };
}

const table = (columns: number, color = false) =>
  renderTable({
    components: HEALTHS,
    revision: 7n,
    title: 'http://127.0.0.1:8080  live',
    columns,
    rows: 24,
    color,
    nowMs: NOW_MS,
  });

describe('the table', () => {
  it('has age, cause and code at 80 columns', () => {
    expect(table(80)).toEqual([
      'http://127.0.0.1:8080  live',
      '7 components  4 UNHEALTHY  1 DEGRADED  1 UNKNOWN  1 HEALTHY  2 causes, 3 conseq…',
      '',
      'STATUS     COMPONENT                     FOR  REASON',
      'UNHEALTHY  db                            4m   CONNECTION_REFUSED: nothing liste…',
      'UNHEALTHY  checkout                      3m   db, web-1, web-2 and 3 more: of 9…',
      'UNHEALTHY  system                        3m   checkout: of 2 members: 1 healthy…',
      'UNHEALTHY  web-1                         3m   caused by db; UNEXPECTED_STATUS: …',
      'DEGRADED   mail                          10h  EXPIRES_SOON: expires on 2026-01-…',
      'UNKNOWN    search                        0s   NEVER_CHECKED: not checked yet',
      'HEALTHY    nightly-backup-of-all-the-d…  40d  running 1h; REPORTED: done',
    ]);
  });

  it('has the code of a group whose words are not for who asks', () => {
    const group = create(ComponentHealthSchema, {
      component: 'shop',
      status: UNKNOWN,
      reason: { code: 'MEMBERS_UNKNOWN' },
      memberCounts: { total: 1, unknown: 1 },
    });
    const shown = { components: [group], revision: 1n, title: '', columns: 80, rows: 24, color: false, nowMs: NOW_MS };
    expect(renderTable(shown).at(-1)).toMatch(/MEMBERS_UNKNOWN$/);
  });

  it.each([20, 40, 60, 80, 81, 100, 120, 160, 200, 300])('fits in %i columns, and uses them', (columns) => {
    const lines = table(columns);
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    // Only what is full is cut, and nothing is where there is room.
    for (const line of lines.slice(4)) if (line.endsWith('…')) expect(line).toHaveLength(columns);
    if (columns >= 160) expect(lines.join('\n')).not.toContain('…');
    const rows = lines.slice(4).map((line) => line.split(/\s/)[0]!);
    expect(rows).toEqual(['UNHEALTHY', 'UNHEALTHY', 'UNHEALTHY', 'UNHEALTHY', 'DEGRADED', 'UNKNOWN', 'HEALTHY']);
  });

  it('is as wide in colours', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
    const plain = table(80, true).map((line) => line.replace(/\x1b\[\d+m/g, ''));
    expect(plain).toEqual(table(80));
  });

  it('is whole, and has times, where nothing limits it', () => {
    const lines = componentTable(HEALTHS, { columns: Number.POSITIVE_INFINITY, color: false });
    expect(lines[1]).toMatch(
      /^UNHEALTHY {2}db +2026-01-02 03:00:05Z {2}CONNECTION_REFUSED: nothing listens at 10.0.0.1:5432 \(tried 10.0.0.1\)$/,
    );
    expect(lines.join('\n')).not.toContain('…');
  });
});

it.each([
  [0, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [3_599_999, '59m'],
  [3_600_000, '1h'],
  [86_399_999, '23h'],
  [86_400_000, '1d'],
  [400 * 86_400_000, '400d'],
  // The clock of this machine is behind.
  [-5_000, '0s'],
])('%i ms ago is %s', (ms, text) => {
  expect(ageText(timestampFromMs(NOW_MS - ms), NOW_MS)).toBe(text);
});
