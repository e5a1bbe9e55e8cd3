// Which routes take which component: computed once for a configuration, so that no change of status asks a selector.
import {
  type AlertRoute,
  BAD_STATUSES,
  type BadStatus,
  type BurnsBy,
  type RouteTable,
  type Severity,
  type TakenBy,
} from './alert.ts';
import type { ComponentDefinition } from './definition.ts';
import { BURN_SPEEDS, type BurnSpeed } from './slo/objective.ts';
import type { Status } from './status.ts';
import type { Steps } from './steps.ts';

export function isBadStatus(status: Status): status is BadStatus {
  return status === 'UNHEALTHY' || status === 'DEGRADED' || status === 'UNKNOWN';
}

/** As the route says, else as the label `severity` does, else by the status. */
export function severityOf(
  { severity }: Pick<AlertRoute, 'severity'>,
  labels: Readonly<Record<string, string>>,
  status: Status,
): Severity {
  if (severity !== undefined) return severity;
  const { severity: label = '' } = labels;
  return SEVERITIES.find((one) => one === label.toUpperCase()) ?? (status === 'UNHEALTHY' ? 'CRITICAL' : 'WARNING');
}

/** The same for an error budget: the fast ones are for somebody who is paged. */
export function burnSeverityOf(
  route: Pick<AlertRoute, 'severity'>,
  labels: Readonly<Record<string, string>>,
  speed: BurnSpeed,
): Severity {
  return severityOf(route, labels, speed === 'SLOW' ? 'DEGRADED' : 'UNHEALTHY');
}

const SEVERITIES: readonly Severity[] = ['INFO', 'WARNING', 'ERROR', 'CRITICAL'];

/** A step for each component. Lists that are the same are one, since mostly there are few of them. */
export function* tableOfRoutes(
  routes: readonly AlertRoute[],
  components: readonly ComponentDefinition[],
): Steps<RouteTable> {
  const takenBy = new Map<string, TakenBy>();
  const burnsBy = new Map<string, BurnsBy>();
  const idle = new Set(routes.keys());
  if (routes.length === 0) return { takenBy, burnsBy, idle: [] };
  const below = yield* membersOf(new Set(routes.flatMap(({ match }) => match.groups)), components);
  const lists = new Map<string, TakenBy>();
  const groups = routes.map(({ match }) => match.groups.map((id) => below.get(id)));
  for (const { id, labels, slo, place } of components) {
    yield;
    // What one place sees is in the alerts of the component that all of them see.
    if (place !== undefined) continue;
    const burns: Record<BurnSpeed, number[]> = { FAST: [], MEDIUM: [], SLOW: [] };
    /** Speeds that no route before has taken. */
    const free = new Set(slo === undefined ? [] : BURN_SPEEDS);
    const taken: Record<BadStatus, number[]> = { UNHEALTHY: [], DEGRADED: [], UNKNOWN: [] };
    /** Statuses for which no route before has taken it for good. */
    let open: readonly BadStatus[] = BAD_STATUSES;
    for (let at = 0; at < routes.length && open.length + free.size > 0; at++) {
      const route = routes[at]!;
      const { selection, severities } = route.match;
      if (selection !== undefined && !selection.takes(id, labels)) continue;
      if (groups[at]!.length > 0 && !groups[at]!.some((ids) => ids?.has(id))) continue;
      if (route.onBurn !== undefined) {
        for (const speed of route.onBurn) {
          const isOfSeverity = severities.length === 0 || severities.includes(burnSeverityOf(route, labels, speed));
          if (!free.has(speed) || !isOfSeverity) continue;
          idle.delete(at);
          burns[speed].push(at);
          if (!route.isContinued) free.delete(speed);
        }
        continue;
      }
      const matches = (status: BadStatus) =>
        severities.length === 0 || severities.includes(severityOf(route, labels, status));
      for (const status of open) {
        if (!matches(status)) continue;
        idle.delete(at);
        if (route.on.includes(status)) taken[status].push(at);
      }
      if (!route.isContinued) open = open.filter((status) => !matches(status));
    }
    if (BURN_SPEEDS.some((speed) => burns[speed].length > 0)) burnsBy.set(id, burns);
    const key = BAD_STATUSES.map((status) => taken[status].join()).join(';');
    if (key === ';;') continue;
    let shared = lists.get(key);
    if (shared === undefined) {
      shared = taken;
      lists.set(key, shared);
    }
    takenBy.set(id, shared);
  }
  return { takenBy, burnsBy, idle: [...idle] };
}

/** Ids of each of the groups and of everything below it. */
function* membersOf(
  groups: ReadonlySet<string>,
  components: readonly ComponentDefinition[],
): Steps<ReadonlyMap<string, ReadonlySet<string>>> {
  const below = new Map<string, ReadonlySet<string>>();
  if (groups.size === 0) return below;
  const byId = new Map(components.map((definition) => [definition.id, definition]));
  for (const group of groups) {
    const ids = new Set([group]);
    // A set gives what is added to it meanwhile, too.
    for (const id of ids) {
      yield;
      const subject = byId.get(id)?.subject;
      if (subject?.type === 'group') for (const { component } of subject.members) ids.add(component);
    }
    below.set(group, ids);
  }
  return below;
}
