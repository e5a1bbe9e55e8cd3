// What everybody may read: the health of every component as far as it is durable, and who is woken when it changes. The
// decider decides, the journal keeps, and then a decision comes here.
import { explain } from '../core/explain.ts';
import { EMPTY_GRAPH } from '../core/graph.ts';
import type { Health } from '../core/health.ts';
import { withChanges } from '../core/sorted.ts';
import type { RemovedComponent, RevisionRange, SavedState } from '../core/store.ts';
import { createChangeLog } from './change-log.ts';
import type { Decision, DecisionSubscriber, Structure } from './decision.ts';
import type { HealthReader } from './health-ports.ts';
import { createRedefinitions } from './redefinitions.ts';
import { createWatchers } from './watchers.ts';

export interface View extends Omit<HealthReader, 'slo'> {
  /** Number of subscriptions that are open. */
  readonly subscriberCount: number;
  /** Makes a decision readable, hands it to the subscribers, and wakes whoever watches something that it changed. */
  apply(decision: Decision): void;
  /** Makes readable what another instance has decided, as of one moment, and wakes its watchers. */
  follow(step: FollowedStep): void;
  /** The revisions of another incarnation begin; a watcher can go on from these of the ones before. */
  began(startRevision: number, resumable: readonly RevisionRange[]): void;
  /** Shows these healths, of components that there are, without a change: nobody knows how they are now, or it is known again. */
  show(healths: readonly Health[]): void;
  /**
   * Takes over the time and latency of a look that changed nothing else: at once where the change before it is readable, and
   * together with that change where it is still on its way.
   */
  refresh(health: Health): void;
}

export interface FollowedStep {
  /** Undefined: the same as before. */
  readonly structure: Structure | undefined;
  /** As they are now; those of the same revision as before have been looked at again. Of each component of the structure there is one, now or before. */
  readonly healths: readonly Health[];
  readonly removed: readonly RemovedComponent[];
  /** Everything up to it is in here or before. */
  readonly revision: number;
}

export interface ViewOptions {
  /** What an earlier incarnation left. It is readable until there are decisions. */
  readonly saved: SavedState;
  /** Of this incarnation: all its revisions are above. */
  readonly startRevision: number;
  /** Called in this order. */
  readonly subscribers?: readonly DecisionSubscriber[];
}

