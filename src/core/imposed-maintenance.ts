// Maintenance that people began, or are to begin, while OpenK runs: which of it takes a component out of service. The engine goes by it,
// and so does all that says when the next maintenance is.
import type { Suspension } from './alert.ts';
import type { ComponentDefinition, Maintenance, MaintenancePeriod, Member } from './definition.ts';
import { commonPeriods, nextPeriods } from './maintenance.ts';
import { parseSelection, type Selection } from './selection.ts';

export interface ImposedMaintenance {
  readonly suspension: Suspension;
  readonly selection: Selection;
}

/** What most components have none of is one object for all. */
export const NOTHING_IMPOSED: readonly Suspension[] = Object.freeze([]);

/** What goes on or is to come: what is over takes nobody out of service. */
export function imposedAt(suspensions: readonly Suspension[], nowMs: number): readonly ImposedMaintenance[] {
  return suspensions.flatMap((suspension) => {
    if (suspension.kind !== 'MAINTENANCE' || suspension.untilMs <= nowMs) return [];
    const selection = parseSelection([suspension.selector]);
    return selection === undefined ? [] : [{ suspension, selection }];
  });
}

/** What takes a component takes its parts and its places, too, as what the configuration plans does. The same array where there is none. */
export function imposedOn(
  imposed: readonly ImposedMaintenance[],
  definition: Pick<ComponentDefinition, 'id' | 'labels' | 'part' | 'place'>,
): readonly Suspension[] {
  const { id, labels } = definition;
  const owner = ownerOf(definition);
  const taking = imposed.filter(
    ({ selection }) => selection.takes(id, labels) || (owner !== undefined && selection.takes(owner, labels)),
  );
  return taking.length === 0 ? NOTHING_IMPOSED : taking.map(({ suspension }) => suspension);
}

/** Labels are those of the owner in any case. */
function ownerOf({ id, part, place }: Pick<ComponentDefinition, 'id' | 'part' | 'place'>): string | undefined {
  if (part !== undefined) return part.owner;
  const ending = `.${place}`;
  return place !== undefined && id.endsWith(ending) ? id.slice(0, -ending.length) : undefined;
}

/** What the configuration plans, and what people began: whichever holds. */
export function planWith(planned: Maintenance | undefined, imposed: readonly Suspension[]): Maintenance | undefined {
  if (imposed.length === 0) return planned;
  return { reason: planned?.reason ?? '', windows: [...(planned?.windows ?? []), ...imposed] };
}

/** Of a component: at most `count` periods, the one that goes on included, in order. */
export type NextMaintenance = (component: string, count: number) => readonly MaintenancePeriod[];

/**
 * A group is in maintenance by its own, and while all of its members are that count.
 * @returns as of a time, for as many components as are asked for
 */
export function createNextMaintenance(sources: {
  readonly definition: (id: string) => ComponentDefinition | undefined;
  readonly suspensions: () => readonly Suspension[];
}): (nowMs: number) => NextMaintenance {
  return (nowMs) => {
    const imposed = imposedAt(sources.suspensions(), nowMs);
    const ofAllMembers = (members: readonly Member[], count: number) => {
      let common: readonly MaintenancePeriod[] | undefined;
      for (const { component, impact } of members) {
        if (impact === 'IGNORED') continue;
        const periods = next(component, count);
        common = common === undefined ? periods : commonPeriods(common, periods);
        if (common.length === 0) break;
      }
      return common ?? [];
    };
    const next: NextMaintenance = (component, count) => {
      const definition = sources.definition(component);
      if (definition === undefined) return [];
      const plan = planWith(definition.maintenance, imposedOn(imposed, definition));
      const own = plan === undefined ? [] : nextPeriods(plan, nowMs, count);
      const { subject } = definition;
      const common = subject.type === 'group' ? ofAllMembers(subject.members, count) : [];
      if (common.length === 0) return own;
      return [...own, ...common].sort((a, b) => a.fromMs - b.fromMs).slice(0, count);
    };
    return next;
  };
}
