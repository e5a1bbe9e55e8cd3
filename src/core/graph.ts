// The components of a configuration as a directed acyclic graph: who is in which group, who depends on whom.
import { type Adjacency, AdjacencyBuilder, type ReverseAdjacency } from './adjacency.ts';
import { counted } from './counted.ts';
import type { ComponentDefinition, GroupSubject, Impact, SystemDefinition } from './definition.ts';
import { nearestName } from './nearest.ts';
import { quoteName, shownName } from './quote-name.ts';
import { atOnce, type Steps } from './steps.ts';
import { WordColumn } from './word-column.ts';

/** An index is that of a component. Their order says nothing: after a reload it is not that of the definition any more. */
export interface Graph {
  readonly definitions: readonly ComponentDefinition[];
  readonly indexOf: ReadonlyMap<string, number>;
  readonly rootIndex: number;
  /** Groups that each is in. */
  readonly parents: ReverseAdjacency;
  /** What is in each. */
  readonly members: Adjacency;
  /** By the edge of `members`: how much the member may pull its group down. */
  readonly impacts: WordColumn<Impact>;
  /** By the edge of `members`. */
  readonly weights: Float64Array;
  /** What each depends on. */
  readonly dependencies: Adjacency;
  /** What depends on each. */
  readonly dependents: Adjacency;
  /** What its probe sees of its parts, in order of their ids. Only of those that have any. */
  readonly parts: ReadonlyMap<number, readonly number[]>;
  /** Position in an order in which members come before their groups. */
  readonly rank: Int32Array;
  /** The component at each rank. */
  readonly order: Int32Array;
}

const IMPACTS = ['CRITICAL', 'DEGRADES', 'IGNORED'] as const satisfies readonly Impact[];
const NO_EDGES = new AdjacencyBuilder(0, 0).build();

export const EMPTY_GRAPH: Graph = {
  definitions: [],
  indexOf: new Map(),
  rootIndex: 0,
  parents: atOnce(NO_EDGES.reversed()),
  members: NO_EDGES,
  impacts: new WordColumn(IMPACTS, 0),
  weights: new Float64Array(),
  dependencies: NO_EDGES,
  dependents: NO_EDGES,
  parts: new Map(),
  rank: new Int32Array(),
  order: new Int32Array(),
};

