// What the probe kind `promql` asks, and what the answer means
// (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries).

import { isCelError } from '@bufbuild/cel';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { type PromqlProbe, PromqlProbe_Empty } from '../../gen/openk/config/v1/config_pb.ts';
import { readExpression } from '../cel/expression-fault.ts';
import { compileExpression, type Program } from '../cel/program.ts';
import type { ObservedPart } from '../core/observation.ts';
import { printable } from '../core/printable.ts';
import type { Probe } from '../core/probe.ts';
import type { ProbeContext } from './probe.ts';
import { SERIES_VARIABLES } from './promql-variables.ts';
import { type ReasonCode, reason } from './reason.ts';
import {
  createSourceProbe,
  fieldsOf,
  type Judged,
  jsonOf,
  listOf,
  partsOf,
  sourceOf,
  textIn,
  unanswered,
  urlBelow,
  type Verdict,
  worstOf,
} from './source.ts';

/** Series that are judged; a query for more is a mistake. */
const MAX_SERIES = 10_000;
const MAX_NAME = 200;
/** How many series say their value in the evidence. */
const MAX_SAID = 3;

/** One row of the result. `value` is undefined where there is none to compare: a histogram. */
interface Series {
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number | undefined;
  /** When the server evaluated it; epoch seconds, by its clock. */
  readonly askedAt: number;
  readonly isStale?: boolean;
}

const EMPTY: Readonly<Record<PromqlProbe_Empty, Verdict>> = {
  [PromqlProbe_Empty.UNSPECIFIED]: 'UNKNOWN',
  [PromqlProbe_Empty.UNKNOWN]: 'UNKNOWN',
  [PromqlProbe_Empty.HEALTHY]: 'HEALTHY',
  [PromqlProbe_Empty.UNHEALTHY]: 'UNHEALTHY',
};
const CODES: Readonly<Record<Verdict, ReasonCode>> = {
  HEALTHY: 'OK',
  DEGRADED: 'QUERY_DEGRADED',
  UNHEALTHY: 'QUERY_UNHEALTHY',
  UNKNOWN: 'QUERY_UNKNOWN',
};

