// The statuses of a whole graph, kept up to date: one changed component recomputes its ancestors only, members before
// groups, and stops where nothing changes. Holds no clock and no listeners; the aggregator owns them.
import { type Blamed, type BlameMarks, createBlameMarks } from './blame.ts';
import type { GroupSubject, Rule } from './definition.ts';
import type { Graph } from './graph.ts';
import type { MemberCounts } from './health.ts';
import type { NextGraph } from './next-graph.ts';
import { contribution, createTally, judge, type Tally } from './rules.ts';
import { STATUSES, type Status } from './status.ts';
import { resized, WordColumn } from './word-column.ts';

export interface Rollup {
  /** Status as its groups see it: MAINTENANCE while in maintenance, else its own. */
  status(index: number): Status;
  /** Of a group; undefined for others. */
  counts(index: number): MemberCounts | undefined;
  /** Of a group that is not well: who makes it so, as indexes of components, `MAX_NAMED` at the most. Undefined for others. */
  blamed(index: number): Blamed | undefined;
  /** Sets the own status of a component that is no group. Takes effect with `settle`. */
  setOwn(index: number, status: Status): void;
  /** Puts a component into maintenance, or takes it out. Takes effect with `settle`. */
  setMaintenance(index: number, active: boolean): void;
  /**
   * Goes over to another graph, after `settle`. What is new is UNKNOWN until it is set, and so is what is no group any more; everything else is as it
   * was. Takes effect with `settle`.
   */
  goOver(next: NextGraph): void;
  /**
   * Recomputes what the changes since the last call reach. `touched` gets each component whose status or counts may
   * have changed, once, members before groups.
   */
  settle(touched: (index: number) => void): void;
}

/** How a component is that was not there before. */
const NEW = { own: 'UNKNOWN', effective: 'UNKNOWN', maintenance: 0, group: undefined } as const;

/** A group's members by their status. */
type StatusCounts = Record<Status, number>;

interface GroupState {
  readonly rule: Rule;
  readonly tally: Tally;
  readonly counts: StatusCounts;
  readonly marks: BlameMarks;
  readonly ignored: number;
}

/** Members that the words about a group name. */
const MAX_NAMED = 3;

