// From the graph of one definition to that of another. A component keeps its place, so that what is known by its index stays known: what a
// reload costs goes by what it changes, and not by what there is.
import type { ComponentDefinition, SystemDefinition } from './definition.ts';
import { type CompiledGraph, compileGraphInSteps, type Graph } from './graph.ts';
import { redefinedBetween } from './redefined.ts';
import { IN_A_STEP, type Steps } from './steps.ts';

/** A graph, and what is otherwise in it than in one before. */
export interface NextGraph {
  readonly graph: Graph;
  readonly changes: GraphChanges;
}

export interface GraphChanges {
  readonly from: Graph;
  /** Indexes of what is new, is defined in another way or had another place, members before their groups. Everything else is as it was. */
  readonly indexes: readonly number[];
  /** Ids that are in the graph before alone. */
  readonly gone: readonly string[];
  /** Ids that are in both, and that readers see as something else. */
  readonly redefined: ReadonlySet<string>;
}

export type CompiledNext = ({ readonly ok: true } & NextGraph) | Extract<CompiledGraph, { readonly ok: false }>;

/** The graph of another definition, in which the order of components is not that of the definition. */
export function* compileNext(from: Graph, { rootId, components }: SystemDefinition): Steps<CompiledNext> {
  const definitions = yield* inKnownPlaces(from, components);
  const indexes = yield* changedPlaces(from, definitions);
  const compiled: CompiledGraph = hasSameEdges(from, rootId, definitions, indexes)
    ? { ok: true, graph: { ...from, definitions } }
    : yield* compileGraphInSteps({ rootId, components: definitions });
  if (!compiled.ok) return compiled;
  const { graph } = compiled;
  indexes.sort((a, b) => graph.rank[a]! - graph.rank[b]!);
  const gone = goneIds(from, graph, indexes);
  return {
    ok: true,
    graph,
    changes: { from, indexes, gone, redefined: yield* redefinedBetween(from, graph, indexes, gone) },
  };
}

/** What is there stays at its place. What is new comes where nothing is any more, and behind the rest; at last that is moved which is behind the end. */
function* inKnownPlaces(
  { definitions, indexOf }: Graph,
  components: readonly ComponentDefinition[],
): Steps<readonly ComponentDefinition[]> {
  const size = components.length;
  let same = 0;
  for (; same < size && definitions[same]?.id === components[same]!.id; same++) if (same % IN_A_STEP === 0) yield;
  if (same === size) return components;
  const placed = new Array<ComponentDefinition | undefined>(size);
  const others: ComponentDefinition[] = [];
  for (let at = 0; at < size; at++) {
    if (at % IN_A_STEP === 0) yield;
    const component = components[at]!;
    const place = definitions[at]?.id === component.id ? at : indexOf.get(component.id);
    if (place === undefined || place >= size) others.push(component);
    // Two of one id are a fault, which is found by who compiles them.
    else if (placed[place] !== undefined) return components;
    else placed[place] = component;
  }
  let taken = 0;
  for (let place = 0; taken < others.length; place++) {
    if (place % IN_A_STEP === 0) yield;
    placed[place] ??= others[taken++]!;
  }
  return placed as ComponentDefinition[];
}

function* changedPlaces({ definitions: before }: Graph, definitions: readonly ComponentDefinition[]): Steps<number[]> {
  const indexes: number[] = [];
  for (let index = 0; index < definitions.length; index++) {
    if (index % IN_A_STEP === 0) yield;
    if (before[index] !== definitions[index]) indexes.push(index);
  }
  return indexes;
}

/** Whether the same components are at the same places, in the same groups and with the same dependencies. */
function hasSameEdges(
  { definitions: before, rootIndex }: Graph,
  rootId: string,
  definitions: readonly ComponentDefinition[],
  changed: readonly number[],
): boolean {
  if (before.length !== definitions.length || before[rootIndex]!.id !== rootId) return false;
  return changed.every((index) => isSamePlace(before[index]!, definitions[index]!));
}

/** What was at the places that changed, and behind the end. */
function goneIds(
  { definitions: before }: Graph,
  { definitions, indexOf }: Graph,
  changed: readonly number[],
): string[] {
  const left = changed.filter((at) => at < before.length).map((at) => before[at]!);
  return [...left, ...before.slice(definitions.length)].map(({ id }) => id).filter((id) => !indexOf.has(id));
}

function isSamePlace(a: ComponentDefinition, b: ComponentDefinition): boolean {
  return (
    a.id === b.id &&
    a.subject.type !== 'group' &&
    b.subject.type !== 'group' &&
    a.part?.owner === b.part?.owner &&
    a.dependsOn.length === b.dependsOn.length &&
    a.dependsOn.every((id, position) => id === b.dependsOn[position])
  );
}
