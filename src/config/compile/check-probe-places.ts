// Whether what is watched could all be looked at in time if it hung: a warning, since mostly it does not.
import type { ComponentDefinition, ProbeSubject } from '../../core/definition.ts';
import { type PlaceLimits, SLOW_MS, slowLimits } from '../../core/probe-places.ts';
import { quoteName } from '../../core/quote-name.ts';
import { IN_A_STEP, type Steps } from '../../core/steps.ts';
import { formatDuration } from '../duration.ts';
import type { PathFault } from '../fault.ts';
import { createRoughRounds } from './rough-rounds.ts';

/** The host that a probe's runs count against. */
export type ProbeHost = (kind: string, options: unknown) => string;

/** A round of looks at all that go to one place, as if each hung to its timeout. */
interface Round {
  count: number;
  roundMs: number;
  /** The one that becomes stale first. */
  first: Probed;
  /** How late a look at it may come. */
  slackMs: number;
}

interface Probed {
  readonly id: string;
  readonly subject: ProbeSubject;
  /** Of its component in the configuration. */
  readonly index: number;
}

/** @param definitions of a configuration without faults, the root in front of the others */
export function* checkProbePlaces(
  definitions: readonly ComponentDefinition[],
  limits: PlaceLimits,
  hostOf: ProbeHost,
): Steps<readonly PathFault[]> {
  const slow = slowLimits(limits);
  const onHostMs = ({ schedule: { timeoutMs } }: ProbeSubject) =>
    timeoutMs / (timeoutMs < SLOW_MS ? limits.inFlightPerHost : slow.inFlightPerHost);
  const inAllMs = ({ schedule: { timeoutMs } }: ProbeSubject) =>
    timeoutMs / (timeoutMs < SLOW_MS ? limits.inFlight : slow.inFlight);
  const rough = createRoughRounds(definitions.length);
  let anyHost: string | undefined;
  let hasSeveralHosts = false;
  let everything: Round | undefined;
  yield* eachProbed(definitions, (id, subject, index) => {
    const host = hostOf(subject.kind, subject.options);
    anyHost ??= host;
    hasSeveralHosts ||= host !== anyHost;
    rough.add(host, onHostMs(subject), slackOf(subject));
    everything = withOneMore(everything, inAllMs(subject), id, subject, index);
  });
  const byHost = new Map<string, Round>();
  if (rough.mayBeTooLate()) {
    yield* eachProbed(definitions, (id, subject, index) => {
      const host = hostOf(subject.kind, subject.options);
      if (!rough.mayBeTooLate(host)) return;
      byHost.set(host, withOneMore(byHost.get(host), onHostMs(subject), id, subject, index));
    });
  }
  const warnings: PathFault[] = [];
  for (const round of byHost.values()) {
    yield;
    if (!isTooLate(round)) continue;
    const { id, index } = round.first;
    const what = `the ${round.count} components on the host of ${quoteName(id)}`;
    const message = `${sayTooLate(what, round)}: raise limits.probes_in_flight_per_host or limits.probes_in_flight, or their stale_after`;
    warnings.push({ path: ['components', index], message });
  }
  if (everything !== undefined && isTooLate(everything) && hasSeveralHosts) {
    const message = `${sayTooLate(`all ${everything.count} components`, everything)}: raise it, or their stale_after`;
    warnings.push({ path: ['limits', 'probes_in_flight'], message });
  }
  return warnings;
}

/** Others look at what is seen from places. */
function* eachProbed(
  definitions: readonly ComponentDefinition[],
  look: (id: string, subject: ProbeSubject, index: number) => void,
): Steps<void> {
  let index = -1;
  for (let at = 1; at < definitions.length; at++) {
    if (at % IN_A_STEP === 0) yield;
    const { id, subject, place } = definitions[at]!;
    if (place !== undefined) continue;
    index += 1;
    if (subject.type === 'probe') look(id, subject, index);
  }
}

/** The same round, changed in place: there may be very many. @param partMs what one more adds to it */
function withOneMore(
  round: Round | undefined,
  partMs: number,
  id: string,
  subject: ProbeSubject,
  index: number,
): Round {
  const slackMs = slackOf(subject);
  if (round === undefined) return { count: 1, roundMs: partMs, first: { id, subject, index }, slackMs };
  round.count += 1;
  round.roundMs += partMs;
  if (slackMs < round.slackMs) [round.first, round.slackMs] = [{ id, subject, index }, slackMs];
  return round;
}

function slackOf({ schedule: { staleAfterMs, intervalMs, unhealthyIntervalMs } }: ProbeSubject): number {
  return staleAfterMs - Math.max(intervalMs, unhealthyIntervalMs);
}

/** A round takes too long for the one that becomes stale first. */
function isTooLate({ roundMs, slackMs }: Round): boolean {
  return roundMs > slackMs;
}

function sayTooLate(what: string, { roundMs, first: { id, subject } }: Round): string {
  const round = formatDuration(Math.ceil(roundMs / 1000) * 1000);
  const stale = formatDuration(subject.schedule.staleAfterMs);
  return `if ${what} hang, one round of looks takes ${round}, and ${quoteName(id)} becomes UNKNOWN after ${stale} without one`;
}
