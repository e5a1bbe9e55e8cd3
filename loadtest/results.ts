// What came out of a run: k6's summary and what was seen beside it, made one judgement. Pure.
import type { K6Metric, K6Summary } from './k6.ts';
import type { Sample } from './observe.ts';
import type { Profile } from './profiles.ts';

export interface ScenarioResult {
  readonly scenario: string;
  readonly calls: number;
  readonly failed: number;
  /** What was timed: whole calls by protocol, or the time to the first message of a stream. */
  readonly timings: readonly Timing[];
}

export interface Timing {
  readonly what: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Something that had to hold. */
export interface Verdict {
  readonly what: string;
  readonly held: boolean;
  /** The run was to end by it, so that it does not make it red. */
  readonly endsRun?: boolean;
}

export interface Results {
  readonly profile: string;
  readonly startedAt: string;
  readonly durationS: number;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly green: boolean;
  readonly calls: number;
  readonly failed: number;
  readonly dropped: number;
  readonly scenarios: readonly ScenarioResult[];
  readonly verdicts: readonly Verdict[];
  readonly samples: readonly Sample[];
}

export interface Seen {
  readonly profile: Profile;
  readonly summary: K6Summary;
  readonly samples: readonly Sample[];
  readonly startedAt: string;
  readonly machine: Readonly<Record<string, string | number>>;
  /** How often the file was rewritten, and what the server made of it. */
  readonly reloads: { readonly asked: number; readonly applied: number; readonly failed: number };
  /** Of the server; 0 if it drained as it should. */
  readonly exitCode: number | null;
}

const TIMED: Readonly<Record<string, string>> = {
  grpc_req_duration: 'gRPC',
  http_req_duration: 'HTTP',
  openk_watch_first_message: 'first message',
};

export function judgeRun({ profile, summary, samples, startedAt, machine, reloads, exitCode }: Seen): Results {
  const verdicts = [
    ...thresholdVerdicts(summary, profile.endsBy),
    ...reloadVerdicts(profile, reloads),
    ...memoryVerdicts(profile, samples),
    { what: 'the server drained and ended with exit code 0', held: exitCode === 0 },
  ];
  return {
    profile: profile.name,
    startedAt,
    durationS: Math.round(summary.state.testRunDurationMs / 100) / 10,
    machine,
    green: verdicts.every(({ held, endsRun }) => held || endsRun),
    calls: readValue(summary, 'openk_calls', 'count'),
    failed: readValue(summary, 'openk_failures', 'passes'),
    dropped: readValue(summary, 'dropped_iterations', 'count'),
    scenarios: Object.keys(profile.options.scenarios).map((scenario) => scenarioResult(summary, scenario)),
    verdicts,
    samples,
  };
}

/** Calls per second in the best five seconds in a row; undefined for a run that was shorter. */
export function bestCallsPerS(samples: readonly Sample[]): number | undefined {
  const window = 5;
  const rates = samples.map(({ callsPerS }) => callsPerS ?? 0);
  let best: number | undefined;
  for (let at = window; at <= rates.length; at++) {
    const mean = average(rates.slice(at - window, at));
    best = Math.max(best ?? 0, mean);
  }
  return best;
}

export function thresholdVerdicts(summary: K6Summary, endsBy: readonly string[]): Verdict[] {
  return Object.entries(summary.metrics).flatMap(([metric, { thresholds, values }]) =>
    Object.entries(thresholds ?? {}).map(([threshold, { ok }]) => ({
      what: `${metric}: ${threshold} (${shown(values, threshold)})`,
      held: ok,
      ...(endsBy.includes(metric) && { endsRun: true }),
    })),
  );
}

function reloadVerdicts(profile: Profile, { asked, applied, failed }: Seen['reloads']): Verdict[] {
  if (profile.reloadEveryS === undefined) return [];
  return [
    // The last one may have been asked for too late to be seen.
    { what: `of ${asked} rewritten configurations ${applied} were applied`, held: applied > 0 && applied >= asked - 1 },
    { what: `${failed} reloads failed`, held: failed === 0 },
  ];
}

/** Until then memory grows in any case: code is compiled, and V8 gives itself a heap for the load that it sees. */
const WARM_UP_S = 60;

function memoryVerdicts({ rssGrowthAtMost }: Profile, samples: readonly Sample[]): Verdict[] {
  const warmFromS = Math.min(WARM_UP_S, (samples.at(-1)?.atS ?? 0) / 2);
  const rss = samples.flatMap(({ atS, rssMb }) => (rssMb === undefined || atS < warmFromS ? [] : [rssMb]));
  const tenth = Math.floor(rss.length / 10);
  if (rssGrowthAtMost === undefined || tenth === 0) return [];
  const [first, last] = [average(rss.slice(0, tenth)), average(rss.slice(-tenth))];
  const [was, is] = [first.toFixed(0), last.toFixed(0)];
  const what = `memory in the last tenth ≤ ${rssGrowthAtMost} × the first when warm (${was} MB, then ${is} MB)`;
  return [{ what, held: last <= first * rssGrowthAtMost }];
}

function scenarioResult(summary: K6Summary, scenario: string): ScenarioResult {
  const of = (metric: string): K6Metric | undefined => summary.metrics[`${metric}{scenario:${scenario}}`];
  return {
    scenario,
    calls: of('openk_calls')?.values.count ?? 0,
    failed: of('openk_failures')?.values.passes ?? 0,
    timings: Object.entries(TIMED).flatMap(([metric, what]) => {
      const values = of(metric)?.values;
      if (values === undefined) return [];
      const { med = 0, 'p(95)': p95Ms = 0, 'p(99)': p99Ms = 0, max = 0 } = values;
      return [{ what, p50Ms: med, p95Ms, p99Ms, maxMs: max }];
    }),
  };
}

/** The value that the threshold is about: `p(95)<250` is about `p(95)`. */
function shown(values: K6Metric['values'], threshold: string): string {
  const value = values[threshold.split(/[<>=!]/, 1)[0]!.trim()];
  if (value === undefined) return 'no value';
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

function readValue(summary: K6Summary, metric: string, value: string): number {
  return summary.metrics[metric]?.values[value] ?? 0;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
