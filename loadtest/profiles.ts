// What each profile puts on the server, and what must hold. Arrival rates are open: a slow server does not slow the
// clients down, it makes k6 drop iterations, and that is seen. Times scale with the duration.

/** Options of k6, as far as the profiles set them: https://grafana.com/docs/k6/latest/using-k6/k6-options/reference/ */
export interface K6Options {
  readonly scenarios: Readonly<Record<string, object>>;
  readonly thresholds: Readonly<Record<string, readonly (string | AbortingThreshold)[]>>;
  readonly summaryTrendStats: readonly string[];
}

interface AbortingThreshold {
  readonly threshold: string;
  readonly abortOnFail: true;
}

export interface Profile {
  readonly name: string;
  readonly durationS: number;
  readonly options: K6Options;
  /** Metrics whose thresholds end the run early without making it red: how the breaking point is found. */
  readonly endsBy: readonly string[];
  /** How often the configuration file is rewritten under load. */
  readonly reloadEveryS?: number;
  /** How long a Watch stream is held open. */
  readonly watchMs: number;
  /** The resident memory in the last tenth may be at most this many times that of the first tenth after the warm-up. */
  readonly rssGrowthAtMost?: number;
}

interface Kind {
  readonly title: string;
  readonly defaultDurationS: number;
  create(durationS: number): Omit<Profile, 'name' | 'durationS'>;
}

interface Limits {
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** At most this share of calls may fail, everywhere. */
const FAILURES_BELOW = 0.001;

/** Reading 1,000 components anew takes the event loop for a fifth of a second, and longer when the machine is busy. */
const DURING_RELOADS: Limits = { p95Ms: 500, p99Ms: 1500 };

const HTTP_SCENARIOS = ['connectJson', 'connectGet', 'grpcWeb', 'rest'] as const;

const KINDS: Readonly<Record<string, Kind>> = {
  smoke: {
    title: 'every way in, gently: is everything right?',
    defaultDurationS: 30,
    create(durationS) {
      const limits = { p95Ms: 400, p99Ms: 1500 };
      const perS = 20;
      const watches = parallel(5, durationS);
      return {
        endsBy: [],
        watchMs: watchMsIn(durationS),
        options: k6Options(
          {
            grpcUnary: constant(perS, durationS),
            ...Object.fromEntries(HTTP_SCENARIOS.map((name) => [name, constant(perS, durationS)])),
            restRoot: constant(2, durationS),
            grpcWatch: watches,
            watchHealth: watches,
          },
          {
            ...holds('grpcUnary', 'grpc_req_duration', limits),
            ...Object.assign(
              {},
              ...[...HTTP_SCENARIOS, 'restRoot'].map((name) => holds(name, 'http_req_duration', limits)),
            ),
            ...watchesHold(limits),
            ...drops(5 * perS * durationS),
          },
        ),
      };
    },
  },
  load: {
    title: 'a busy day: the mix at 600 calls/s beside 100 streams',
    defaultDurationS: 120,
    create: (durationS) => steadyMix(durationS, 600, 50, { p95Ms: 100, p99Ms: 500 }),
  },
  soak: {
    title: 'a long time: the mix at 200 calls/s beside 100 streams and a reload every 30 s; memory must not grow',
    defaultDurationS: 1800,
    create: (durationS) => ({
      ...withReloads(steadyMix(durationS, 200, 50, DURING_RELOADS), durationS, 30, DURING_RELOADS),
      rssGrowthAtMost: 1.25,
    }),
  },
  churn: {
    title: 'reloads under load: the file is rewritten every 4 s, nothing that stays may notice',
    defaultDurationS: 60,
    create: (durationS) => withReloads(steadyMix(durationS, 200, 20, DURING_RELOADS), durationS, 4, DURING_RELOADS),
  },
  stress: {
    title: 'the mix, faster and faster until k6 has to drop calls: where is the breaking point?',
    defaultDurationS: 180,
    create: (durationS) => ({
      endsBy: ['dropped_iterations'],
      watchMs: watchMsIn(durationS),
      options: k6Options(
        {
          mix: {
            executor: 'ramping-arrival-rate',
            exec: 'mix',
            startRate: 100,
            timeUnit: '1s',
            stages: [{ target: 10_000, duration: `${durationS}s` }],
            preAllocatedVUs: 500,
            gracefulStop: '5s',
          },
        },
        {
          // Overloaded is late, never wrong; how late is what the run finds out.
          ...rightAnswers('mix'),
          // k6 gives the figures of a scenario only where there is a threshold on them.
          'http_req_duration{scenario:mix}': ['max>=0'],
          'grpc_req_duration{scenario:mix}': ['max>=0'],
          // More than one stall of the machine makes it drop.
          dropped_iterations: [{ threshold: 'count<3000', abortOnFail: true }],
        },
      ),
    }),
  },
};

export const PROFILES: readonly { readonly name: string; readonly title: string; readonly defaultDurationS: number }[] =
  Object.entries(KINDS).map(([name, { title, defaultDurationS }]) => ({ name, title, defaultDurationS }));

/** Undefined: there is no such profile. */
export function createProfile(name: string, durationS?: number): Profile | undefined {
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined) return undefined;
  const chosen = durationS ?? kind.defaultDurationS;
  return { name, durationS: chosen, ...kind.create(chosen) };
}