/** What is wrong, and where in the component. */
export interface GraphFault {
  readonly componentId: string;
  /** Position in `SystemDefinition.components`. */
  readonly componentIndex: number;
  /** Field names as in the configuration, from the component on. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type CompiledGraph =
  | { readonly ok: true; readonly graph: Graph }
  | { readonly ok: false; readonly faults: readonly GraphFault[] };

/** Unknown names that get the nearest known one beside them: each costs a look at all of these. */
const MAX_HINTS = 10;

/** Checks every reference, and that nothing contains or needs itself. Linear in components and references. */
export function compileGraph(system: SystemDefinition): CompiledGraph {
  return atOnce(compileGraphInSteps(system));
}

/** A step for each component and each member of a group. */
export function* compileGraphInSteps(system: SystemDefinition): Steps<CompiledGraph> {
  const definitions = system.components;
  const faults: GraphFault[] = [];
  const indexOf = yield* indexById(definitions, faults);
  const memberCount = sum(definitions, ({ subject }) => (subject.type === 'group' ? subject.members.length : 0));
  const memberships = new AdjacencyBuilder(definitions.length, memberCount);
  const impacts = new WordColumn(IMPACTS, memberCount);
  const weights = new Float64Array(memberCount);
  const needs = new AdjacencyBuilder(
    definitions.length,
    sum(definitions, ({ dependsOn }) => dependsOn.length),
  );
  const parts = new Map<number, number[]>();
  /** By member: the latest group that has it. */
  const latestGroup = new Int32Array(definitions.length).fill(-1);
  let unknownNames = 0;
  const fault = (index: number, path: GraphFault['path'], message: string) =>
    faults.push({ componentId: definitions[index]!.id, componentIndex: index, path, message });
  const faultOfUnknown = (index: number, path: GraphFault['path'], id: string) => {
    const hint = unknownNames++ < MAX_HINTS ? didYouMean(id, indexOf.keys()) : '';
    fault(index, path, `there is no component ${quoteName(id)}${hint}`);
  };

  for (let index = 0; index < definitions.length; index++) {
    yield;
    const { part, dependsOn, subject } = definitions[index]!;
    if (part !== undefined) {
      const owner = indexOf.get(part.owner);
      const known = owner === undefined ? undefined : parts.get(owner);
      if (owner === undefined) faultOfUnknown(index, ['id'], part.owner);
      else if (known === undefined) parts.set(owner, [index]);
      else known.push(index);
    }
    for (let position = 0; position < dependsOn.length; position++) {
      const target = indexOf.get(dependsOn[position]!);
      if (target === undefined) faultOfUnknown(index, ['depends_on', position], dependsOn[position]!);
      else needs.add(index, target);
    }
    if (subject.type !== 'group') continue;
    const unknown = new Set<string>();
    for (let position = 0; position < subject.members.length; position++) {
      yield;
      const { component, impact, weight } = subject.members[position]!;
      const member = indexOf.get(component);
      if (member !== undefined && latestGroup[member] !== index) {
        latestGroup[member] = index;
        const edge = memberships.add(index, member);
        impacts.set(edge, impact);
        weights[edge] = weight;
        continue;
      }
      const path = ['group', 'members', position, 'component'];
      if (member !== undefined || unknown.has(component))
        fault(index, path, `${quoteName(component)} is a member already`);
      else {
        unknown.add(component);
        faultOfUnknown(index, path, component);
      }
    }
    const unreachable = unreachableQuorum(subject);
    if (unreachable !== undefined) fault(index, unreachable.path, unreachable.message);
  }

  for (const indexes of parts.values()) {
    yield;
    indexes.sort((a, b) => (definitions[a]!.id < definitions[b]!.id ? -1 : 1));
  }
  const members = memberships.build();
  const dependencies = needs.build();
  for (const cycle of yield* findCycles(definitions, members, dependencies)) faults.push(cycle);
  const rootIndex = indexOf.get(system.rootId);
  if (rootIndex === undefined && faults.length === 0) {
    throw new Error(`the root group '${system.rootId}' is not among the components`);
  }
  if (rootIndex === undefined || faults.length > 0) return { ok: false, faults };
  const parents = yield* members.reversed();
  const dependents = yield* dependencies.reversed();
  const { rank, order } = yield* rankMembersFirst(definitions.length, members, parents);
  const relations = { parents, members, impacts, weights, dependencies, dependents, parts };
  return { ok: true, graph: { definitions, indexOf, rootIndex, ...relations, rank, order } };
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((before, item) => before + of(item), 0);
}

function didYouMean(id: string, known: Iterable<string>): string {
  const nearest = nearestName(id, known);
  return nearest === undefined ? '' : `, did you mean ${quoteName(nearest)}?`;
}

function* indexById(definitions: readonly ComponentDefinition[], faults: GraphFault[]): Steps<Map<string, number>> {
  const indexOf = new Map<string, number>();
  for (const [index, { id }] of definitions.entries()) {
    yield;
    if (indexOf.has(id)) {
      faults.push({
        componentId: id,
        componentIndex: index,
        path: ['id'],
        message: `${quoteName(id)} is defined already`,
      });
    } else {
      indexOf.set(id, index);
    }
  }
  return indexOf;
}

/** A quorum of more members than count can never be met: surely not what was meant. */
function unreachableQuorum(group: GroupSubject): Pick<GraphFault, 'path' | 'message'> | undefined {
  const { rule, members, isOpen } = group;
  if (rule.kind !== 'quorum' || isOpen) return undefined;
  const counting = members.filter(({ impact }) => impact !== 'IGNORED').length;
  for (const key of ['healthy', 'degraded'] as const) {
    const share = rule[key];
    if ('count' in share && share.count > counting && !(key === 'degraded' && share.count === 1)) {
      return {
        path: ['group', 'rule', 'quorum', key],
        message: `asks for ${counted(share.count, 'member')}, and only ${counting} count`,
      };
    }
  }
  return undefined;
}

/**
 * Cycles over membership and dependency together: a group that a member depends on would be its own cause. Names each
 * cycle once, at the reference that closes it. Depth first with a stack of its own, since graphs may be deep.
 */
function* findCycles(
  definitions: readonly ComponentDefinition[],
  members: Adjacency,
  dependencies: Adjacency,
): Steps<GraphFault[]> {
  const faults: GraphFault[] = [];
  const done = new Uint8Array(definitions.length);
  const onPath = new Uint8Array(definitions.length);
  /** References of each that were followed: its members come first, then what it depends on. */
  const followed = new Int32Array(definitions.length);
  const next = (index: number) => {
    const member = members.start(index) + followed[index]!;
    if (member < members.end(index)) return members.targets[member];
    const dependency = dependencies.start(index) + followed[index]! - members.count(index);
    return dependency < dependencies.end(index) ? dependencies.targets[dependency] : undefined;
  };
  const path: number[] = [];
  const enter = (index: number) => {
    onPath[index] = 1;
    path.push(index);
  };
  for (let start = 0; start < definitions.length; start++) {
    if (!done[start]) enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const target = next(top);
      followed[top]! += 1;
      if (target === undefined) {
        yield;
        done[top] = 1;
        onPath[top] = 0;
        path.pop();
      } else if (onPath[target]) {
        const ids = path.slice(path.indexOf(target)).map((index) => definitions[index]!.id);
        faults.push(cycleFault(definitions, top, definitions[target]!.id, ids));
      } else if (!done[target]) {
        enter(target);
      }
    }
  }
  return faults;
}

