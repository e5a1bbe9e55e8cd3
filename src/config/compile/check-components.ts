// What the rules of the schema cannot see of components, since it takes other components, calendars or compilers: checked
// here for everything that has no fault yet.
import type { Message } from '@bufbuild/protobuf';
import { type Component, ComponentSchema } from '../../../gen/openk/config/v1/config_pb.ts';
import type { ComponentDefinition } from '../../core/definition.ts';
import { compileGraphInSteps } from '../../core/graph.ts';
import { quoteName } from '../../core/quote-name.ts';
import { IN_A_STEP, type Steps } from '../../core/steps.ts';
import { durationToMs, formatDuration } from '../duration.ts';
import type { Path, PathFault } from '../fault.ts';
import { namesFile } from '../source/files.ts';
import { checkCalendar } from './calendar.ts';
import type { ComponentList } from './component-list.ts';
import type { KnownFaults } from './consequences.ts';
import { hasSchedule, longestIntervalMs } from './defaults.ts';
import { OPTIONS, toGraphNodes } from './definitions.ts';
import { pathOfPlace, placeIds } from './vantage.ts';

/** What is wrong with the options of a kind of probe; paths are from the options on. */
export type ProbeCheck = (kind: string, options: unknown) => readonly PathFault[];

/** What is known from before has no faults but in the files that it names, which may be others by now. */
export function* checkComponents(
  components: ComponentList,
  root: Component,
  known: KnownFaults,
  checkProbe: ProbeCheck,
): Steps<readonly PathFault[]> {
  const faults: PathFault[] = [];
  for (let index = 0; index < components.length; index++) {
    const definition = components.definition(index);
    const isKnown = definition !== undefined && !asksByFiles(definition);
    if (!isKnown || index % IN_A_STEP === 0) yield;
    if (!isKnown) faults.push(...checkComponent(components.at(index), ['components', index], known, checkProbe));
    if (components.id(index) === root.id) {
      const message = `${quoteName(root.id)} is the id of the root group: choose another, or set root.id`;
      faults.push({ path: ['components', index, 'id'], message });
    }
  }
  return faults;
}

/** Whether it names files that a check of it reads. */
function asksByFiles({ subject }: ComponentDefinition): boolean {
  return subject.type === 'probe' && namesFile(OPTIONS[subject.kind]!, subject.options as Message);
}

/** By itself. @param component filled */
export function checkComponent(
  component: Component,
  at: Path,
  known: KnownFaults,
  checkProbe: ProbeCheck,
): PathFault[] {
  const faults: PathFault[] = [];
  /** Looks at what has no fault yet. */
  const look = (path: Path, check: () => readonly PathFault[]) => {
    if (!known.touch(path)) faults.push(...check().map((fault) => ({ ...fault, path: [...path, ...fault.path] })));
  };
  const { kind, maintenance } = component;
  if (kind.case !== undefined && hasSchedule(component)) {
    // Each field that has no fault yet, so that all faults of a component are listed at once.
    for (const { path, message } of checkProbe(kind.case, kind.value)) {
      const place = [...at, ComponentSchema.field[kind.case].name, ...path];
      if (!known.touch(place) && !known.explain(place)) faults.push({ path: place, message });
    }
    const message = findStaleAfterFault(component);
    const isOpen = (path: Path) => !known.touch(path);
    if (message !== undefined && isOpen(['defaults']) && SCHEDULE.every((name) => isOpen([...at, name]))) {
      faults.push({ path: [...at, 'stale_after'], message });
    }
  }
  for (const [position, id] of placeIds(component).entries()) {
    const place = [...at, ...pathOfPlace(position)];
    if (id.length > MAX_ID && !known.touch(place)) {
      faults.push({ path: place, message: `makes an id of more than ${MAX_ID} characters: ${quoteName(id)}` });
    }
  }
  if (kind.case === 'heartbeat') look([...at, 'heartbeat'], () => checkCalendar(kind.value));
  maintenance?.windows.forEach((window, position) => {
    look([...at, 'maintenance', 'windows', position], () => checkCalendar(window));
  });
  return faults;
}

/** Of a list of components. */
const ROOT = -1;

/** Of the characters of an id. */
const MAX_ID = 128;

/** Keys that the check of stale_after looks at. */
const SCHEDULE = ['interval', 'unhealthy_interval', 'timeout', 'stale_after'];

function findStaleAfterFault(component: Component): string | undefined {
  const staleAfterMs = durationToMs(component.staleAfter!);
  const leastMs = Math.max(longestIntervalMs(component), durationToMs(component.timeout!));
  if (staleAfterMs > leastMs) return undefined;
  return `must be longer than the intervals and the timeout, so more than ${formatDuration(leastMs)}`;
}

function ofPlace(component: Component, place: number, message: string): string {
  return `makes the component ${quoteName(placeIds(component)[place]!)}: ${message}`;
}

function hasId(components: ComponentList, id: string): boolean {
  for (let index = 0; index < components.length; index++) if (components.id(index) === id) return true;
  return false;
}

/** Ids, references, cycles and quorums over all components that have an id, complete or not. */
export function* checkReferences(
  components: ComponentList,
  root: Component,
  known: KnownFaults,
): Steps<readonly PathFault[]> {
  const nodes: ComponentDefinition[] = [];
  /** By node: the position of its component, or that of the root; and of which of its places it is. */
  const [owners, places]: [number[], number[]] = [[], []];
  const add = (owner: number, ofComponent: readonly ComponentDefinition[]) => {
    for (const [position, node] of ofComponent.entries()) {
      nodes.push(node);
      owners.push(owner);
      places.push(position - 1);
    }
  };
  // A component that takes the root's id is a fault already; the root would only make it a second one. The root comes first,
  // so that a cycle through it is closed by a component, which is in the file.
  if (!hasId(components, root.id)) add(ROOT, toGraphNodes(root));
  for (let index = 0; index < components.length; index++) {
    yield;
    if (components.id(index) === '') continue;
    const definition = components.definition(index);
    add(index, definition === undefined ? toGraphNodes(components.at(index)) : [definition]);
  }
  const graph = yield* compileGraphInSteps({ rootId: root.id, components: nodes });
  if (graph.ok) return [];
  // How many members count is not known while some of them are wrong.
  const uncounted = new Set(
    graph.faults.filter(({ path }) => path[1] === 'members').map((fault) => fault.componentIndex),
  );
  return graph.faults
    .filter(({ path, componentIndex }) => path[1] !== 'rule' || !uncounted.has(componentIndex))
    .map(({ componentIndex, path, message }) => {
      const [owner, place] = [owners[componentIndex]!, places[componentIndex]!];
      const component = owner === ROOT ? root : components.at(owner);
      const at = owner === ROOT ? ['root'] : ['components', owner];
      if (place >= 0) return { path: [...at, ...pathOfPlace(place)], message: ofPlace(component, place, message) };
      // The root group is written without the key `group`, and the rule of places stands in `vantage`.
      if (component === root) return { path: [...at, ...path.slice(1)], message };
      const isOfPlaces = component.vantage !== undefined && path[0] === 'group';
      return { path: [...at, ...(isOfPlaces ? ['vantage', ...path.slice(1)] : path)], message };
    })
    .filter(({ path }) => !known.explain(path));
}
