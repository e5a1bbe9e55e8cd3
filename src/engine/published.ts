// What the world may know: the health of every component as far as it is durable, and who is told when it changes. The hub
// decides, the journal keeps, and then it comes here; whoever reads, reads here.
import type { SystemDefinition } from '../core/definition.ts';
import { explain } from '../core/explain.ts';
import type { Graph } from '../core/graph.ts';
import type { Health } from '../core/health.ts';
import type { RemovedComponent, SavedState } from '../core/store.ts';
import { createChangeLog } from './change-log.ts';
import type { HealthReader, Transition } from './hub-port.ts';
import { lastLifeOf } from './restore.ts';
import { createSubscribers } from './subscribers.ts';

/** Which components there are, and how they belong together. */
export interface Structure {
  readonly graph: Graph;
  readonly rootId: SystemDefinition['rootId'];
}

/** What becomes true at one moment. */
export interface News {
  /** Undefined: the same as before. */
  readonly structure: Structure | undefined;
  /** Their revisions are above all before, and below those of `changed`. */
  readonly removed: readonly RemovedComponent[];
  /** In order of revision. */
  readonly changed: readonly Health[];
  readonly transitions: readonly Transition[];
  /** Ids whose watchers have to look again, although their health is the same. */
  readonly reread: readonly string[];
}

export interface Published extends HealthReader {
  /** Subscriptions that are open. */
  readonly subscriberCount: number;
  apply(news: News): void;
  /** Takes over the time and latency of the last look. False, and nothing is taken over, where another change was told last. */
  refresh(health: Health): boolean;
}

export interface PublishedOptions {
  /** What an earlier life left. It is true until there are news. */
  readonly saved: SavedState;
  /** Of this life: all its revisions are above. */
  readonly startRevision: number;
  /** Told every change of status, after it is visible and before watchers wake. Must not throw. */
  readonly onTransition?: (transition: Transition) => void;
}

const NOTHING: Graph = {
  definitions: [],
  indexOf: new Map(),
  rootIndex: 0,
  parents: [],
  members: [],
  dependencies: [],
  dependents: [],
  rank: new Int32Array(),
  order: new Int32Array(),
};

export function createPublished({ saved, startRevision, onTransition }: PublishedOptions): Published {
  const healths = new Map(saved.components.map(({ id, health }) => [id, health]));
  const log = createChangeLog(startRevision, {
    revision: saved.revision,
    life: lastLifeOf(saved),
    components: saved.components.map(({ id, health: { revision } }) => ({ id, revision })),
    removed: saved.removed,
  });
  const subscribers = createSubscribers();
  let structure: Structure = { graph: NOTHING, rootId: '' };
  let sortedIds: readonly string[] = [];
  const sortedMembers = new Map<number, readonly string[]>();

  const idAt = (index: number) => structure.graph.definitions[index]!.id;
  const healthAt = (index: number) => healths.get(idAt(index))!;
  const standings = { status: (index: number) => healthAt(index).status };
  const indexOf = (id: string) => structure.graph.indexOf.get(id);

  return {
    get rootId() {
      return structure.rootId;
    },
    get revision() {
      return log.revision;
    },
    get subscriberCount() {
      return subscribers.size;
    },
    ids: () => sortedIds,
    health: (id) => healths.get(id),
    definition(id) {
      const index = indexOf(id);
      return index === undefined ? undefined : structure.graph.definitions[index];
    },
    parents(id) {
      const index = indexOf(id);
      return index === undefined ? [] : structure.graph.parents[index]!.map(({ group }) => idAt(group));
    },
    memberIds(id) {
      const index = indexOf(id);
      if (index === undefined) return [];
      let ids = sortedMembers.get(index);
      if (ids === undefined) {
        ids = structure.graph.members[index]!.map(({ member }) => idAt(member)).sort();
        sortedMembers.set(index, ids);
      }
      return ids;
    },
    explain(id) {
      const index = indexOf(id);
      return index === undefined ? undefined : explain(structure.graph, standings, (at) => healthAt(at).reason, index);
    },
    changesSince(revision, components) {
      const found = log.since(revision, components);
      if (found === undefined) return undefined;
      const changed = found.changed.map((id) => healths.get(id)!);
      return { revision: log.revision, changed, removed: found.removed };
    },
    subscribe: (components, wake) => subscribers.add(components, wake),

    apply(news) {
      if (news.structure !== undefined) {
        structure = news.structure;
        sortedIds = structure.graph.definitions.map(({ id }) => id).sort();
        sortedMembers.clear();
      }
      for (const { id, revision } of news.removed) {
        healths.delete(id);
        log.removed(id, revision);
      }
      for (const health of news.changed) {
        healths.set(health.component, health);
        log.changed(health.component, health.revision);
      }
      for (const transition of news.transitions) onTransition?.(transition);
      // Mostly nobody watches, and there is a batch for every change.
      if (subscribers.size > 0) subscribers.wake(idsOf(news));
    },
    refresh(health) {
      const isTold = healths.get(health.component)?.revision === health.revision;
      if (isTold) healths.set(health.component, health);
      return isTold;
    },
  };
}

function idsOf({ changed, removed, reread }: News): string[] {
  return [...changed.map(({ component }) => component), ...removed.map(({ id }) => id), ...reread];
}