export function createPromqlProbe(options: PromqlProbe, context: ProbeContext): Probe {
  const shown = sourceOf(options.server);
  const url = urlBelow(options.server, '/api/v1/query');
  const empty = EMPTY[options.empty] ?? 'UNKNOWN';
  const healthy = compiled(options.healthy);
  const degraded = options.degraded === '' ? undefined : compiled(options.degraded);

  const verdictOf = ({ value, labels }: Series): Verdict => {
    if (value === undefined) return 'UNKNOWN';
    if (Number.isNaN(value)) return empty;
    const isHealthy = healthy({ value, labels });
    if (isHealthy === true) return 'HEALTHY';
    const isDegraded = degraded?.({ value, labels });
    if (isDegraded === true) return 'DEGRADED';
    // An expression that has no value says nothing, though the other one may.
    return isHealthy === false && (isDegraded === undefined || isDegraded === false) ? 'UNHEALTHY' : 'UNKNOWN';
  };

  const judge = (series: readonly Series[], warnings: readonly string[]): Judged => {
    if (series.length === 0) {
      const why = reason(empty === 'HEALTHY' ? 'OK' : 'QUERY_EMPTY', 'the query has no result');
      return { outcome: empty, reason: why, parts: [] };
    }
    const judged = series.map((one) => ({ ...one, verdict: verdictOf(one) }));
    const worst = worstOf(judged.map(({ verdict }) => verdict));
    // Some of the series may be missing, and one that is missing may be the worst.
    const isPartial = warnings.length > 0 && worst !== 'UNHEALTHY';
    const outcome = isPartial ? 'UNKNOWN' : worst;
    const said = judged.filter(({ verdict }) => verdict === worst || (verdict !== 'HEALTHY' && isPartial));
    const values = said.slice(0, MAX_SAID).map((one) => `${nameOf(one, options.partLabels)} is ${textOf(one)}`);
    const more = said.length > MAX_SAID ? [`${said.length - MAX_SAID} more`] : [];
    const came = [...(isPartial ? [`warning: ${warnings[0]}`] : []), ...values, ...more].join('; ');
    const why = isPartial
      ? reason('QUERY_PARTIAL', `${shown} warns that its answer may not be all`, came)
      : reason(CODES[worst], MESSAGES[worst](options), came);
    const parts = judged.filter(({ labels }) => nameFrom(labels, options.partLabels) !== '').map(partOf);
    return { outcome, reason: why, parts: partsOf(parts) };
  };
  const partOf = ({ verdict, ...one }: Series & { readonly verdict: Verdict }): ObservedPart => ({
    name: nameOf(one, options.partLabels),
    outcome: verdict,
    reason: reason(CODES[verdict], MESSAGES[verdict](options), `value was ${textOf(one)}`),
  });

  const query = async (ask: Ask, timeoutMs: number, text: string): Promise<Result | Judged> => {
    const form = new URLSearchParams({ query: text, timeout: `${Math.max(1, Math.round(timeoutMs))}ms` });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await ask({ url, method: 'POST', headers, body: form.toString() });
    const { status } = answer;
    // 400 and 422 say in JSON what is wrong with the query; a proxy in front of it says what it likes.
    if (status !== 200 && status !== 400 && status !== 422) return unanswered(shown, answer);
    const said = fieldsOf(jsonOf(answer, shown));
    if (said.status === 'error' || status !== 200) {
      const came = [textIn(said.errorType), textIn(said.error)].filter((one) => one !== '').join(': ');
      return refused(`${shown} cannot run the query`, came);
    }
    const data = fieldsOf(said.data);
    const series = said.status === 'success' ? seriesOf(data) : undefined;
    if (series === undefined) {
      const type = textIn(data.resultType);
      const what = type === '' ? 'something that is no result' : `a ${type}`;
      return refused(`the query gives ${printable(what, 40)}, not an instant vector or a scalar`);
    }
    if (series.length > MAX_SERIES) return refused(`the query gives more than ${MAX_SERIES} series`);
    return { series, isScalar: data.resultType === 'scalar', warnings: warningsOf(said) };
  };

  return createSourceProbe(shown, { ...options, secrets: secretsOf(options) }, context, async (ask, { timeoutMs }) => {
    const result = await query(ask, timeoutMs, options.query);
    if (!('series' in result)) return result;
    const { series, warnings } = result;
    if (options.maxAge === undefined || series.length === 0 || result.isScalar) return judge(series, warnings);
    const times = await query(ask, timeoutMs, `timestamp(${options.query})`);
    return 'series' in times ? judge(fresh(series, times.series, durationMs(options.maxAge)), warnings) : times;
  });
}

type Ask = Parameters<Parameters<typeof createSourceProbe>[3]>[0];

interface Result {
  readonly series: readonly Series[];
  readonly isScalar: boolean;
  readonly warnings: readonly string[];
}

/** Series whose sample is too old have no value. @param times of the samples, by the same labels, in seconds */
function fresh(series: readonly Series[], times: readonly Series[], maxAgeMs: number): readonly Series[] {
  const keyOf = ({ labels }: Series) => JSON.stringify([...labels].filter(([name]) => isOfSeries(name)).sort());
  const taken = new Map(times.map((one) => [keyOf(one), one.value]));
  return series.map((one) => {
    const ageMs = (one.askedAt - (taken.get(keyOf(one)) ?? Number.NEGATIVE_INFINITY)) * 1000;
    return ageMs <= maxAgeMs ? one : { ...one, value: undefined, isStale: true };
  });
}

