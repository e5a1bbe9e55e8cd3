// WatchHealth with filters. What they take changes at a reload and at nothing else, so it is worked out once for each: what
// comes in is a change, whatever its own revision, and what goes out is removed.
import type { WatchHealthRequest } from '../../gen/openk/health/v1/health_pb.ts';
import type { LabelPredicate } from '../core/label-selector.ts';
import { withChanges } from '../core/sorted.ts';
import type { HealthReader } from '../engine/health-ports.ts';
import { refusal } from '../errors/to-connect.ts';
import { candidateIds, parseLabels } from './component-filters.ts';
import {
  type Follower,
  type Position,
  positionOf,
  sharedStep,
  snapshot,
  type Update,
  updateSince,
  type Watched,
} from './watch-updates.ts';

/** @throws COMPONENT_NOT_FOUND, INVALID_LABEL_SELECTOR, REVISION_IN_THE_FUTURE */
export function followFiltered(reader: HealthReader, request: WatchHealthRequest): Follower {
  const hasLabels = parseLabels(request.label);
  let taken = takenIds(reader, request, hasLabels);
  const watched = { reader, summaries: request.summaries };
  let first: Update | undefined = firstUpdate(watched, request, taken);
  let position: Position = positionOf(first);
  let resubscribe = () => {};

  const nextUpdate = (): Update => {
    if (reader.ids() === position.ids)
      return sharedStep(watched, taken, position, () => updateSince(watched, position, taken));
    const before = taken;
    taken = takenIds(reader, request, hasLabels);
    if (taken !== before) resubscribe();
    return updateSince(watched, position, taken, before);
  };

  return {
    get revision() {
      return position.revision;
    },
    isBehind: false,
    subscribe(wake) {
      // What a reload takes in may be any component.
      let end = reader.subscribe(taken, wake, true);
      resubscribe = () => {
        end();
        end = reader.subscribe(taken, wake, true);
      };
      return () => end();
    },
    next() {
      const update = first ?? nextUpdate();
      first = undefined;
      position = positionOf(update);
      return update.message;
    },
  };
}

/** Of a watcher that stands where other definitions were, nobody knows what they took. */
function firstUpdate(watched: Watched, request: WatchHealthRequest, taken: ReadonlySet<string>): Update {
  const { reader } = watched;
  const { parent, components, sinceRevision } = request;
  const { revision, structureRevision } = reader;
  if (sinceRevision > BigInt(revision)) throw refusal('REVISION_IN_THE_FUTURE', { sinceRevision, revision });
  const missing = components.filter((id) => reader.health(id) === undefined);
  if (sinceRevision === 0n) {
    candidateIds(reader, parent);
    if (missing.length > 0) throw refusal('COMPONENT_NOT_FOUND', { components: missing });
  }
  const since = Number(sinceRevision);
  return since < structureRevision
    ? snapshot(watched, taken)
    : updateSince(watched, { revision: since, ids: reader.ids() }, taken, taken, missing);
}

/** Different filters whose ids are remembered. */
const MAX_FILTERS = 256;

/** What a filter takes, as of one list of components. */
interface Taken {
  readonly structure: readonly string[];
  readonly ids: ReadonlySet<string>;
}
const takenByFilter = new WeakMap<HealthReader, Map<string, Taken>>();

/** Those that there are, in the order of the request or of their ids: the same set for the same reader and filters until others are taken. */
function takenIds(reader: HealthReader, request: WatchHealthRequest, hasLabels: LabelPredicate): ReadonlySet<string> {
  const structure = reader.ids();
  let known = takenByFilter.get(reader);
  if (known === undefined) {
    known = new Map();
    takenByFilter.set(reader, known);
  }
  const key = JSON.stringify([request.components, request.parent, request.label]);
  const before = known.get(key);
  if (before?.structure === structure) return before.ids;
  const ids = (before && takenSince(reader, before, request, hasLabels)) ?? findTaken(reader, request, hasLabels);
  if (known.size >= MAX_FILTERS) known.clear();
  known.set(key, { structure, ids });
  return ids;
}

/** A parent that is gone has no members. */
function findTaken(
  reader: HealthReader,
  { components, parent }: WatchHealthRequest,
  hasLabels: LabelPredicate,
): ReadonlySet<string> {
  const members = parent === '' ? undefined : new Set(reader.memberIds(parent));
  const ids = components.length > 0 ? components : (members ?? reader.ids());
  return new Set([...ids].filter((id) => (members?.has(id) ?? true) && isLabelled(reader, id, hasLabels)));
}

/** The same, by what was taken before: there may be very many. Undefined: that cannot be said any more, or the request names which. */
function takenSince(
  reader: HealthReader,
  { ids, structure }: Taken,
  { components, parent }: WatchHealthRequest,
  hasLabels: LabelPredicate,
): ReadonlySet<string> | undefined {
  const redefined = components.length > 0 ? undefined : reader.redefinedSince(structure);
  if (redefined === undefined) return undefined;
  const isTaken = (id: string) =>
    (parent === '' || reader.parents(id).includes(parent)) && isLabelled(reader, id, hasLabels);
  const others = redefined.filter((id) => isTaken(id) !== ids.has(id));
  if (others.length === 0) return ids;
  const left = others.filter((id) => ids.has(id));
  const entered = others.filter((id) => !ids.has(id));
  return new Set(withChanges([...ids], left, entered));
}

function isLabelled(reader: HealthReader, id: string, hasLabels: LabelPredicate): boolean {
  const definition = reader.definition(id);
  return definition !== undefined && hasLabels(definition.labels);
}
