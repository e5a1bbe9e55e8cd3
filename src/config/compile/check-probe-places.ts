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
  first: Watched;
}

interface Watched {
  readonly id: string;
  readonly index: number;
  /** How late a look may come. */
  readonly slackMs: number;
  readonly staleAfterMs: number;
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
    const what = `the ${round.count} components on the host of ${quoteName(round.first.id)}`;
    const message = `${sayTooLate(what, round)}: raise limits.probes_in_flight_per_host or limits.probes_in_flight, or their stale_after`;
    warnings.push({ path: ['components', round.first.index], message });
  }
  if (everything !== undefined && isTooLate(everything) && byHost.size > 1) {
    const message = `${sayTooLate(`all ${everything.count} components`, everything)}: raise it, or their stale_after`;
    warnings.push({ path: ['limits', 'probes_in_flight'], message });
  }
  return warnings;
}

/** The same round, changed in place: there may be very many. @param partMs what one more adds to it */
function withOneMore(round: Round | undefined, component: Component, index: number, partMs: number): Round {
  const staleAfterMs = durationToMs(component.staleAfter!);
  const slackMs = staleAfterMs - longestIntervalMs(component);
  const isFirst = round === undefined || slackMs < round.first.slackMs;
  const first = isFirst ? { id: component.id, index, slackMs, staleAfterMs } : round.first;
  if (round === undefined) return { count: 1, roundMs: partMs, first };
  round.count += 1;
  round.roundMs += partMs;
  round.first = first;
  return round;
}

/** A round takes too long for the one that becomes stale first. */
function isTooLate({ roundMs, first }: Round): boolean {
  return roundMs > first.slackMs;
}

function sayTooLate(what: string, { roundMs, first: { id, staleAfterMs } }: Round): string {
  const round = formatDuration(Math.ceil(roundMs / 1000) * 1000);
  const stale = formatDuration(staleAfterMs);
  return `if ${what} hang, one round of looks takes ${round}, and ${quoteName(id)} becomes UNKNOWN after ${stale} without one`;
}
