// `slo` of components and of the root group as data; and what is wrong with it that the rules of the schema cannot see: whether
// a component is looked at often enough for what is asked of it (docs/adr/0060).
import { HealthStatus, Impact } from '../../../gen/openk/common/v1/common_pb.ts';
import { type Component, type Slo, Slo_Unknown as Unknown } from '../../../gen/openk/config/v1/config_pb.ts';
import type { AlertRoute, RouteTable } from '../../core/alert.ts';
import { nextTimeAfter } from '../../core/calendar.ts';
import { quoteName } from '../../core/quote-name.ts';
import {
  BURN_LIMITS,
  BURN_SPEEDS,
  BURN_WINDOWS_MS,
  budgetShare,
  burnLimit,
  looksIn,
  MIN_LOOKS,
  type SloDefinition,
} from '../../core/slo/objective.ts';
import type { Status } from '../../core/status.ts';
import type { Retention } from '../../core/store.ts';
import { durationToMs, formatDuration } from '../duration.ts';
import type { Path, PathFault } from '../fault.ts';
import { toCalendar } from './calendar.ts';
import { hasSchedule, longestIntervalMs } from './defaults.ts';

const STATUSES: Readonly<Partial<Record<HealthStatus, Status>>> = {
  [HealthStatus.HEALTHY]: 'HEALTHY',
  [HealthStatus.DEGRADED]: 'DEGRADED',
  [HealthStatus.MAINTENANCE]: 'MAINTENANCE',
};

/** A component that has an objective, with where that stands. */
export interface PlacedSlo {
  readonly component: string;
  readonly path: Path;
  readonly slo: SloDefinition;
  readonly looks: Looks;
}

/** How often a component is looked at: a group as seldom as its slowest member that counts, however deep. */
export interface Looks {
  /** Milliseconds between two of them, the longest there may be. 0: nobody looks. */
  readonly everyMs: number;
  /** Id of the component that says so. */
  readonly by: string;
}

/** @param slo filled */
export function toSlo(slo: Slo, lookMs: number): SloDefinition {
  const statuses = (list: readonly HealthStatus[]) => list.flatMap((status) => STATUSES[status] ?? []);
  return {
    objective: slo.objective,
    windowMs: durationToMs(slo.window!),
    good: statuses(slo.good),
    excluded: statuses(slo.exclude),
    isUnknownBad: slo.unknown === Unknown.BAD,
    lookMs,
  };
}

/** @param find gives a component, filled; maybe another object each time */
export function looksAt(component: Component, find: (id: string) => Component | undefined): Looks {
  const found = new Map([[component.id, component]]);
  let slowest: Looks = { everyMs: 0, by: component.id };
  // A map gives what is added to it meanwhile, too.
  for (const one of found.values()) {
    if (one.kind.case === 'group') {
      for (const { component: id, impact } of one.kind.value.members) {
        const member = impact === Impact.IGNORED || found.has(id) ? undefined : find(id);
        if (member !== undefined) found.set(id, member);
      }
      continue;
    }
    const everyMs = ownLookTimeMs(one);
    if (everyMs > slowest.everyMs) slowest = { everyMs, by: one.id };
  }
  return slowest;
}

/** `it is looked at every 30s`, or the member that is. */
function looksText({ component, looks: { everyMs, by } }: PlacedSlo): string {
  return `${by === component ? 'it' : `its member ${quoteName(by)}`} is looked at every ${formatDuration(everyMs)}`;
}

function ownLookTimeMs(component: Component): number {
  const { kind } = component;
  if (hasSchedule(component)) return longestIntervalMs(component);
  if (kind.case !== 'heartbeat') return 0;
  return kind.value.cron === '' ? durationToMs(kind.value.period!) : longestGapMs(toCalendar(kind.value));
}

/** Times of a calendar that are looked at: more than a week of what comes every two hours, years of what comes every month. */
const TIMES = 100;

function longestGapMs(calendar: Parameters<typeof nextTimeAfter>[0]): number {
  let longestMs = 0;
  let atMs = nextTimeAfter(calendar, Date.UTC(2024, 0, 1));
  for (let count = 0; count < TIMES; count++) {
    const nextMs = nextTimeAfter(calendar, atMs);
    if (nextMs === Number.POSITIVE_INFINITY) break;
    longestMs = Math.max(longestMs, nextMs - atMs);
    atMs = nextMs;
  }
  return longestMs;
}

/** Whether a budget can be measured at all. */
export function checkSlo(placed: PlacedSlo, retention: Retention): readonly PathFault[] {
  const { path, slo } = placed;
  const faults: PathFault[] = [];
  if (slo.windowMs > retention.daysMs) {
    const kept = formatDuration(retention.daysMs);
    const message = `is longer than the ${kept} that history is kept for: raise storage.retention.days, or choose a shorter one`;
    faults.push({ path: [...path, 'window'], message });
  }
  const budgetMs = budgetShare(slo) * slo.windowMs;
  if (budgetMs < slo.lookMs) {
    const message = `leaves a budget of ${formatDuration(Math.round(budgetMs))} in ${formatDuration(slo.windowMs)}, and ${looksText(placed)}: one look would be more than all of it. Choose a lower objective, or look more often`;
    faults.push({ path: [...path, 'objective'], message });
  }
  return faults;
}

/** Whether the burn rates that routes ask for can be measured, and reached. The fastest speed of each component says it. */
export function checkBurnRates(
  slos: readonly PlacedSlo[],
  routes: readonly AlertRoute[],
  { burnsBy }: RouteTable,
): readonly PathFault[] {
  return slos.flatMap((placed) => {
    const { component, path, slo } = placed;
    const taken = burnsBy.get(component);
    for (const speed of BURN_SPEEDS) {
      const at = taken?.[speed][0];
      if (at === undefined) continue;
      const { short } = BURN_LIMITS[speed];
      const asked = `route ${quoteName(routes[at]!.id)} asks for ${speed}`;
      const looks = looksIn(BURN_WINDOWS_MS[short], slo);
      if (looks < MIN_LOOKS) {
        const leastMs = BURN_WINDOWS_MS[short] / MIN_LOOKS;
        const seen = `${looksText(placed)}, ${looks} times in ${short}`;
        const message = `${seen}, and ${MIN_LOOKS} are needed to measure how fast its budget burns, as ${asked}: look every ${formatDuration(leastMs)}, or take it out of that route`;
        return [{ path, message }];
      }
      const limit = burnLimit(speed, slo);
      if (limit * budgetShare(slo) > 1) {
        const most = Number((1 / budgetShare(slo)).toPrecision(3));
        const message = `can burn ${most} times as fast as it bears at the most, and ${asked}, which is ${limit} times: nobody would ever be told. Choose a higher objective, or take it out of that route`;
        return [{ path: [...path, 'objective'], message }];
      }
    }
    return [];
  });
}
