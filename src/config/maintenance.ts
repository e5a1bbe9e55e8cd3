// Maintenance plans: by hand, once, or again and again by a cron expression in a time zone. It stands alone since calendars
// are their own world: core/ asks for a period in epoch milliseconds and knows neither cron nor zones.
import { timestampMs } from '@bufbuild/protobuf/wkt';
import {
  type Maintenance as MaintenanceMessage,
  MaintenanceSchema,
  type MaintenanceWindow,
} from '../../gen/openk/config/v1/config_pb.ts';
import type { Maintenance, MaintenancePeriod } from '../core/definition.ts';
import { createCalendar } from './calendar.ts';
import { durationToMs } from './duration.ts';
import { fingerprint } from './fingerprint.ts';

/** @throws {Error} when `checkCalendar` has faults for one of the windows */
export function createMaintenance(message: MaintenanceMessage): Maintenance {
  const plans = message.windows.map((window) => (window.cron === '' ? once(window) : recurring(window)));
  return {
    reason: message.reason,
    fingerprint: fingerprint(MaintenanceSchema, message),
    currentOrNext(nowMs) {
      // When it began is not known; that it goes on until the configuration changes is.
      if (message.active) return { fromMs: 0 };
      return earliest(
        plans.flatMap((plan) => plan(nowMs) ?? []),
        nowMs,
      );
    },
  };
}

/** The period that contains `nowMs`, else the next one. A period ends right before `untilMs`. */
type Plan = (nowMs: number) => Required<MaintenancePeriod> | undefined;

/** Of periods that overlap now, the one that ends last; else the one that begins first. */
function earliest(periods: readonly Required<MaintenancePeriod>[], nowMs: number): MaintenancePeriod | undefined {
  const current = periods.filter(({ fromMs }) => fromMs <= nowMs).sort((a, b) => b.untilMs - a.untilMs);
  return current[0] ?? periods.toSorted((a, b) => a.fromMs - b.fromMs)[0];
}

function once({ start, end }: MaintenanceWindow): Plan {
  const period = { fromMs: timestampMs(start!), untilMs: timestampMs(end!) };
  return (nowMs) => (nowMs < period.untilMs ? period : undefined);
}

function recurring(window: MaintenanceWindow): Plan {
  const cron = createCalendar(window);
  const durationMs = durationToMs(window.duration!);
  // Asked at each observation, and 200 us to work out: the answer holds until the period ends or the next one begins.
  let known: Required<MaintenancePeriod> | undefined;
  let holdsFromMs = Number.POSITIVE_INFINITY;
  let holdsUntilMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    if (holdsFromMs <= nowMs && nowMs < holdsUntilMs) return known;
    // The latest start decides where windows that come more often than they last run into each other.
    const latest = cron.previousRuns(1, new Date(Math.floor(nowMs) + 1))[0]?.getTime();
    const goesOn = latest !== undefined && nowMs < latest + durationMs;
    const nextMs = cron.nextRun(new Date(nowMs))?.getTime() ?? Number.POSITIVE_INFINITY;
    const fromMs = goesOn ? latest : nextMs;
    known = fromMs === Number.POSITIVE_INFINITY ? undefined : { fromMs, untilMs: fromMs + durationMs };
    holdsFromMs = nowMs;
    holdsUntilMs = goesOn ? Math.min(latest + durationMs, nextMs) : nextMs;
    return known;
  };
}
