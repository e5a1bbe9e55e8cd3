// What a body says of parts and of the whole, and how they make one verdict. It stands alone since JSON and text come to the
// same here, and since this is what must never make a failing total healthy.
import type { Outcome } from '../../core/status.ts';
import { type Phase, type Verdict, type Word, worseWord } from './words.ts';

export interface Part {
  readonly word: Word;
  /** Its failure does not take the whole down. */
  readonly mayFail: boolean;
  /** What it says of itself beside the word. */
  readonly message?: string;
  /** When it was looked at; epoch milliseconds. */
  readonly lookedAtMs?: number;
  readonly parts: Map<string, Part>;
}

/** By name. */
export type PartMap = ReadonlyMap<string, Part>;

/** Of a name that comes twice the worse counts. */
export function addPart(parts: Map<string, Part>, name: string, part: Part) {
  const before = parts.get(name);
  if (before === undefined) {
    parts.set(name, part);
    return;
  }
  // In place: a name may come as often as there is room in a body.
  const children = before.parts;
  for (const [child, one] of part.parts) addPart(children, child, one);
  const word = worseWord(before.word, part.word)!;
  const said = word === part.word ? part : before;
  parts.set(name, { ...said, mayFail: before.mayFail && part.mayFail, parts: children });
}

/**
 * What total and parts come to. What is unknown is taken for healthy and for unhealthy: where both come to the same, that is
 * it. A part that fails below a total that does not leaves the whole DEGRADED: whoever made the total knows what it can do without.
 * @param total undefined: nothing says how the whole is
 */
export function combine(
  total: Verdict | undefined,
  parts: Iterable<Pick<Part, 'word' | 'mayFail'>>,
): Verdict | undefined {
  const list = [...parts];
  if (total === undefined && list.length === 0) return undefined;
  const least = combineKnown(total, list, 'HEALTHY');
  const most = combineKnown(total, list, 'UNHEALTHY');
  return least === most ? least : 'UNKNOWN';
}

const SEVERITY: Readonly<Record<Outcome, number>> = { HEALTHY: 0, DEGRADED: 1, UNHEALTHY: 2 };

function combineKnown(
  total: Verdict | undefined,
  parts: readonly Pick<Part, 'word' | 'mayFail'>[],
  unknown: Outcome,
): Outcome {
  let worst: Outcome = 'HEALTHY';
  for (const { word, mayFail } of parts) {
    const verdict = word.verdict === 'UNKNOWN' ? unknown : word.verdict;
    const counted = verdict === 'UNHEALTHY' && (mayFail || isGood(total)) ? 'DEGRADED' : verdict;
    if (SEVERITY[counted] > SEVERITY[worst]) worst = counted;
  }
  const own = total === 'UNKNOWN' ? unknown : (total ?? 'HEALTHY');
  return SEVERITY[own] > SEVERITY[worst] ? own : worst;
}

function isGood(total: Verdict | undefined): boolean {
  return total === 'HEALTHY' || total === 'DEGRADED';
}

/** What a body says. */
export interface Reading {
  /** How it says that the whole is. Undefined: it does not say, and its parts may. */
  readonly total?: Word;
  readonly parts: PartMap;
  /** What both come to; undefined: nothing in it speaks of health. */
  readonly verdict: Verdict | undefined;
  /** What it says that is no known word, for people. */
  readonly unheard?: string;
}

/** The phase that a total, or else a part that is not well, tells. */
export function phaseOf({ total, parts }: Reading): Phase | undefined {
  if (total?.phase !== undefined) return total.phase;
  for (const [name, { word }] of parts) {
    if (word.verdict === 'UNHEALTHY' && /^graceful[\s_-]*shut[\s_-]*down/i.test(name)) return 'stopping';
    if (word.phase !== undefined && word.verdict !== 'HEALTHY') return word.phase;
  }
  return undefined;
}
