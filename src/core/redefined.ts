// What readers see of a definition, besides health: labels, kind, name, members, and the groups that it is a member of.
import type { ComponentDefinition } from './definition.ts';
import type { Graph } from './graph.ts';
import { IN_A_STEP, type Steps } from './steps.ts';

/** What a component is, by its key in the configuration. */
export function kindOf({ subject }: ComponentDefinition): string {
  return subject.type === 'probe' ? subject.kind : subject.type;
}

/** Ids that are in both, and that readers see as something else afterwards. */
export function redefinedIds(
  before: ReadonlyMap<string, ComponentDefinition>,
  after: ReadonlyMap<string, ComponentDefinition>,
): Set<string> {
  const redefined = new Set<string>();
  for (const [id, definition] of after) {
    const known = before.get(id);
    if (known === definition || (known !== undefined && isSameToReaders(known, definition))) continue;
    redefined.add(id);
    for (const member of movedMembers(known, definition)) redefined.add(member);
  }
  for (const [id, definition] of before) {
    if (!after.has(id)) for (const member of movedMembers(definition, undefined)) redefined.add(member);
  }
  for (const id of redefined) if (!(before.has(id) && after.has(id))) redefined.delete(id);
  return redefined;
}

/**
 * The same of two graphs, by the edges of a few of their components.
 * @param changed indexes of all that are new, or defined in another way
 * @param gone ids of those that are in the first one alone
 */
export function* redefinedBetween(
  from: Graph,
  graph: Graph,
  changed: readonly number[],
  gone: readonly string[],
): Steps<ReadonlySet<string>> {
  const redefined = new Set<string>();
  const members = new MemberComparison(from, graph);
  for (const index of changed) {
    yield;
    const definition = graph.definitions[index]!;
    const at = from.indexOf.get(definition.id);
    const known = at === undefined ? undefined : from.definitions[at]!;
    if (known === definition) continue;
    const isSame = yield* members.compare(at, index, redefined);
    if (known !== undefined && !(isSame && isSameButMembers(known, definition))) redefined.add(definition.id);
  }
  for (const id of gone) yield* members.compare(from.indexOf.get(id), undefined, redefined);
  return redefined;
}

/** Compares what is in a group before and after. */
class MemberComparison {
  readonly #from: Graph;
  readonly #graph: Graph;
  /** By index afterwards: one more than the edge before of a group that was compared. */
  #edges: Int32Array | undefined;

  constructor(from: Graph, graph: Graph) {
    this.#from = from;
    this.#graph = graph;
  }

  /**
   * Whether the members and their impacts are the same, whatever their order.
   * @param moved takes the ids of members of one of them alone that are in both graphs
   */
  *compare(at: number | undefined, index: number | undefined, moved: Set<string>): Steps<boolean> {
    const [from, graph] = [this.#from, this.#graph];
    const [first, last] = at === undefined ? [0, 0] : [from.members.start(at), from.members.end(at)];
    const [start, end] = index === undefined ? [0, 0] : [graph.members.start(index), graph.members.end(index)];
    if (first === last && start === end) return true;
    this.#edges ??= new Int32Array(graph.definitions.length);
    const edges = this.#edges;
    let isSame = last - first === end - start;
    for (let edge = first; edge < last; edge++) {
      if (edge % IN_A_STEP === 0) yield;
      const place = this.#placeOf(from.members.targets[edge]!);
      if (place !== undefined) edges[place] = edge + 1;
    }
    for (let edge = start; edge < end; edge++) {
      if (edge % IN_A_STEP === 0) yield;
      const place = graph.members.targets[edge]!;
      const before = edges[place]! - 1;
      edges[place] = 0;
      if (before >= first && before < last) isSame &&= from.impacts.get(before) === graph.impacts.get(edge);
      else {
        isSame = false;
        const { id } = graph.definitions[place]!;
        if (from.indexOf.has(id)) moved.add(id);
      }
    }
    for (let edge = first; edge < last; edge++) {
      if (edge % IN_A_STEP === 0) yield;
      const place = this.#placeOf(from.members.targets[edge]!);
      if (place === undefined || edges[place] !== edge + 1) continue;
      isSame = false;
      edges[place] = 0;
      moved.add(graph.definitions[place]!.id);
    }
    return isSame;
  }

  /** Where what was there before is now. */
  #placeOf(before: number): number | undefined {
    const { id } = this.#from.definitions[before]!;
    return this.#graph.definitions[before]?.id === id ? before : this.#graph.indexOf.get(id);
  }
}

function isSameToReaders(a: ComponentDefinition, b: ComponentDefinition): boolean {
  return isSameButMembers(a, b) && isSameMembers(a, b);
}

function isSameButMembers(a: ComponentDefinition, b: ComponentDefinition): boolean {
  return kindOf(a) === kindOf(b) && a.displayName === b.displayName && isSameLabels(a, b);
}

function isSameLabels({ labels: a }: ComponentDefinition, { labels: b }: ComponentDefinition): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}

/** Whatever their order. */
function isSameMembers(a: ComponentDefinition, b: ComponentDefinition): boolean {
  const impacts = impactsOf(a);
  const members = impactsOf(b);
  return impacts.size === members.size && [...members].every(([id, impact]) => impacts.get(id) === impact);
}

/** Members of one of them alone: another parent is theirs, too. */
function movedMembers(a: ComponentDefinition | undefined, b: ComponentDefinition | undefined): Iterable<string> {
  if (a?.subject.type !== 'group' && b?.subject.type !== 'group') return [];
  return new Set(impactsOf(a).keys()).symmetricDifference(new Set(impactsOf(b).keys()));
}

function impactsOf(definition: ComponentDefinition | undefined): ReadonlyMap<string, string> {
  const members = definition?.subject.type === 'group' ? definition.subject.members : [];
  return new Map(members.map(({ component, impact }) => [component, impact]));
}
