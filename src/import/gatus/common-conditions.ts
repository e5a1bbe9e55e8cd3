// Conditions of Gatus that each kind of endpoint has: that it connects, how long that takes, and the status of nothing.
import type { Draft } from '../draft.ts';
import { type Condition, evaluateCondition, toNumber } from './condition.ts';
import { translateCondition } from './condition-to-cel.ts';
import { HEALTHY_WITHOUT_ANSWER, lost, type Probed, REFUSED } from './probe.ts';
import type { GatusEndpoint } from './read-gatus.ts';

export interface Remaining {
  /** What is not about connecting, answering in time or the exit code. */
  readonly conditions: readonly Condition[];
  readonly timeoutMs: number;
  readonly differences: string[];
  readonly losses: string[];
  /** Conditions that hold for every answer. */
  readonly said: number;
}

/** @param own conditions that are not looked at elsewhere */
export function common(
  endpoint: GatusEndpoint,
  own = endpoint.conditions,
): Remaining | { readonly lost: readonly string[] } {
  let timeoutMs = endpoint.client.timeoutMs;
  const differences: string[] = [];
  const losses: string[] = [];
  const conditions: Condition[] = [];
  let said = 0;
  const parsed = own.flatMap(({ condition }) => condition ?? []);
  for (const condition of parsed) {
    const limitMs = latencyLimit(condition);
    const translated = translateCondition(condition);
    if (limitMs !== undefined) {
      said++;
      timeoutMs = Math.min(timeoutMs, limitMs);
      differences.push(`"${condition.text}" is its timeout`);
    } else if (translated.kind === 'CONSTANT' || translated.kind === 'STATUS') {
      if (!evaluateCondition(condition, { ...REFUSED, connected: true })) {
        return lost(`"${condition.text}" asks that nobody answers, or is never met: OpenK cannot call that healthy`);
      }
      said++;
    } else {
      conditions.push(condition);
    }
  }
  const all = endpoint.conditions.flatMap(({ condition }) => condition ?? []);
  if (all.every((condition) => evaluateCondition(condition, REFUSED))) {
    differences.push(HEALTHY_WITHOUT_ANSWER);
  }
  return { conditions, timeoutMs: Math.max(timeoutMs, 1), differences, losses, said };
}

/** Milliseconds of `[RESPONSE_TIME] < 500`. */
function latencyLimit({ left, operator, right }: Condition): number | undefined {
  const isLeft = left.placeholder === 'RESPONSE_TIME' && left.wrapper === undefined && right.placeholder === undefined;
  return isLeft && (operator === '<' || operator === '<=') ? Number(toNumber(right.text)) : undefined;
}

/** What no kind takes: an endpoint without any condition that is asked is lost. */
export function finish(
  probe: Draft,
  common: Remaining,
  untaken: readonly Condition[],
  why = 'OpenK has no such condition here',
): Probed {
  const losses = [
    ...common.losses,
    ...untaken.map((condition) => {
      const translated = translateCondition(condition);
      return `"${condition.text}" is not asked: ${translated.kind === 'LOST' ? translated.why : why}`;
    }),
  ];
  if (common.said === 0 && untaken.length > 0 && untaken.length === common.conditions.length) return lost(...losses);
  return { probe, timeoutMs: common.timeoutMs, differences: common.differences, losses, oddities: new Set() };
}
