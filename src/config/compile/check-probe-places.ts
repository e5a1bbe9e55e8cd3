// Whether what is watched could all be looked at in time if it hung: a warning, since mostly it does not.
import type { Component } from '../../../gen/openk/config/v1/config_pb.ts';
import { type PlaceLimits, SLOW_MS, slowLimits } from '../../core/probe-places.ts';
import type { Steps } from '../../core/steps.ts';
import { durationToMs, formatDuration } from '../duration.ts';
import { type PathFault, quoteName } from '../fault.ts';
import { hasSchedule, longestIntervalMs } from './defaults.ts';

/** The host that a probe's runs count against. */
export type ProbeHost = (kind: string, options: unknown) => string;

interface Watched {
  readonly id: string;
  readonly index: number;
  readonly timeoutMs: number;
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
  const byHost = new Map<string, Watched[]>();
  for (const [index, component] of components.entries()) {
    yield;
    const { id, kind } = component;
    // Others look at what is seen from places.
    if (kind.case === undefined || !hasSchedule(component) || component.vantage !== undefined) continue;
    const host = hostOf(kind.case, kind.value);
    const staleAfterMs = durationToMs(component.staleAfter!);
    const slackMs = staleAfterMs - longestIntervalMs(component);
    const watched = { id, index, timeoutMs: durationToMs(component.timeout!), slackMs, staleAfterMs };
    const onHost = byHost.get(host);
    if (onHost === undefined) byHost.set(host, [watched]);
    else onHost.push(watched);
  }
  const slow = slowLimits(limits);
  const warnings: PathFault[] = [];
  const everything: Watched[] = [];
  for (const all of byHost.values()) {
    yield;
    for (const one of all) everything.push(one);
    const late = firstTooLate(all, slow.inFlightPerHost, limits.inFlightPerHost);
    if (late === undefined) continue;
    const what = `the ${all.length} components on the host of ${quoteName(late.id)}`;
    const message = `${sayTooLate(what, late)}: raise limits.probes_in_flight_per_host or limits.probes_in_flight, or their stale_after`;
    warnings.push({ path: ['components', late.index], message });
  }
  yield;
  const late = firstTooLate(everything, slow.inFlight, limits.inFlight);
  if (late !== undefined && byHost.size > 1) {
    const message = `${sayTooLate(`all ${everything.length} components`, late)}: raise it, or their stale_after`;
    warnings.push({ path: ['limits', 'probes_in_flight'], message });
  }
  return warnings;
}

/** The one that becomes stale first where a round through all of them, each to its timeout, takes too long for it. */
function firstTooLate(
  all: readonly Watched[],
  slowPlaces: number,
  places: number,
): (Watched & { roundMs: number }) | undefined {
  const first = all.reduce<Watched | undefined>(
    (a, b) => (a === undefined || b.slackMs < a.slackMs ? b : a),
    undefined,
  );
  const partMs = ({ timeoutMs }: Watched) => timeoutMs / (timeoutMs < SLOW_MS ? places : slowPlaces);
  const roundMs = all.reduce((sumMs, one) => sumMs + partMs(one), 0);
  return first === undefined || roundMs <= first.slackMs ? undefined : { ...first, roundMs };
}

function sayTooLate(what: string, { id, roundMs, staleAfterMs }: Watched & { readonly roundMs: number }): string {
  const round = formatDuration(Math.ceil(roundMs / 1000) * 1000);
  const stale = formatDuration(staleAfterMs);
  return `if ${what} hang, one round of looks takes ${round}, and ${quoteName(id)} becomes UNKNOWN after ${stale} without one`;
}