/** Starts from the own statuses of the components that are no groups, and who is in maintenance. */
export function createRollup(
  first: Graph,
  initial: { own(index: number): Status; inMaintenance(index: number): boolean },
): Rollup {
  let graph = first;
  const size = graph.definitions.length;
  /** Of those that are no groups. */
  const own = new WordColumn(STATUSES, size);
  const effective = new WordColumn(STATUSES, size);
  let maintenance = new Uint8Array(size);
  const groups: (GroupState | undefined)[] = new Array(size);
  let dirty = createRankQueue(graph);

  const statusNow = (index: number): Status => {
    if (maintenance[index]) return 'MAINTENANCE';
    const group = groups[index];
    return group === undefined ? own.get(index) : judge(group.rule, group.tally).status;
  };

  for (const index of graph.order) {
    const { subject } = graph.definitions[index]!;
    maintenance[index] = initial.inMaintenance(index) ? 1 : 0;
    if (subject.type === 'group') groups[index] = createGroupState(graph, index, subject, effective);
    else own.set(index, initial.own(index));
    effective.set(index, statusNow(index));
  }

  /** Moves a member from one status to another in the tallies of its groups. */
  const propagate = (index: number, from: Status, to: Status) => {
    const { parents, members, impacts, weights } = graph;
    for (let at = parents.start(index); at < parents.end(index); at++) {
      const group = parents.targets[at]!;
      const edge = parents.edges[at]!;
      const impact = impacts.get(edge);
      const weight = weights[edge]!;
      const { tally, counts, marks } = groups[group]!;
      const [was, is] = [contribution(from, impact), contribution(to, impact)];
      const [before, after] = [tally[was], tally[is]];
      marks.move(edge - members.start(group), was, is);
      before.count -= 1;
      before.weight -= weight;
      after.count += 1;
      after.weight += weight;
      counts[from] -= 1;
      counts[to] += 1;
      dirty.add(group);
    }
  };

  return {
    status: (index) => effective.get(index),
    counts(index) {
      const state = groups[index];
      if (state === undefined) return undefined;
      const { HEALTHY, DEGRADED, UNHEALTHY, UNKNOWN, MAINTENANCE } = state.counts;
      return {
        total: graph.members.count(index),
        healthy: HEALTHY,
        degraded: DEGRADED,
        unhealthy: UNHEALTHY,
        unknown: UNKNOWN,
        maintenance: MAINTENANCE,
        ignored: state.ignored,
      };
    },
    blamed(index) {
      const state = groups[index];
      const blamed = state?.marks.blamed(effective.get(index), state.tally, MAX_NAMED);
      if (blamed === undefined) return undefined;
      const { members } = graph;
      return { ...blamed, first: blamed.first.map((position) => members.targets[members.start(index) + position]!) };
    },
    setOwn(index, status) {
      own.set(index, status);
      dirty.add(index);
    },
    setMaintenance(index, active) {
      maintenance[index] = active ? 1 : 0;
      dirty.add(index);
    },
    goOver({ graph: next, changes: { from, indexes } }) {
      // All that moves is read before anything is written: places may be exchanged.
      const moving = indexes.map((index) => {
        const at = from.indexOf.get(next.definitions[index]!.id);
        if (at === undefined) return NEW;
        return { own: own.get(at), effective: effective.get(at), maintenance: maintenance[at]!, group: groups[at] };
      });
      graph = next;
      const { length } = graph.definitions;
      own.resize(length);
      effective.resize(length);
      maintenance = resized(maintenance, length);
      groups.length = length;
      dirty = createRankQueue(graph);
      for (const [position, index] of indexes.entries()) {
        const moved = moving[position]!;
        own.set(index, moved.own);
        effective.set(index, moved.effective);
        maintenance[index] = moved.maintenance;
        groups[index] = moved.group;
      }
      for (const index of indexes) {
        const definition = graph.definitions[index]!;
        const at = from.indexOf.get(definition.id);
        if (at !== undefined && from.definitions[at] === definition) continue;
        const { subject } = definition;
        groups[index] = subject.type === 'group' ? createGroupState(graph, index, subject, effective) : undefined;
        dirty.add(index);
      }
    },
    settle(touched) {
      for (let index = dirty.take(); index !== undefined; index = dirty.take()) {
        const before = effective.get(index);
        const after = statusNow(index);
        if (before !== after) {
          effective.set(index, after);
          propagate(index, before, after);
        }
        touched(index);
      }
    },
  };
}

function createGroupState(
  graph: Graph,
  index: number,
  { rule }: GroupSubject,
  effective: WordColumn<Status>,
): GroupState {
  const tally = createTally();
  const counts: StatusCounts = { HEALTHY: 0, DEGRADED: 0, UNHEALTHY: 0, UNKNOWN: 0, MAINTENANCE: 0 };
  const { members, impacts, weights } = graph;
  const marks = createBlameMarks(members.count(index));
  const start = members.start(index);
  for (let edge = start; edge < members.end(index); edge++) {
    const status = effective.get(members.targets[edge]!);
    counts[status] += 1;
    const contributed = contribution(status, impacts.get(edge));
    const slot = tally[contributed];
    slot.count += 1;
    slot.weight += weights[edge]!;
    marks.move(edge - start, undefined, contributed);
  }
  return { rule, tally, counts, marks, ignored: tally.IGNORED.count };
}

/** Components that wait for recomputation, lowest rank first, each once: a binary heap of ranks. */
function createRankQueue(graph: Graph) {
  const heap: number[] = [];
  const queued = new Uint8Array(graph.definitions.length);
  return {
    add(index: number) {
      if (queued[index]) return;
      queued[index] = 1;
      const rank = graph.rank[index]!;
      let at = heap.length;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (heap[parent]! <= rank) break;
        heap[at] = heap[parent]!;
        at = parent;
      }
      heap[at] = rank;
    },
    take(): number | undefined {
      const lowest = heap[0];
      if (lowest === undefined) return undefined;
      const last = heap.pop()!;
      const size = heap.length;
      let at = 0;
      while (size > 0) {
        let child = 2 * at + 1;
        if (child + 1 < size && heap[child + 1]! < heap[child]!) child += 1;
        if (child >= size || heap[child]! >= last) break;
        heap[at] = heap[child]!;
        at = child;
      }
      if (size > 0) heap[at] = last;
      const index = graph.order[lowest]!;
      queued[index] = 0;
      return index;
    },
  };
}
