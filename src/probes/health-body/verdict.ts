// The verdict of an answer: the worst of its status, of what its body says of the whole, and of the parts. It stands alone
// since this is where a failing answer must never become healthy.
import type { ReasonCode } from '../reason.ts';
import { type Part, type PartMap, phaseOf, type Reading } from './parts.ts';
import type { BodyReading } from './read-health-body.ts';
import type { Phase, Verdict } from './words.ts';

/**
 * What the status of an answer says by itself: `REFUSED`, nothing, since the server speaks of the request and not of itself;
 * `ELSEWHERE`, nothing either, but what the body says against it counts.
 */
export type StatusVerdict = 'EXPECTED' | 'FAILING' | 'REFUSED' | 'ELSEWHERE';

export interface BodyVerdict {
  readonly verdict: Verdict;
  readonly code: ReasonCode;
  /** What follows after "answered 503"; empty: nothing. The same as long as the same things are wrong. */
  readonly words: string;
}

const REFUSALS: ReadonlySet<number> = new Set([
  400, 401, 403, 404, 405, 406, 407, 410, 411, 413, 414, 415, 416, 417, 421, 426, 431, 501, 505, 511,
]);
/** How many parts a reason names. */
const MAX_NAMED = 5;
const MAX_NAME = 64;
const DRAINING = 'though all its parts are healthy: it may be going down';

/** @param isExpected whether the status is among those that are expected */
export function statusVerdict(status: number, isExpected: boolean): StatusVerdict {
  if (isExpected) return 'EXPECTED';
  if (REFUSALS.has(status)) return 'REFUSED';
  return status < 200 || (status >= 300 && status < 500) ? 'ELSEWHERE' : 'FAILING';
}

export function bodyVerdict(status: StatusVerdict, isUnavailable: boolean, reading: BodyReading): BodyVerdict {
  if (status === 'REFUSED')
    return { verdict: 'UNKNOWN', code: 'REQUEST_REFUSED', words: ', which refuses the request' };
  const silent = 'nothing' in reading ? reading.nothing : 'unreadable' in reading ? reading.unreadable : undefined;
  if (silent !== undefined) return withoutReading(status, silent, 'nothing' in reading);
  const read = reading as Reading;
  const own = spoken(read);
  if (status === 'EXPECTED') return own;
  if (status === 'ELSEWHERE')
    return own.verdict === 'HEALTHY' ? withoutReading(status, 'its body says HEALTHY', true) : own;
  if (own.verdict === 'UNHEALTHY' || saysItself(read)) return own;
  if (own.verdict !== 'HEALTHY') return { verdict: 'UNHEALTHY', code: 'UNEXPECTED_STATUS', words: own.words };
  if (isUnavailable) return { verdict: 'UNHEALTHY', code: 'DRAINING', words: `, ${DRAINING}` };
  return {
    verdict: 'UNHEALTHY',
    code: 'UNEXPECTED_STATUS',
    words: '; its body says HEALTHY, which its status does not',
  };
}

function withoutReading(status: StatusVerdict, silent: string, isNothing: boolean): BodyVerdict {
  const words = `; ${silent}`;
  if (status === 'FAILING') return { verdict: 'UNHEALTHY', code: 'UNEXPECTED_STATUS', words };
  if (status === 'ELSEWHERE') return { verdict: 'UNKNOWN', code: 'REQUEST_REFUSED', words };
  return isNothing ? { verdict: 'HEALTHY', code: 'OK', words } : { verdict: 'UNKNOWN', code: 'BODY_UNREADABLE', words };
}

/** The body says why the status is bad, and that it is no failure: it does not know, or all that is wrong is a warning by its own words. */
function saysItself({ total, parts, verdict }: Reading): boolean {
  if (verdict === 'UNKNOWN') return total?.verdict === 'UNKNOWN' && total.isUnheard === undefined;
  const unwell = [...parts.values()].filter(({ word }) => word.verdict !== 'HEALTHY');
  return total === undefined && unwell.length > 0 && unwell.every(({ word }) => word.isSpelledOut === true);
}

export const CODES: Readonly<Record<Verdict, ReasonCode>> = {
  HEALTHY: 'OK',
  DEGRADED: 'BODY_SAYS_DEGRADED',
  UNHEALTHY: 'BODY_SAYS_UNHEALTHY',
  UNKNOWN: 'BODY_SAYS_UNKNOWN',
};

const PHASE_CODES: Readonly<Partial<Record<Phase, ReasonCode>>> = { starting: 'STARTING', stopping: 'STOPPING' };

function spoken(reading: Reading): BodyVerdict {
  const verdict = reading.verdict!;
  const phase = phaseOf(reading);
  const names = unwellNames(reading.parts);
  const shown = names
    .slice(0, MAX_NAMED)
    .map((name) => (name.length > MAX_NAME ? `${name.slice(0, MAX_NAME - 1)}…` : name));
  const more = names.length > MAX_NAMED ? [`${names.length - MAX_NAMED} more`] : [];
  const which = names.length === 0 ? '' : `: ${[...shown, ...more].join(', ')}`;
  const when = phase === undefined || verdict === 'HEALTHY' ? '' : ` (${phase})`;
  const isDraining = verdict === 'UNHEALTHY' && names.length === 0 && reading.parts.size > 0 && phase === undefined;
  return {
    verdict,
    code: (verdict === 'UNHEALTHY' && phase !== undefined && PHASE_CODES[phase]) || CODES[verdict],
    words: `; its body says ${verdict}${when}${which}${isDraining ? ` ${DRAINING}` : ''}`,
  };
}

/** Those that are not well, the worst first. */
function unwellNames(parts: PartMap): readonly string[] {
  const of = (wanted: Verdict) => [...parts].filter(([, { word }]) => word.verdict === wanted).map(([name]) => name);
  return [...of('UNHEALTHY'), ...of('UNKNOWN'), ...of('DEGRADED')];
}

/** A part by its path: `shards/a` is within `shards`. Those that hold others come before them. */
export function* eachPart(parts: PartMap, within = ''): Generator<readonly [path: string, part: Part]> {
  for (const [name, part] of parts) {
    const path = within === '' ? name : `${within}/${name}`;
    yield [path, part];
    yield* eachPart(part.parts, path);
  }
}
