// What another definition means for entries: where each belongs by it, and for which components it may come to something else than the one
// before. Everything else stays as it is: there may be very many.
import { type AlertRoute, type AlertSettings, BAD_STATUSES } from '../../core/alert.ts';
import type { AlertInput } from '../../core/alerter.ts';
import { BURN_SPEEDS } from '../../core/slo/objective.ts';

export type Structure = NonNullable<AlertInput['structure']>;

/**
 * Ids of the components for which a definition may come to something else. Undefined: any.
 * @param changed healths that are others by it
 * @param before the definition that it replaces. Undefined: there was none
 */
export function affectedBy(
  { graph, changes, settings }: Structure,
  changed: AlertInput['changed'],
  before: Pick<Structure, 'graph' | 'settings'> | undefined,
): ReadonlySet<string> | undefined {
  if (before === undefined || changes?.from !== before.graph || !isSameRouting(before.settings, settings)) {
    return undefined;
  }
  // What is below a group may be routed by it.
  const areGroupsRouted = settings.routes.some(({ match }) => match.groups.length > 0);
  if (areGroupsRouted && graph.indexOf !== before.graph.indexOf) return undefined;
  const defined = changes.indexes.map((index) => graph.definitions[index]!.id);
  return new Set([...defined, ...changes.gone, ...changed.map(({ component }) => component)]);
}

/** Whether the same routes say what goes to the same channels. */
function isSameRouting(a: AlertSettings, b: AlertSettings): boolean {
  const said = ({ routes, channels }: AlertSettings) => JSON.stringify([routes, channels.map(({ id }) => id)]);
  return said(a) === said(b);
}

/** Where an entry belongs. */
export interface EntryPlace {
  /** Of the component in the graph. */
  readonly index: number;
  readonly route: AlertRoute;
  /** Position of the route. */
  readonly at: number;
}

/** By the component and the id of the route. Undefined: the component is gone, or no such route takes it any more. */
export function placesIn({ graph, settings: { routes, table } }: Structure) {
  const positions = new Map(routes.map(({ id }, at) => [id, at]));
  return (component: string, routeId: string): EntryPlace | undefined => {
    const index = graph.indexOf.get(component);
    const at = positions.get(routeId);
    if (index === undefined || at === undefined) return undefined;
    const takenBy = table.takenBy.get(component);
    const burnsBy = table.burnsBy.get(component);
    const isItsOwn =
      (takenBy !== undefined && BAD_STATUSES.some((status) => takenBy[status].includes(at))) ||
      (burnsBy !== undefined && BURN_SPEEDS.some((speed) => burnsBy[speed].includes(at)));
    return isItsOwn ? { index, route: routes[at]!, at } : undefined;
  };
}

/** Of an alert whose component or route is in the configuration no more: only until it has ended. */
export const NO_PLACE: EntryPlace = {
  index: -1,
  route: {
    id: '',
    match: { groups: [], severities: [] },
    on: [],
    forMs: 0,
    resolveAfterMs: 0,
    groupBy: 'COMPONENT',
    to: [],
    escalations: [],
    isContinued: false,
    flapping: { changes: 0, withinMs: 0 },
  },
  at: -1,
};
