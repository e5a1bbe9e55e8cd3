// How every component is, as alerts look at it: what a group's badness comes from, and what is bad because of what.
import { MAX_CONSEQUENCES } from '../../core/alert.ts';
import { isBadStatus } from '../../core/alert-routes.ts';
import type { Graph } from '../../core/graph.ts';
import type { Health } from '../../core/health.ts';
import type { GraphChanges } from '../../core/next-graph.ts';
import type { Reason } from '../../core/observation.ts';
import { type Contribution, contribution, isAtLeastAsBad } from '../../core/rules.ts';
import { isOutcome, STATUSES } from '../../core/status.ts';
import { resized, WordColumn } from '../../core/word-column.ts';

/** What alerts look at of a health. */
export type Standing = Pick<Health, 'component' | 'status' | 'sinceMs' | 'reason' | 'causedBy' | 'revision'>;

export interface Standings {
  readonly graph: Graph;
  /** Goes over to another graph. What is at the places that changed is read anew, everything else is as it was. */
  goOver(graph: Graph, changes: GraphChanges, health: (index: number) => Health): void;
  /** Indexes of what is bad, or may be: nobody knows. */
  bad(): Iterable<number>;
  health(index: number): Standing;
  /** Takes over what has changed, all of it before anybody asks. @returns groups that are unseen now, or are no more */
  set(index: number, health: Health): readonly number[];
  /** UNKNOWN only since OpenK has not looked yet, or could not: that says nothing of it. A group is so by any of its members. */
  isUnseen(index: number): boolean;
  /** Members that a group has its status from; empty: it comes from none of them alone. */
  culprits(group: number): Iterable<number>;
  /** Ids of what is bad because of this one, sorted, and how many they are. */
  consequences(index: number): { readonly ids: readonly string[]; readonly count: number };
  /** Whatever this one may be a consequence of. */
  causesAbove(index: number, see: (index: number) => void): void;
}

/** Components that are looked at for the causes of one: what is beyond is seen at the next message. */
const MAX_STEPS = 1_000;

/** Codes of reasons that say of OpenK why it does not know. */
const UNSEEN: ReadonlySet<string> = new Set(['NEVER_CHECKED', 'OBSERVER_OFFLINE']);

