// How a run is judged and reported, without a run.
import { describe, expect, it } from '@jest/globals';
import type { K6Summary } from '../../loadtest/k6.ts';
import type { Sample } from '../../loadtest/observe.ts';
import { createProfile, PROFILES, type Profile } from '../../loadtest/profiles.ts';
import { reportHtml, summaryText } from '../../loadtest/report.ts';
import { plotSvg } from '../../loadtest/report-plot.ts';
import { bestCallsPerS, judgeRun, type Seen } from '../../loadtest/results.ts';

const SUMMARY: K6Summary = {
  state: { testRunDurationMs: 3012 },
  metrics: {
    openk_calls: { values: { count: 300 } },
    openk_failures: { values: { passes: 2 } },
    dropped_iterations: { values: { count: 7 }, thresholds: { 'count<5': { ok: false } } },
    'openk_calls{scenario:mix}': { values: { count: 300 }, thresholds: { 'count>0': { ok: true } } },
    'openk_failures{scenario:mix}': { values: { passes: 2, rate: 2 / 300 }, thresholds: { 'rate<0.01': { ok: true } } },
    'http_req_duration{scenario:mix}': { values: { med: 1, 'p(95)': 2, 'p(99)': 3, max: 4 } },
  },
};

describe('judgeRun', () => {
  it('is red by a threshold that was crossed', () => {
    const results = judgeRun(seen({ profile: stress({ endsBy: [] }) }));
    expect(results.green).toBe(false);
    expect(summaryText(results)).toContain('MISSED  dropped_iterations: count<5 (7)');
  });

  it('is green when what was to end the run ended it', () => {
    const results = judgeRun(seen({ profile: stress({}) }));
    expect(results.green).toBe(true);
    expect(summaryText(results)).toContain('ended by  dropped_iterations: count<5 (7)');
  });

  it('is red when the server did not drain', () => {
    expect(judgeRun(seen({ exitCode: null })).green).toBe(false);
  });

  it.each([
    [{ asked: 4, applied: 3, failed: 0 }, true],
    [{ asked: 4, applied: 2, failed: 0 }, false],
    [{ asked: 4, applied: 4, failed: 1 }, false],
    [{ asked: 1, applied: 0, failed: 0 }, false],
  ])('of reloads %j holds: %s', (reloads, green) => {
    expect(judgeRun(seen({ profile: stress({ reloadEveryS: 1 }), reloads })).green).toBe(green);
  });

  it.each([
    [1.4, true],
    [1.6, false],
  ])('of memory that grew to %f times holds: %s', (growth, green) => {
    // Half of it is the warm-up, which does not count.
    const samples = Array.from({ length: 40 }, (_, n) =>
      sampleAt(n, { rssMb: n < 20 ? 10 : n < 30 ? 100 : 100 * growth }),
    );
    expect(judgeRun(seen({ profile: stress({ rssGrowthAtMost: 1.5 }), samples })).green).toBe(green);
  });

  it('gives the figures of each scenario', () => {
    expect(judgeRun(seen({}))).toMatchObject({
      calls: 300,
      failed: 2,
      dropped: 7,
      durationS: 3,
      scenarios: [
        { scenario: 'mix', calls: 300, failed: 2, timings: [{ what: 'HTTP', p50Ms: 1, p95Ms: 2, p99Ms: 3, maxMs: 4 }] },
      ],
    });
  });
});

describe('bestCallsPerS', () => {
  it('is the best mean of five seconds', () => {
    const rates = [10, 20, 30, 40, 50, 60, 0];
    expect(bestCallsPerS(rates.map((callsPerS, n) => sampleAt(n, { callsPerS })))).toBe(40);
  });

  it('is not there for a shorter run', () => {
    expect(bestCallsPerS([sampleAt(0, { callsPerS: 5 })])).toBeUndefined();
  });
});

describe('reportHtml', () => {
  it('stands alone, and escapes what it was given', () => {
    const page = reportHtml(judgeRun(seen({ machine: { cpu: '<script>' } })));
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toContain('<script');
    expect(page).not.toMatch(/(src|href)=/);
  });

  it('plots every point inside its picture', () => {
    const svg = plotSvg({
      title: 'Calls',
      unit: 'per second',
      points: [
        [0, 0],
        [5, 130],
        [10, 70],
      ],
    });
    expect(svg).toContain('<polyline points="60.0,156.0 410.0,62.4 760.0,105.6"/>');
  });

  it('says so when there is nothing to plot', () => {
    expect(plotSvg({ title: 'CPU', unit: '%', points: [] })).toContain('too few samples');
  });
});

describe('profiles', () => {
  it.each(PROFILES.map(({ name }) => name))('%s judges every scenario by failures and by there being calls', (name) => {
    const { options } = createProfile(name)!;
    for (const scenario of Object.keys(options.scenarios)) {
      expect(options.thresholds).toHaveProperty([`openk_failures{scenario:${scenario}}`]);
      expect(options.thresholds).toHaveProperty([`openk_calls{scenario:${scenario}}`]);
    }
  });

  it('takes no name that there is not', () => {
    expect(createProfile('toString')).toBeUndefined();
  });
});

function stress(changes: Partial<Profile>): Profile {
  return { ...createProfile('stress', 3)!, ...changes };
}

function sampleAt(atS: number, values: Partial<Sample>): Sample {
  return { atS, livezMs: 1, ...values };
}

function seen(changes: Partial<Seen>): Seen {
  return {
    profile: stress({}),
    summary: SUMMARY,
    samples: [sampleAt(0, {}), sampleAt(1, {})],
    startedAt: '2026-01-01T00:00:00.000Z',
    machine: {},
    reloads: { asked: 0, applied: 0, failed: 0 },
    exitCode: 0,
    ...changes,
  };
}
