// How a source is, as an observation of its component: what it does not say now is not known, and what cannot be taken makes it DEGRADED.
import type { Observation } from '../core/observation.ts';
import { printable } from '../core/printable.ts';
import type { Held } from './inventory.ts';
import type { TargetFault } from './source.ts';

export interface SourceStanding {
  /** Whether it ever gave a list, even an empty one. */
  readonly hasGiven: boolean;
  readonly lost: readonly string[];
  readonly faults: readonly TargetFault[];
  readonly targets: number;
  readonly leftOut: number;
  readonly limit: number;
}

const MAX_EVIDENCE = 400;
/** Targets that evidence names. */
const NAMED = 3;

/** @param standing undefined: there is no such source */
export function observationOfSource(standing: SourceStanding | undefined): Observation {
  if (standing === undefined) return say('UNKNOWN', 'DISCOVERY_NONE', 'there is no such source');
  const { hasGiven, lost, faults, targets, leftOut, limit } = standing;
  if (lost.length > 0) {
    const what = targets > 0 ? 'what it gave before is kept' : 'it has given nothing';
    return say('UNKNOWN', 'DISCOVERY_LOST', `the source cannot be read, ${what}`, lost.join('; '));
  }
  if (!hasGiven) return say('UNKNOWN', 'DISCOVERY_PENDING', 'the source has not answered yet');
  if (leftOut > 0) {
    const message = `the source names more targets than the limit of ${limit} takes`;
    return say('DEGRADED', 'DISCOVERY_LIMIT', message, `${leftOut} left out`);
  }
  if (faults.length > 0) {
    const named = faults.slice(0, NAMED).map(({ target, message }) => `${target}: ${message}`);
    const rest = faults.length > NAMED ? ' …' : '';
    const evidence = `${faults.length} left out: ${named.join('; ')}${rest}`;
    return say('DEGRADED', 'DISCOVERY_BAD_TARGETS', 'some targets cannot be taken', evidence);
  }
  return say(
    'HEALTHY',
    'OK',
    targets === 0 ? 'the source names no targets' : 'the source names its targets',
    `${targets}`,
  );
}

/** Of something whose health the source itself knows. */
export function observationOfTarget(held: Held | undefined): Observation {
  if (held?.isFromBefore) return say('UNKNOWN', 'DISCOVERY_PENDING', 'the source has not named it since the start');
  if (held === undefined || held.goneSinceMs !== undefined)
    return say('UNKNOWN', 'DISCOVERY_GONE', 'the source does not name it any more');
  return held.observation ?? say('UNKNOWN', 'DISCOVERY_NONE', 'the source says nothing of its health');
}

function say(outcome: Observation['outcome'], code: string, message: string, evidence?: string): Observation {
  const reason = { code, message, ...(evidence && { evidence: printable(evidence, MAX_EVIDENCE) }) };
  return { outcome, reason, decisive: true };
}