/** A cluster of VictoriaMetrics without some of its storage says so by a flag (https://docs.victoriametrics.com/victoriametrics/cluster-victoriametrics/#cluster-availability). */
function warningsOf({ warnings, isPartial }: Readonly<Record<string, unknown>>): readonly string[] {
  return [...listOf(warnings).map(textIn), ...(isPartial === true ? ['isPartial'] : [])];
}

function refused(message: string, came = ''): Judged {
  return { outcome: 'UNKNOWN', reason: reason('QUERY_REFUSED', message, came) };
}

const MESSAGES: Readonly<Record<Verdict, (options: PromqlProbe) => string>> = {
  HEALTHY: ({ healthy }) => `true: ${printable(healthy, MAX_NAME)}`,
  DEGRADED: ({ degraded }) => `true: ${printable(degraded, MAX_NAME)}`,
  UNHEALTHY: ({ healthy }) => `not true: ${printable(healthy, MAX_NAME)}`,
  UNKNOWN: ({ healthy }) => `has no value: ${printable(healthy, MAX_NAME)}`,
};

function compiled(expression: string): (series: { value: number; labels: Series['labels'] }) => boolean | undefined {
  const expr = readExpression(expression, SERIES_VARIABLES);
  if (typeof expr === 'string') throw new Error(`${expression} ${expr}`);
  const run: Program = compileExpression(expr);
  return ({ value, labels }) => {
    const result = run({ value, labels });
    return isCelError(result) || typeof result !== 'boolean' ? undefined : result;
  };
}

/** Undefined for what is neither a vector nor a scalar. */
function seriesOf({ resultType, result }: Readonly<Record<string, unknown>>): readonly Series[] | undefined {
  if (resultType === 'scalar')
    return [{ labels: new Map(), value: numberOf(listOf(result)[1]), askedAt: timeOf(result) }];
  if (resultType !== 'vector' || !Array.isArray(result)) return undefined;
  return result.map((row) => {
    const { metric, value } = fieldsOf(row);
    const labels = Object.entries(fieldsOf(metric)).filter((pair): pair is [string, string] => textIn(pair[1]) !== '');
    return { labels: new Map(labels), value: numberOf(listOf(value)[1]), askedAt: timeOf(value) };
  });
}

/** Seconds: the first of a pair. */
function timeOf(pair: unknown): number {
  const [seconds] = listOf(pair);
  return typeof seconds === 'number' || typeof seconds === 'string' ? Number(seconds) : Number.NaN;
}

/** Values are texts: `1e-3`, `NaN`, `+Inf`. */
function numberOf(value: unknown): number | undefined {
  if (value === 'NaN') return Number.NaN;
  const infinity = /^([+-]?)Inf$/.exec(textIn(value));
  if (infinity !== null) return infinity[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return typeof value === 'string' && /^[+-]?[\d.]/.test(value) && Number.isFinite(Number(value))
    ? Number(value)
    : undefined;
}

function textOf({ value, isStale }: Series): string {
  return value === undefined ? (isStale ? 'too old' : 'no number') : String(value);
}

function nameOf({ labels }: Pick<Series, 'labels'>, partLabels: readonly string[]): string {
  return nameFrom(labels, partLabels) || 'the result';
}

/** By which a series is a component. A `/` would make a level of it. */
function nameFrom(labels: Series['labels'], partLabels: readonly string[]): string {
  const words =
    partLabels.length > 0
      ? partLabels.map((name) => labels.get(name) ?? '').filter((value) => value !== '')
      : [...labels.keys()]
          .filter(isOfSeries)
          .sort()
          .map((name) => `${name}=${labels.get(name)}`);
  return printable(words.join(' ').replaceAll('/', '-'), MAX_NAME);
}

/** The name of the metric is mostly the same for all. */
function isOfSeries(label: string): boolean {
  return label !== '__name__';
}

function secretsOf({ server }: PromqlProbe): readonly string[] {
  const { username, password, search } = new URL(server);
  return [username, password, search.slice(1)];
}