export function createStandings(first: Graph, initial: (index: number) => Health): Standings {
  let graph = first;
  // By index. In columns: the healths themselves are those of the latest change, which everybody else has let go of since.
  let size = graph.definitions.length;
  const statuses = new WordColumn(STATUSES, size);
  const reasons: Reason[] = [];
  const causes: Health['causedBy'][] = [];
  let [sinceMs, revisions] = [new Float64Array(size), new Float64Array(size)];
  const keep = (index: number, health: Health) => {
    statuses.set(index, health.status);
    reasons[index] = health.reason;
    causes[index] = health.causedBy;
    sinceMs[index] = health.sinceMs;
    revisions[index] = health.revision;
  };
  for (let index = 0; index < size; index++) keep(index, initial(index));
  /** By edge of `members`: 1 where the member does not contribute HEALTHY. In bytes, since that may be so of all there are. */
  let troubled = new Uint8Array();
  const status = (index: number) => statuses.get(index);

  const place = (index: number) => {
    const { parents, impacts } = graph;
    for (let at = parents.start(index); at < parents.end(index); at++) {
      const edge = parents.edges[at]!;
      troubled[edge] = isTrouble(contribution(status(index), impacts.get(edge))) ? 1 : 0;
    }
  };
  /** Edges of a group. */
  function* troubledOf(group: number) {
    const start = graph.members.start(group);
    const edges = troubled.subarray(start, graph.members.end(group));
    for (let at = edges.indexOf(1); at >= 0; at = edges.indexOf(1, at + 1)) yield start + at;
  }
  let unseen = new Uint8Array(size);
  /** By group: its members that are unseen. */
  let unseenMembers = new Uint32Array(size);
  const noteUnseen = (index: number, above: number[]) => {
    const isNow =
      status(index) === 'UNKNOWN' && (UNSEEN.has(reasons[index]!.code) || unseenMembers[index]! > 0) ? 1 : 0;
    if (isNow === unseen[index]) return;
    unseen[index] = isNow;
    if (graph.members.count(index) > 0) above.push(index);
    const { parents, impacts } = graph;
    for (let at = parents.start(index); at < parents.end(index); at++) {
      if (impacts.get(parents.edges[at]!) === 'IGNORED') continue;
      const group = parents.targets[at]!;
      unseenMembers[group]! += isNow === 1 ? 1 : -1;
      noteUnseen(group, above);
    }
  };
  /** Of those that are well there is nothing to see. */
  function* bad() {
    for (let index = 0; index < size; index++) if (isBadStatus(status(index))) yield index;
  }
  const survey = () => {
    troubled = new Uint8Array(graph.members.targets.length);
    unseen = new Uint8Array(size);
    unseenMembers = new Uint32Array(size);
    for (const index of bad()) {
      place(index);
      noteUnseen(index, []);
    }
  };
  survey();

  return {
    get graph() {
      return graph;
    },
    goOver(next, { from, indexes }, health) {
      graph = next;
      size = graph.definitions.length;
      statuses.resize(size);
      reasons.length = size;
      causes.length = size;
      [sinceMs, revisions] = [resized(sinceMs, size), resized(revisions, size)];
      // Where all edges are as they were, it is enough to hear of what changes.
      if (graph.indexOf === from.indexOf) return;
      for (const index of indexes) keep(index, health(index));
      survey();
    },
    bad,
    health: (index) => ({
      component: graph.definitions[index]!.id,
      status: status(index),
      sinceMs: sinceMs[index]!,
      reason: reasons[index]!,
      causedBy: causes[index]!,
      revision: revisions[index]!,
    }),
    set(index, health) {
      const before = status(index);
      keep(index, health);
      if (before !== health.status) place(index);
      const groups: number[] = [];
      noteUnseen(index, groups);
      return groups;
    },
    isUnseen: (index) => unseen[index] === 1,
    *culprits(group) {
      const { members, impacts } = graph;
      const own = status(group);
      let isNone = true;
      for (const edge of troubledOf(group)) {
        const contributes = contribution(status(members.targets[edge]!), impacts.get(edge));
        const isOne = isOutcome(own) ? isAtLeastAsBad(contributes, own) : isUnknown(contributes);
        if (!isOne) continue;
        isNone = false;
        yield members.targets[edge]!;
      }
      if (!isNone || !isOutcome(own)) return;
      // Many that are a little bad make a group worse than each of them is.
      for (const edge of troubledOf(group)) {
        const member = members.targets[edge]!;
        if (!isUnknown(contribution(status(member), impacts.get(edge)))) yield member;
      }
    },
    consequences(index) {
      const found = new Set([index]);
      for (const at of found) {
        const own = status(at);
        if (own === 'UNHEALTHY') {
          for (const dependent of graph.dependents.of(at)) if (status(dependent) === 'UNHEALTHY') found.add(dependent);
        }
        const { parents, impacts } = graph;
        for (let edge = parents.start(at); edge < parents.end(at); edge++) {
          const group = parents.targets[edge]!;
          const above = status(group);
          const isBad = above === 'UNHEALTHY' || above === 'DEGRADED';
          const contributes = contribution(own, impacts.get(parents.edges[edge]!));
          if (isBad && isTrouble(contributes) && !isUnknown(contributes)) found.add(group);
        }
      }
      found.delete(index);
      const ids = Array.from(found, (at) => graph.definitions[at]!.id);
      return { ids: ids.sort().slice(0, MAX_CONSEQUENCES), count: ids.length };
    },
    causesAbove(index, see) {
      const found = new Set([index]);
      for (const at of found) {
        if (at !== index) see(at);
        if (found.size > MAX_STEPS) continue;
        for (const dependency of graph.dependencies.of(at))
          if (status(dependency) === 'UNHEALTHY') found.add(dependency);
        for (const edge of troubledOf(at)) {
          if (found.size > MAX_STEPS) break;
          found.add(graph.members.targets[edge]!);
        }
      }
    },
  };
}

function isTrouble(contributes: Contribution): boolean {
  return contributes === 'UNHEALTHY' || contributes === 'DEGRADED' || isUnknown(contributes);
}

function isUnknown(contributes: Contribution): boolean {
  return contributes === 'UNKNOWN' || contributes === 'UNKNOWN_AT_WORST_DEGRADED';
}