function cycleFault(
  definitions: readonly ComponentDefinition[],
  index: number,
  target: string,
  ids: readonly string[],
): GraphFault {
  const { id, subject, dependsOn } = definitions[index]!;
  const position = subject.type === 'group' ? subject.members.findIndex(({ component }) => component === target) : -1;
  const path = position >= 0 ? ['group', 'members', position, 'component'] : ['depends_on', dependsOn.indexOf(target)];
  const message = `makes a cycle: ${cycleWords([...ids, target])}`;
  return { componentId: id, componentIndex: index, path, message };
}

/** Of very many ids the first and the last ones. */
const MAX_CYCLE_IDS = 20;

function cycleWords(ids: readonly string[]): string {
  const shown =
    ids.length <= MAX_CYCLE_IDS ? ids : [...ids.slice(0, MAX_CYCLE_IDS / 2), ...ids.slice(-MAX_CYCLE_IDS / 2)];
  const words = shown.map((id) => shownName(id));
  if (shown !== ids) words.splice(MAX_CYCLE_IDS / 2, 0, `(${ids.length - shown.length} more)`);
  return words.join(' → ');
}

/** Kahn's algorithm, from the members up. */
function* rankMembersFirst(size: number, members: Adjacency, parents: Adjacency): Steps<Pick<Graph, 'rank' | 'order'>> {
  const waitingFor = new Int32Array(size);
  const order = new Int32Array(size);
  const rank = new Int32Array(size);
  let placed = 0;
  for (let index = 0; index < size; index++) {
    waitingFor[index] = members.count(index);
    if (waitingFor[index] === 0) order[placed++] = index;
  }
  for (let at = 0; at < placed; at++) {
    yield;
    const index = order[at]!;
    rank[index] = at;
    for (let edge = parents.start(index); edge < parents.end(index); edge++) {
      const group = parents.targets[edge]!;
      if (--waitingFor[group]! === 0) order[placed++] = group;
    }
  }
  return { rank, order };
}