function steadyMix(durationS: number, perS: number, streamsOfEach: number, limits: Limits) {
  const watches = parallel(streamsOfEach, durationS);
  return {
    endsBy: [],
    watchMs: watchMsIn(durationS),
    options: k6Options(
      { mix: constant(perS, durationS), grpcWatch: watches, watchHealth: watches },
      {
        ...holds('mix', 'http_req_duration', limits),
        ...holds('mix', 'grpc_req_duration', limits),
        ...watchesHold(limits),
        ...drops(perS * durationS),
      },
    ),
  };
}

function withReloads<Part extends Omit<Profile, 'name' | 'durationS'>>(
  part: Part,
  durationS: number,
  reloadEveryS: number,
  limits: Limits,
) {
  const { options } = part;
  return {
    ...part,
    reloadEveryS,
    options: {
      ...options,
      scenarios: { ...options.scenarios, reloadedComponent: { ...constant(20, durationS), exec: 'reloadedComponent' } },
      thresholds: { ...options.thresholds, ...holds('reloadedComponent', 'http_req_duration', limits) },
    },
  };
}

function k6Options(scenarios: Readonly<Record<string, object>>, thresholds: K6Options['thresholds']): K6Options {
  const named = Object.entries(scenarios).map(([name, scenario]) => [name, { exec: name, ...scenario }]);
  return {
    scenarios: Object.fromEntries(named),
    thresholds,
    summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
  };
}

/** Calls that begin at this rate whatever the server does. */
function constant(perS: number, durationS: number) {
  return {
    executor: 'constant-arrival-rate',
    rate: perS,
    timeUnit: '1s',
    duration: `${durationS}s`,
    // All from the start: making one while it runs makes k6 drop calls that the server had taken.
    preAllocatedVUs: Math.max(20, Math.ceil(perS / 2)),
    gracefulStop: '5s',
  };
}

/** So many at once, one after another each. */
function parallel(vus: number, durationS: number) {
  return { executor: 'constant-vus', vus, duration: `${durationS}s`, gracefulStop: '10s' };
}

/** Several streams per VU in a run, each open long enough that a late first message is late and not missed. */
function watchMsIn(durationS: number): number {
  return Math.max(2000, Math.min(5000, durationS * 250));
}

function rightAnswers(scenario: string): K6Options['thresholds'] {
  return {
    [`openk_failures{scenario:${scenario}}`]: [`rate<${FAILURES_BELOW}`],
    // A threshold on a metric without a value holds, so nothing may be without one.
    [`openk_calls{scenario:${scenario}}`]: ['count>0'],
  };
}

function holds(scenario: string, durationMetric: string, { p95Ms, p99Ms }: Limits): K6Options['thresholds'] {
  return {
    ...rightAnswers(scenario),
    [`${durationMetric}{scenario:${scenario}}`]: [`p(95)<${p95Ms}`, `p(99)<${p99Ms}`],
  };
}

function watchesHold(limits: Limits): K6Options['thresholds'] {
  return {
    ...holds('grpcWatch', 'openk_watch_first_message', limits),
    ...holds('watchHealth', 'openk_watch_first_message', limits),
  };
}

/** Of the calls that were to be made, at most one in a hundred may be dropped. */
function drops(planned: number): K6Options['thresholds'] {
  return { dropped_iterations: [`count<${Math.max(1, Math.round(planned / 100))}`] };
}
