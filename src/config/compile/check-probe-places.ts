// Whether what is watched could all be looked at in time if it hung: a warning, since mostly it does not.
import type { Component } from '../../../gen/openk/config/v1/config_pb.ts';
import { type PlaceLimits, SLOW_MS, slowLimits } from '../../core/probe-places.ts';
import type { Steps } from '../../core/steps.ts';
import { durationToMs, formatDuration } from '../duration.ts';
import { type PathFault, quoteName } from '../fault.ts';
import { hasSchedule, longestIntervalMs } from './defaults.ts';

/** The host that a probe's runs count against. */
export type ProbeHost = (kind: string, options: unknown) => string;

/** A round of looks at all that go to one place, as if each hung to its timeout. */
interface Round {
  count: number;
  roundMs: number;
  /** The one that becomes stale first. */
  first: number;
  /** How late a look at it may come. */
  slackMs: number;
}

/** `components` are filled and have no faults. */
export function* checkProbePlaces(
  components: readonly Component[],
  limits: PlaceLimits,
  hostOf: ProbeHost,
): Steps<readonly PathFault[]> {
  const slow = slowLimits(limits);
  const byHost = new Map<string, Round>();
  let everything: Round | undefined;
  for (const [index, component] of components.entries()) {
    yield;
    const { kind } = component;
    // Others look at what is seen from places.
    if (kind.case === undefined || !hasSchedule(component) || component.vantage !== undefined) continue;
    const host = hostOf(kind.case, kind.value);
    const timeoutMs = durationToMs(component.timeout!);
    const partMs = (slowPlaces: number, places: number) => timeoutMs / (timeoutMs < SLOW_MS ? places : slowPlaces);
    const onHost = byHost.get(host);
    const round = withOneMore(onHost, component, index, partMs(slow.inFlightPerHost, limits.inFlightPerHost));
    if (onHost === undefined) byHost.set(host, round);
    everything = withOneMore(everything, component, index, partMs(slow.inFlight, limits.inFlight));
  }
  const warnings: PathFault[] = [];
  for (const round of byHost.values()) {
    yield;
    if (!isTooLate(round)) continue;
    const first = components[round.first]!;
    const what = `the ${round.count} components on the host of ${quoteName(first.id)}`;
    const message = `${sayTooLate(what, round, first)}: raise limits.probes_in_flight_per_host or limits.probes_in_flight, or their stale_after`;
    warnings.push({ path: ['components', round.first], message });
  }
  if (everything !== undefined && isTooLate(everything) && byHost.size > 1) {
    const first = components[everything.first]!;
    const message = `${sayTooLate(`all ${everything.count} components`, everything, first)}: raise it, or their stale_after`;
    warnings.push({ path: ['limits', 'probes_in_flight'], message });
  }
  return warnings;
}

/** The same round, changed in place: there may be very many. @param partMs what one more adds to it */
function withOneMore(round: Round | undefined, component: Component, index: number, partMs: number): Round {
  const slackMs = durationToMs(component.staleAfter!) - longestIntervalMs(component);
  if (round === undefined) return { count: 1, roundMs: partMs, first: index, slackMs };
  round.count += 1;
  round.roundMs += partMs;
  if (slackMs < round.slackMs) [round.first, round.slackMs] = [index, slackMs];
  return round;
}

/** A round takes too long for the one that becomes stale first. */
function isTooLate({ roundMs, slackMs }: Round): boolean {
  return roundMs > slackMs;
}

function sayTooLate(what: string, { roundMs }: Round, { id, staleAfter }: Component): string {
  const round = formatDuration(Math.ceil(roundMs / 1000) * 1000);
  const stale = formatDuration(durationToMs(staleAfter!));
  return `if ${what} hang, one round of looks takes ${round}, and ${quoteName(id)} becomes UNKNOWN after ${stale} without one`;
}