export function createView({ saved, startRevision, subscribers = [] }: ViewOptions): View {
  const healths = new Map(saved.components.map(({ id, health }) => [id, health]));
  const log = createChangeLog(
    startRevision,
    {
      resumable: saved.resumable ?? [],
      components: saved.components.map(({ id, health: { revision } }) => ({ id, revision })),
      removed: saved.removed,
    },
    (id) => healths.get(id)?.revision,
  );
  /** By component: its health after a look that came while a change of it was on its way. */
  const lateLooks = new Map<string, Health>();
  const watchers = createWatchers();
  let structure: Structure = { graph: EMPTY_GRAPH, rootId: '' };
  let structureRevision = startRevision;
  let sortedIds: readonly string[] = [];
  const redefinitions = createRedefinitions();
  const sortedMembers = new Map<number, readonly string[]>();

  const idAt = (index: number) => structure.graph.definitions[index]!.id;
  const healthAt = (index: number) => healths.get(idAt(index))!;
  const standings = { status: (index: number) => healthAt(index).status };
  const indexOf = (id: string) => structure.graph.indexOf.get(id);
  /** The health of a change, or that of a look that came after it. */
  const latest = (health: Health): Health => {
    const late = lateLooks.get(health.component);
    if (late?.revision !== health.revision) return health;
    lateLooks.delete(health.component);
    return late;
  };

  /** @returns whether readers see anything as something else */
  const restructure = (next: Structure): boolean => {
    const { graph: from } = structure;
    const { graph, rootId, changes } = next;
    // Without what changed: that knows the graph before.
    structure = { graph, rootId };
    if (graph.indexOf !== from.indexOf) sortedMembers.clear();
    if (changes?.from !== from) {
      redefinitions.add(sortedIds, undefined);
      sortedIds = graph.definitions.map(({ id }) => id).sort();
      return true;
    }
    const come = changes.indexes.map(idAt).filter((id) => !from.indexOf.has(id));
    const others = [...come, ...changes.gone, ...changes.redefined];
    redefinitions.add(sortedIds, others);
    // Another list says that something is defined in another way.
    sortedIds = withChanges(sortedIds, changes.gone, come);
    return others.length > 0;
  };

  return {
    get rootId() {
      return structure.rootId;
    },
    get revision() {
      return log.revision;
    },
    get structureRevision() {
      return structureRevision;
    },
    get subscriberCount() {
      return watchers.size;
    },
    ids: () => sortedIds,
    redefinedSince: redefinitions.since,
    health: (id) => healths.get(id),
    definition(id) {
      const index = indexOf(id);
      return index === undefined ? undefined : structure.graph.definitions[index];
    },
    parents(id) {
      const index = indexOf(id);
      if (index === undefined) return [];
      const parents = structure.graph.parents.map(index, idAt);
      const owner = structure.graph.definitions[index]!.part?.owner;
      if (owner !== undefined) parents.push(owner);
      return parents.sort();
    },
    memberIds(id) {
      const index = indexOf(id);
      if (index === undefined) return [];
      let ids = sortedMembers.get(index);
      if (ids === undefined) {
        const { members, parts } = structure.graph;
        ids = [...members.of(index), ...(parts.get(index) ?? [])].map(idAt).sort();
        sortedMembers.set(index, ids);
      }
      return ids;
    },
    explain(id, shows) {
      const index = indexOf(id);
      if (index === undefined) return undefined;
      const reasonOf = (at: number) => healthAt(at).reason;
      return explain(structure.graph, standings, reasonOf, index, shows && ((at) => shows(idAt(at))));
    },
    changesSince(revision, components) {
      const found = log.since(revision, components);
      if (found === undefined) return undefined;
      const changed = found.changed.map((id) => healths.get(id)!);
      return { revision: log.revision, changed, removed: found.removed };
    },
    subscribe: (components, wake, atReloads) => watchers.add(components, wake, atReloads),

    apply(decision) {
      const isReload = decision.structure !== undefined && restructure(decision.structure);
      for (const { id, revision } of decision.removed) {
        healths.delete(id);
        lateLooks.delete(id);
        log.removed(id, revision);
      }
      for (const health of decision.changed) {
        healths.set(health.component, lateLooks.size === 0 ? health : latest(health));
        log.changed(health.component, health.revision);
      }
      if (decision.structure !== undefined) structureRevision = log.revision;
      for (const subscriber of subscribers) subscriber(decision);
      // Mostly nobody watches, and there is a decision for every change.
      if (watchers.size > 0) watchers.wake(idsOf(decision), isReload);
    },
    follow({ structure: next, healths: seen, removed, revision }) {
      const isReload = next !== undefined && restructure(next);
      // What only the other one has is not here, and has no revision for it.
      for (const id of next?.changes?.gone ?? []) healths.delete(id);
      for (const { id } of removed) healths.delete(id);
      const changed = seen.filter((health) => healths.get(health.component)?.revision !== health.revision);
      for (const health of seen) healths.set(health.component, health);
      const events = [
        ...removed.map(({ id, revision: at }) => ({ at, apply: () => log.removed(id, at) })),
        ...changed.map(({ component, revision: at }) => ({ at, apply: () => log.changed(component, at) })),
      ];
      // What is only defined here has none yet.
      for (const { apply } of events.filter(({ at }) => at > 0).sort((a, b) => a.at - b.at)) apply();
      log.reached(revision);
      // Who stands at the revision of now may know the definitions before: these have none of their own.
      if (isReload) structureRevision = log.revision + 1;
      const { indexes = [], gone = [], redefined = [] } = next?.changes ?? {};
      const ids = [...changed.map(({ component }) => component), ...removed.map(({ id }) => id)];
      watchers.wake([...ids, ...indexes.map(idAt), ...gone, ...redefined], isReload);
    },
    began: log.began,
    show(shown) {
      for (const health of shown) healths.set(health.component, health);
      watchers.wake(
        shown.map(({ component }) => component),
        true,
      );
    },
    refresh(health) {
      const { component, revision } = health;
      if (healths.get(component)?.revision === revision) healths.set(component, health);
      else lateLooks.set(component, health);
    },
  };
}

function idsOf({ changed, removed, reread }: Decision): string[] {
  return [...changed.map(({ component }) => component), ...removed.map(({ id }) => id), ...reread];
}

/** What a view shows, for who adds what is not in it. */
export function shownBy(view: View): Omit<HealthReader, 'slo'> & Pick<View, 'subscriberCount'> {
  return {
    get rootId() {
      return view.rootId;
    },
    get revision() {
      return view.revision;
    },
    get structureRevision() {
      return view.structureRevision;
    },
    get subscriberCount() {
      return view.subscriberCount;
    },
    ids: view.ids,
    redefinedSince: view.redefinedSince,
    health: view.health,
    definition: view.definition,
    parents: view.parents,
    memberIds: view.memberIds,
    explain: view.explain,
    changesSince: view.changesSince,
    subscribe: view.subscribe,
  };
}
